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
