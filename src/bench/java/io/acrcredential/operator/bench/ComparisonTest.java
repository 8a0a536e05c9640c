// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.bench.Comparison.Figure;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonTest {

  private final Comparison comparison = new Comparison();

  @Test
  void showsMedianAndRangeOfEachBuildAndRatio() {
    // when
    rounds(Figure.LAST_BINDING, List.of(4.0, 9.0, 3.0), List.of(2.5, 2.0, 1.0));

    // then
    assertThat(comparison.rows())
        .containsExactly(
            List.of(
                "- exec to last binding",
                "4.00 s (3.00 s..9.00 s)",
                "2.00 s (1.00 s..2.50 s)",
                "0.50",
                "apart"));
  }

  @Test
  void reportsTouchingRangesAsOverlap() {
    // when
    rounds(Figure.COLD_REQUESTS, List.of(10.0, 12.0), List.of(12.0, 14.0));

    // then
    assertThat(comparison.rows())
        .containsExactly(List.of("- requests", "11 (10..12)", "13 (12..14)", "1.18", "overlap"));
  }

  @Test
  void showsNoRangeForSingleRound() {
    // when
    rounds(Figure.RSS, List.of(80.0 * (1 << 20)), List.of(60.0 * (1 << 20)));

    // then
    assertThat(comparison.rows())
        .containsExactly(List.of("at rest after it: RSS", "80.0 MiB", "60.0 MiB", "0.75", ""));
  }

  @Test
  void showsNoRatioToZero() {
    // when
    rounds(Figure.IDLE_REQUESTS, List.of(0.0), List.of(0.0));
    rounds(Figure.IDLE_CPU, List.of(0.0), List.of(0.2));

    // then
    assertThat(comparison.rows())
        .containsExactly(
            List.of("idle: CPU", "0.000 s", "0.200 s", "-", ""),
            List.of("- requests, those for the lease included", "0", "0", "1.00", ""));
  }

  @Test
  void omitsFigureThatOneBuildLacks() {
    // when
    comparison.old(Map.of(Figure.PEAK, 1.0));

    // then
    assertThat(comparison.rows()).isEmpty();
  }

  private void rounds(Figure figure, List<Double> old, List<Double> recent) {
    for (int i = 0; i < old.size(); i++) {
      comparison.old(Map.of(figure, old.get(i)));
      comparison.recent(Map.of(figure, recent.get(i)));
    }
  }
}
