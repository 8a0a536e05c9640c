// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.acrcredential.operator.testkit.ManualTime;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointClocksTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final URI HANGZHOU = URI.create("https://cr.cn-hangzhou.aliyuncs.com/");
  private static final URI BEIJING = URI.create("https://cr.cn-beijing.aliyuncs.com");

  private final ManualTime time = new ManualTime(START);
  private final EndpointClocks clocks = new EndpointClocks(time.clock());

  private void observe(URI url, Duration ahead) {
    clocks.observe(url, time.now().plus(ahead), time.now());
  }

  private static void assertSeconds(Duration offset, long seconds) {
    assertThat(offset).isCloseTo(Duration.ofSeconds(seconds), Duration.ofSeconds(1));
  }

  @Test
  void assumesThatClocksAgreeUntilAResponseSaysOtherwise() {
    assertThat(clocks.offset(HANGZHOU)).isEqualTo(ClockOffset.NONE);
    assertThat(clocks.signingTime(HANGZHOU)).isEqualTo(START);
  }

  @ParameterizedTest
  @ValueSource(longs = {-5, -1, 0, 4})
  void ignoresDifferencesThatTheResolutionOfDateExplains(long seconds) {
    // when
    observe(HANGZHOU, Duration.ofSeconds(seconds));
    observe(HANGZHOU, Duration.ofSeconds(seconds));

    // then
    assertThat(clocks.offset(HANGZHOU)).isEqualTo(ClockOffset.NONE);
  }

  @ParameterizedTest
  @ValueSource(longs = {840, -840, 7_200, -7_200})
  void isARangeUntilASecondResponseAgrees(long seconds) {
    // when
    observe(HANGZHOU, Duration.ofSeconds(seconds));
    ClockOffset first = clocks.offset(HANGZHOU);
    observe(HANGZHOU, Duration.ofSeconds(seconds + 2));
    ClockOffset second = clocks.offset(HANGZHOU);

    // then
    assertThat(first.isAgreed()).isFalse();
    assertSeconds(first.least(), Math.min(0, seconds));
    assertSeconds(first.most(), Math.max(0, seconds));
    assertThat(second.isAgreed()).isTrue();
    assertSeconds(second.most(), seconds + 2);
  }

  @Test
  void forgetsASingleWrongDate() {
    // given
    observe(HANGZHOU, Duration.ofHours(2));

    // when
    observe(HANGZHOU, Duration.ZERO);
    ClockOffset after = clocks.offset(HANGZHOU);
    observe(HANGZHOU, Duration.ofHours(-2));
    observe(HANGZHOU, Duration.ofHours(2));

    // then
    assertThat(after).isEqualTo(ClockOffset.NONE);
    assertThat(clocks.offset(HANGZHOU).least()).as("no two agree").isZero();
  }

  @Test
  void keepsEndpointsApart() {
    // when
    observe(BEIJING, Duration.ofHours(2));
    observe(BEIJING, Duration.ofHours(2));

    // then
    assertSeconds(clocks.offset(BEIJING).least(), 7_200);
    assertThat(clocks.offset(HANGZHOU)).isEqualTo(ClockOffset.NONE);
    assertThat(clocks.signingTime(HANGZHOU)).isEqualTo(START);
    assertThat(clocks.signingTime(BEIJING))
        .isCloseTo(START.plusSeconds(7_200), within(1, ChronoUnit.SECONDS));
  }

  @Test
  void measuresAgainstTheMiddleOfTheCall() {
    // given
    Instant sentAt = time.now();
    time.pass(Duration.ofSeconds(10));

    // when
    clocks.observe(HANGZHOU, sentAt.plusSeconds(65), sentAt);

    // then
    assertSeconds(clocks.offset(HANGZHOU).most(), 60);
  }

  @Test
  void signsWithTheTimeOfTheServiceAfterARefusal() {
    // when
    boolean corrected = clocks.correctSigningTime(HANGZHOU, START.plusSeconds(3_600), START);
    boolean again = clocks.correctSigningTime(HANGZHOU, START.plusSeconds(3_601), START);

    // then
    assertThat(corrected).isTrue();
    assertThat(again).as("the same time would be refused again").isFalse();
    assertThat(clocks.signingTime(HANGZHOU))
        .isCloseTo(START.plusSeconds(3_600), within(2, ChronoUnit.SECONDS));
    assertThat(clocks.offset(HANGZHOU)).as("touches no expiry").isEqualTo(ClockOffset.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1970-01-01T00:00:00Z",
        "2024-11-28T23:59:58Z",
        "2027-02-03T00:00:01Z",
        "9999-12-31T23:59:59Z"
      })
  void ignoresADateThatTlsContradicts(Instant lie) {
    // when
    clocks.observe(HANGZHOU, lie, START);
    clocks.observe(HANGZHOU, lie, START);

    // then
    assertThat(clocks.correctSigningTime(HANGZHOU, lie, START)).isFalse();
    assertThat(clocks.correctSigningTime(HANGZHOU, null, START)).isFalse();
    assertThat(clocks.offset(HANGZHOU)).isEqualTo(ClockOffset.NONE);
  }

  /** The next process may run on another node, whose clock may be right. */
  @Test
  void includesNoOffsetInARestoredOne() {
    Duration ahead = Duration.ofMinutes(14);
    assertThat(new ClockOffset(ahead, ahead).restored())
        .isEqualTo(new ClockOffset(Duration.ZERO, ahead));
    assertThat(new ClockOffset(ahead.negated(), ahead.negated()).restored())
        .isEqualTo(new ClockOffset(ahead.negated(), Duration.ZERO));
  }
}
