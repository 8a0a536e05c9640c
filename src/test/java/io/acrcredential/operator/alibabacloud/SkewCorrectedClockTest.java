// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.ManualTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SkewCorrectedClockTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final ManualTime time = new ManualTime(START);
  private final SkewCorrectedClock clock = new SkewCorrectedClock(time.clock());

  @Test
  void equalsTheLocalClockBeforeACorrection() {
    // when, then
    assertThat(clock.instant()).isEqualTo(START);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT1H", "PT-1H", "P397D", "P-397D"})
  void followsTheServiceAfterACorrection(String difference) {
    // given
    Instant there = START.plus(Duration.parse(difference));

    // when
    boolean taken = clock.adjustTo(there);
    time.advance(Duration.ofMinutes(5));

    // then
    assertThat(taken).isTrue();
    assertThat(clock.instant()).isEqualTo(there.plus(Duration.ofMinutes(5)));
  }

  @Test
  void measuresTheSkewAgainstTheLocalClock() {
    // given
    clock.adjustTo(START.plus(Duration.ofDays(300)));

    // when
    clock.adjustTo(START);

    // then
    assertThat(clock.instant()).isEqualTo(START);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1970-01-01T00:00:00Z",
        "2024-11-28T23:59:59Z",
        "2027-02-03T00:00:01Z",
        "9999-12-31T23:59:59Z"
      })
  void ignoresADateThatTlsContradicts(Instant lie) {
    // given
    clock.adjustTo(START.plusSeconds(3_600));

    // when
    boolean taken = clock.adjustTo(lie);

    // then
    assertThat(taken).isFalse();
    assertThat(clock.instant()).isEqualTo(START.plusSeconds(3_600));
  }
}
