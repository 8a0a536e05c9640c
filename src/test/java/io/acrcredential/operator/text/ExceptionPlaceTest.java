package io.acrcredential.operator.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.DateTimeException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ExceptionPlaceTest {

  @Test
  void namesClassAndPlaceOfEachCauseAndNoMessage() {
    // given
    Throwable overflow = catchThrowable(() -> Instant.MIN.minusSeconds(1));
    Throwable outer = new IllegalStateException("planted", overflow);

    // when
    String place = ExceptionPlace.of(outer);

    // then
    assertThat(place)
        .startsWith("java.lang.IllegalStateException at ")
        .contains("caused by " + DateTimeException.class.getName() + " at java.base/java.time.")
        .contains(", called at ")
        .contains("ExceptionPlaceTest.java:")
        .doesNotContain("planted")
        .doesNotContain(overflow.getMessage());
  }

  @Test
  void endsWhereExceptionsCauseEachOther() {
    // given
    Exception first = new Exception();
    Exception second = new Exception(first);
    first.initCause(second);
    first.setStackTrace(new StackTraceElement[0]);
    second.setStackTrace(new StackTraceElement[0]);

    // then
    assertThat(ExceptionPlace.of(first))
        .isEqualTo("java.lang.Exception, caused by java.lang.Exception");
  }
}
