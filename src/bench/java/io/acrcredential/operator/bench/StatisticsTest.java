// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatisticsTest {

  @Test
  void medianIsTheMiddleValue() {
    assertThat(Statistics.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
    assertThat(Statistics.median(List.of(4.0, 1.0, 2.0, 9.0))).isEqualTo(3);
  }

  @Test
  void percentileIsOneOfTheValues() {
    List<Double> hundred = IntStream.rangeClosed(1, 100).asDoubleStream().boxed().toList();
    assertThat(Statistics.percentile(hundred, 50)).isEqualTo(50);
    assertThat(Statistics.percentile(hundred, 99)).isEqualTo(99);
    assertThat(Statistics.percentile(List.of(7.0), 99)).isEqualTo(7);
  }

  @Test
  void slopeRatioIsOneForLinearGrowthWithAnyOffset() {
    List<Double> x = List.of(100.0, 200.0, 500.0, 1000.0, 2000.0);
    List<Double> line = x.stream().map(value -> 3 * value + 700).toList();
    List<Double> squares = x.stream().map(value -> value * value + 700).toList();
    assertThat(Statistics.slopeRatio(x, line)).isCloseTo(1, within(1e-9));
    assertThat(Statistics.slopeRatio(x, squares)).isGreaterThan(2);
    assertThat(Statistics.slopeRatio(x, List.of(1.0, 1.0, 1.0, 2.0, 2.0))).isZero();
  }

  @Test
  void slopeIsTheIncreasePerUnit() {
    assertThat(Statistics.slope(List.of(0.0, 100.0, 200.0), List.of(5.0, 405.0, 805.0)))
        .isCloseTo(4, within(1e-9));
  }
}
