// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import java.time.Duration;
import java.time.Instant;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;

/** When tokens are due. */
class RefreshScheduleTest {

  private static final Instant ISSUED = Instant.parse("2026-01-01T00:00:00Z");
  private static final long HALF_A_DAY = 43_200_000;

  @Property
  void isDueWhileEffectiveLifetimeAndMarginRemain(
      @ForAll @LongRange(min = 2_000, max = HALF_A_DAY) long lifetimeMillis,
      @ForAll @LongRange(min = 1, max = 2 * HALF_A_DAY) long beforeMillis,
      @ForAll @DoubleRange(min = 0, max = 1) double jitter) {
    // given
    Duration lifetime = Duration.ofMillis(lifetimeMillis);
    Duration refreshBefore = Duration.ofMillis(beforeMillis);
    RegistryToken token = token(lifetime);

    // when
    Instant due = new RefreshSchedule(jitter).dueAt(token, refreshBefore);

    // then
    Duration effective = Duration.ofMillis(Math.min(beforeMillis, lifetimeMillis / 2));
    Duration margin = Duration.ofMillis(Math.min(60_000, lifetimeMillis / 10));
    Duration left = Duration.between(due, token.expiresAt());
    assertThat(left).isGreaterThanOrEqualTo(effective.plus(margin));
    assertThat(left)
        .as("the jitter is little")
        .isLessThanOrEqualTo(effective.plus(margin.multipliedBy(3).dividedBy(2)).plusMillis(2));
  }

  @Property
  void neitherRefreshesNorBatchesAFreshToken(
      @ForAll @LongRange(min = 2_000, max = HALF_A_DAY) long lifetimeMillis,
      @ForAll @LongRange(min = 1, max = 2 * HALF_A_DAY) long beforeMillis,
      @ForAll @DoubleRange(min = 0, max = 1) double jitter) {
    // given
    Duration lifetime = Duration.ofMillis(lifetimeMillis);

    // when
    Instant due =
        new RefreshSchedule(jitter).dueAt(token(lifetime), Duration.ofMillis(beforeMillis));

    // then: a quarter of its lifetime passes before the next request
    assertThat(due.minus(RefreshSchedule.batchWindow(lifetime)))
        .isAfter(ISSUED.plus(lifetime.dividedBy(4)).minusMillis(2));
  }

  @Property
  void keepsTheJitterOfACluster(@ForAll @DoubleRange(min = 0, max = 1) double jitter) {
    // given
    RegistryToken token = token(Duration.ofHours(1));
    Duration before = Duration.ofMinutes(15);

    // then
    assertThat(new RefreshSchedule(jitter).dueAt(token, before))
        .isEqualTo(new RefreshSchedule(jitter).dueAt(token, before))
        .isBeforeOrEqualTo(new RefreshSchedule(0).dueAt(token, before));
  }

  @Example
  void computesKnownDueTimes() {
    // given
    RefreshSchedule times = new RefreshSchedule(0);

    // then
    assertThat(times.dueAt(token(Duration.ofHours(1)), Duration.ofMinutes(15)))
        .isEqualTo(ISSUED.plus(Duration.ofMinutes(44)));
    assertThat(times.dueAt(token(Duration.ofHours(1)), Duration.ofHours(5)))
        .isEqualTo(ISSUED.plus(Duration.ofMinutes(29)));
    assertThat(times.dueAt(token(Duration.ofSeconds(20)), Duration.ofMinutes(15)))
        .isEqualTo(ISSUED.plus(Duration.ofSeconds(8)));
    assertThat(RefreshSchedule.batchWindow(Duration.ofHours(1))).isEqualTo(Duration.ofMinutes(5));
    assertThat(RefreshSchedule.batchWindow(Duration.ofMinutes(10)))
        .isEqualTo(Duration.ofMinutes(1));
    assertThat(
            RefreshSchedule.effectiveRefreshBefore(Duration.ofMinutes(15), Duration.ofMinutes(20)))
        .isEqualTo(Duration.ofMinutes(10));
  }

  private static RegistryToken token(Duration lifetime) {
    return new RegistryToken("u", SensitiveString.of("p"), ISSUED, ISSUED.plus(lifetime), "key");
  }
}
