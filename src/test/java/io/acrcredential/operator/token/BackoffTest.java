// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BackoffTest {

  @Property
  void doublesFromOneSecondToOneMinuteWithJitterOverTheUpperHalf(
      @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE) int failures, @ForAll long seed) {
    // when
    Duration wait = Backoff.after(failures, new Random(seed));

    // then
    long full = failures >= 7 ? 60_000 : Math.min(60_000, 1_000L << (failures - 1));
    assertThat(wait.toMillis()).isBetween(full / 2, full);
  }

  @Property
  void waitsAsLongAsTheServiceAsksButNoLongerThanAMinute(
      @ForAll @IntRange(min = 1, max = 20) int failures,
      @ForAll @IntRange(min = 0, max = Integer.MAX_VALUE) int millis,
      @ForAll long seed) {
    // when
    Duration wait = Backoff.after(failures, Duration.ofMillis(millis), new Random(seed));

    // then
    assertThat(wait)
        .isBetween(
            Duration.ofMillis(Math.min(60_000, millis)),
            Duration.ofMillis(
                Math.min(60_000, Math.max(1_000L << (failures - 1), (long) (millis * 1.1)))));
    assertThat(wait).isGreaterThanOrEqualTo(Duration.ofMillis(500));
  }

  @Example
  void addsJitter() {
    // when
    var waits =
        LongStream.range(0, 100)
            .mapToObj(seed -> Backoff.after(10, new Random(seed * 7_919)))
            .collect(Collectors.toSet());

    // then
    assertThat(waits).hasSizeGreaterThan(50);
  }
}
