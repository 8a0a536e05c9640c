// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class KeyedRateLimiterTest {

  private final AtomicLong nanos = new AtomicLong(-1_000);

  @Property(tries = 500)
  void neverExceedsTheRatePlusOneBurst(
      @ForAll @DoubleRange(min = 0.3, max = 50) double perSecond,
      @ForAll @Size(min = 2, max = 120)
          List<@LongRange(min = 0, max = 1_500_000_000L) Long> pauses) {
    // given
    KeyedRateLimiter limiter = new KeyedRateLimiter(perSecond, nanos::get);
    List<Long> starts = new ArrayList<>();

    // when callers arrive in bursts
    for (Long pause : pauses) {
      nanos.addAndGet(pause % 3 == 0 ? pause : 0);
      starts.add(nanos.get() + limiter.reserve("account", "cn-hangzhou").toNanos());
    }

    // then
    assertThat(starts).isSorted();
    double burst = Math.max(1, perSecond);
    for (int i = 0; i < starts.size(); i++) {
      for (int j = i; j < starts.size(); j++) {
        double seconds = (starts.get(j) - starts.get(i)) / 1e9;
        assertThat((double) (j - i + 1)).isLessThanOrEqualTo(perSecond * seconds + burst + 1e-3);
      }
    }
  }

  @Example
  void limitsATinyRateToo() {
    // given
    KeyedRateLimiter limiter = new KeyedRateLimiter(1e-12, nanos::get);

    // then
    assertThat(limiter.reserve("account", "cn-hangzhou")).isZero();
    assertThat(limiter.reserve("account", "cn-hangzhou")).isEqualTo(Duration.ofHours(1));
    assertThat(limiter.reserve("account", "cn-hangzhou")).isEqualTo(Duration.ofHours(2));
  }

  @Example
  void permitsABurstOfOneSecondThenOneCallAtATime() {
    // given
    KeyedRateLimiter limiter = new KeyedRateLimiter(10, nanos::get);

    // when
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 13; i++) {
      waits.add(limiter.reserve("account", "cn-hangzhou").toMillis());
    }

    // then
    assertThat(waits).startsWith(0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
    assertThat(waits.subList(10, 13)).containsExactly(100L, 200L, 300L);
  }

  @Example
  void limitsEachAccountAndRegionSeparately() {
    // given
    KeyedRateLimiter limiter = new KeyedRateLimiter(1, nanos::get);
    limiter.reserve("account", "cn-hangzhou");

    // then
    assertThat(limiter.reserve("account", "cn-hangzhou")).isPositive();
    assertThat(limiter.reserve("account", "cn-beijing")).isZero();
    assertThat(limiter.reserve("other", "cn-hangzhou")).isZero();
  }

  @Example
  void pausesOnlyTheRefusedPairAndPermitsNoBurstAfterwards() {
    // given
    KeyedRateLimiter limiter = new KeyedRateLimiter(10, nanos::get);

    // when
    limiter.onThrottled("account", "cn-hangzhou", times -> Duration.ofSeconds(5));

    // then
    assertThat(limiter.reserve("account", "cn-hangzhou")).isEqualTo(Duration.ofSeconds(5));
    assertThat(limiter.reserve("account", "cn-hangzhou")).isEqualTo(Duration.ofMillis(5_100));
    assertThat(limiter.reserve("account", "cn-beijing")).isZero();
    assertThat(limiter.reserve("other", "cn-hangzhou")).isZero();
    nanos.addAndGet(Duration.ofSeconds(60).toNanos());
    assertThat(limiter.reserve("account", "cn-hangzhou")).isZero();
  }

  @Example
  void countsRefusalsUntilASuccess() {
    // given
    KeyedRateLimiter limiter = new KeyedRateLimiter(10, nanos::get);
    List<Integer> counts = new ArrayList<>();
    IntFunction<Duration> wait =
        times -> {
          counts.add(times);
          return Duration.ofSeconds(1);
        };

    // when the second of each two refusals arrives during the pause of the first
    for (int i = 0; i < 3; i++) {
      limiter.onThrottled("account", "cn-hangzhou", wait);
      limiter.onThrottled("account", "cn-hangzhou", wait);
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    }
    limiter.onAccepted("account", "cn-hangzhou");
    limiter.onThrottled("account", "cn-hangzhou", wait);

    // then
    assertThat(counts).containsExactly(1, 2, 3, 1);
  }

  @Example
  void countsConcurrentRefusalsAsOne() throws InterruptedException {
    // given
    KeyedRateLimiter limiter = new KeyedRateLimiter(10, nanos::get);
    List<Integer> counts = Collections.synchronizedList(new ArrayList<>());
    IntFunction<Duration> wait =
        times -> {
          counts.add(times);
          return Duration.ofSeconds(1);
        };
    Thread other = new Thread(() -> limiter.onThrottled("account", "cn-hangzhou", wait));

    // when the other is refused before the pause of the first is known
    limiter.onThrottled(
        "account",
        "cn-hangzhou",
        times -> {
          other.start();
          join(other);
          return wait.apply(times);
        });
    other.join();

    // then
    assertThat(counts).containsExactly(1);
  }

  /** Longer than an unlimited call takes; a limited call is still waiting afterwards. */
  private static void join(Thread thread) {
    try {
      thread.join(200);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
