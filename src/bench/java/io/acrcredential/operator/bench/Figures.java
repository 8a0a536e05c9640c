package io.acrcredential.operator.bench;

import java.util.Collection;
import java.util.List;

/** The little arithmetic that benchmarks need. */
final class Figures {

  private Figures() {}

  /** The middle one; of an even number the mean of the two in the middle. */
  static double median(Collection<Double> values) {
    List<Double> sorted = sorted(values);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /**
   * The smallest value that so many per cent of all do not exceed (nearest rank).
   *
   * @param percent above 0, at most 100
   */
  static double percentile(Collection<Double> values, double percent) {
    List<Double> sorted = sorted(values);
    return sorted.get((int) Math.ceil(percent / 100 * sorted.size()) - 1);
  }

  /**
   * The exponent of growth: y grows like x to this power; the slope of the line of least squares
   * through the logarithms. 1 = linear, below = better.
   */
  static double exponent(List<Double> x, List<Double> y) {
    return slope(x.stream().map(Math::log).toList(), y.stream().map(Math::log).toList());
  }

  /** How much y grows by, for each of x: the slope of the line of least squares. */
  static double slope(List<Double> x, List<Double> y) {
    double meanX = x.stream().mapToDouble(d -> d).average().orElseThrow();
    double meanY = y.stream().mapToDouble(d -> d).average().orElseThrow();
    double above = 0;
    double below = 0;
    for (int i = 0; i < x.size(); i++) {
      above += (x.get(i) - meanX) * (y.get(i) - meanY);
      below += (x.get(i) - meanX) * (x.get(i) - meanX);
    }
    return above / below;
  }

  private static List<Double> sorted(Collection<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no values");
    }
    return values.stream().sorted().toList();
  }
}
