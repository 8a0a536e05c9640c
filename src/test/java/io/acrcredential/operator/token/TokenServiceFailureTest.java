// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Retries after failures of the services and of the operator itself. */
class TokenServiceFailureTest extends TokenServiceFixture {

  @Test
  void retriesForeverAtMostOneMinuteApart() {
    // given
    demand(A);
    List<Instant> tries = new ArrayList<>();

    // when
    for (int i = 0; i < 200; i++) {
      assertThat(acr.tokens).hasSize(i + 1);
      tries.add(time.now());
      acr.fail(A, Reason.Unreachable);
      Duration waited = Duration.ZERO;
      while (acr.tokens.size() == i + 1 && waited.toSeconds() <= 61) {
        time.advance(Duration.ofMillis(100));
        waited = waited.plusMillis(100);
      }
    }

    // then
    assertThat(tries).hasSize(200);
    for (int i = 1; i < tries.size(); i++) {
      assertThat(Duration.between(tries.get(i - 1), tries.get(i)))
          .isBetween(Duration.ofMillis(500), Duration.ofMillis(60_200));
    }
    acr.answer(A, HOUR);
    assertThat(service.state(A).error()).isNull();
  }

  /** Without DNS no service is called, so a long back-off would only delay the token. */
  @ParameterizedTest
  @ValueSource(strings = {"DnsTimeout", "DnsFailure"})
  void retriesQuicklyWhileDnsFails(String code) {
    // given
    demand(A);

    // when, then
    for (int i = 0; i < 50; i++) {
      acr.fail(A, new AlibabaCloudException(Reason.Unreachable, code, "no", "wait", ""));
      time.advance(Duration.ofMillis(400));
      assertThat(acr.tokens).hasSize(i + 1);
      time.advance(Duration.ofMillis(1_700));
      assertThat(acr.tokens).hasSize(i + 2);
    }
  }

  @Test
  void failureDelaysNoOtherRegistry() {
    // given
    demand(A, B);

    // when
    acr.fail(A, Reason.AccessDenied);
    acr.answer(B, HOUR);

    // then
    assertThat(listener.changed).containsExactly(Set.of(B));
    assertThat(service.state(A).error().reason()).isEqualTo(Reason.AccessDenied);
    assertThat(service.state(A).nextTryAt()).isEqualTo(time.now().plusSeconds(60));
    assertThat(listener.states).containsExactly(Set.of(A, B));
  }

  static List<Supplier<Uni<RegistryToken>>> brokenCalls() {
    return List.of(
        () -> {
          throw new IllegalStateException(PLANTED);
        },
        () -> {
          throw new StackOverflowError(PLANTED);
        },
        () -> null,
        () -> Uni.createFrom().nullItem(),
        () -> Uni.createFrom().failure(new ArithmeticException(PLANTED)),
        () ->
            Uni.createFrom()
                .item(new RegistryToken("u", SensitiveString.of("t"), Instant.EPOCH, null, "")));
  }

  @ParameterizedTest
  @MethodSource("brokenCalls")
  void retriesExceptionWithoutDelayingOthers(Supplier<Uni<RegistryToken>> broken) {
    // given
    acr.broken.put(A, broken);
    demand(A, B);

    // when
    acr.answer(B, HOUR);
    time.advance(Duration.ofMinutes(44).plusSeconds(1));
    acr.answer(B, HOUR);

    // then
    AlibabaCloudException error = service.state(A).error();
    assertThat(error.code()).isEqualTo("OperatorError");
    assertThat(error.getMessage() + error.advice()).doesNotContain(PLANTED);
    assertThat(service.state(A).nextTryAt()).isBetween(time.now(), time.now().plusSeconds(60));
    acr.broken.clear();
    time.advance(Duration.ofSeconds(60).plusMillis(1));
    acr.answer(A, HOUR);
    assertThat(service.state(A).isValidAt(time.now())).isTrue();
  }

  @Test
  void exceptionOnAnswerFailsOnlyItsRegistry() {
    // given
    demand(A, B);

    // when
    clockFailures = 1;
    acr.answer(A, HOUR);
    acr.answer(B, HOUR);

    // then
    assertThat(service.state(A).error().code()).isEqualTo("OperatorError");
    assertThat(service.state(B).isValidAt(time.now())).isTrue();
    time.advance(Duration.ofSeconds(1).plusMillis(1));
    acr.answer(A, HOUR);
    assertThat(service.state(A).isValidAt(time.now())).isTrue();
  }

  @Test
  void exceptionInCallbackCancelsNoOtherRequest() {
    // given
    demand(A, B);

    // when the handling of the first exception fails too
    clockFailures = 2;
    acr.answer(A, HOUR);
    acr.answer(B, HOUR);

    // then
    assertThat(clockFailures).isZero();
    assertThat(service.state(B).isValidAt(time.now())).isTrue();
    assertThat(service.countOverdue()).isZero();
    time.advance(Duration.ofMinutes(5));
    assertThat(service.countOverdue()).as("a restart helps A").isEqualTo(1);
  }
}
