// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleFunction;

/** The figures of two builds in all rounds, and the table that compares them. */
final class Comparison {

  /** The columns of the table. */
  static final List<String> COLUMNS = List.of("what", "old", "new", "new / old", "ranges");

  /** The figures of each build in each round. Less is better for each. */
  enum Figure {
    FIRST_BINDING("cold start: exec to first binding", Report::s),
    LAST_BINDING("- exec to last binding", Report::s),
    COLD_CPU("- CPU until then", Report::s),
    COLD_REQUESTS("- requests", Report::count),
    RSS("at rest after it: RSS", Report::mib),
    ANONYMOUS("- anonymous", Report::mib),
    ROTATION("rotation: from request to all written", Report::s),
    ROTATION_CPU("- CPU meanwhile", Report::s),
    ROTATION_REQUESTS("- requests", Report::count),
    NEW_P50("new ServiceAccount to its binding, p50", Report::ms),
    NEW_P99("- p99", Report::ms),
    IDLE_CPU("idle: CPU", Report::s),
    IDLE_REQUESTS("- requests, those for the lease included", Report::count),
    PEAK("peak of RSS", Report::mib);

    private final String label;
    private final DoubleFunction<String> format;

    Figure(String label, DoubleFunction<String> format) {
      this.label = label;
      this.format = format;
    }
  }

  private final Map<Figure, List<Double>> old = new EnumMap<>(Figure.class);
  private final Map<Figure, List<Double>> recent = new EnumMap<>(Figure.class);

  /** Adds a round of the old build. */
  void old(Map<Figure, Double> round) {
    add(old, round);
  }

  /** Adds a round of the new build. */
  void recent(Map<Figure, Double> round) {
    add(recent, round);
  }

  private static void add(Map<Figure, List<Double>> to, Map<Figure, Double> round) {
    round.forEach((figure, value) -> to.computeIfAbsent(figure, f -> new ArrayList<>()).add(value));
  }

  /** A row for each figure that both builds have. */
  List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    for (Figure figure : Figure.values()) {
      List<Double> before = old.getOrDefault(figure, List.of());
      List<Double> after = recent.getOrDefault(figure, List.of());
      if (!before.isEmpty() && !after.isEmpty()) {
        rows.add(
            List.of(
                figure.label,
                text(figure, before),
                text(figure, after),
                ratio(Statistics.median(before), Statistics.median(after)),
                ranges(before, after)));
      }
    }
    return rows;
  }

  /** The median and, with more than one round, the minimum and the maximum. */
  private static String text(Figure figure, List<Double> values) {
    String median = figure.format.apply(Statistics.median(values));
    return values.size() == 1
        ? median
        : "%s (%s..%s)"
            .formatted(
                median,
                figure.format.apply(Collections.min(values)),
                figure.format.apply(Collections.max(values)));
  }

  private static String ratio(double before, double after) {
    if (before == after) {
      return Report.ratio(1);
    }
    return before == 0 ? "-" : String.format(Locale.ROOT, "%.2f", after / before);
  }

  /**
   * {@code apart} if every round of one build was below every round of the other, else {@code
   * overlap}: then the difference may be noise. Empty for a single round.
   */
  private static String ranges(Collection<Double> before, Collection<Double> after) {
    if (before.size() == 1 || after.size() == 1) {
      return "";
    }
    boolean apart =
        Collections.max(before) < Collections.min(after)
            || Collections.max(after) < Collections.min(before);
    return apart ? "apart" : "overlap";
  }
}
