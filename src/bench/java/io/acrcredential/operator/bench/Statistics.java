// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.util.Collection;
import java.util.List;

/** Median, percentile and slope of measured values. */
final class Statistics {

  private Statistics() {}

  /** The median: of an even number of values the mean of the two in the middle. */
  static double median(Collection<Double> values) {
    List<Double> sorted = sorted(values);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /**
   * The percentile by the nearest-rank method.
   *
   * @param percent above 0, at most 100
   */
  static double percentile(Collection<Double> values, double percent) {
    List<Double> sorted = sorted(values);
    return sorted.get((int) Math.ceil(percent / 100 * sorted.size()) - 1);
  }

  /**
   * The slope of y over x in the last interval divided by the slope before it: 1 = linear, below 1
   * = better than linear. A constant part of y has no influence.
   */
  static double slopeRatio(List<Double> x, List<Double> y) {
    int last = x.size() - 1;
    int middle = Math.max(1, last - 1);
    double after = (y.get(last) - y.get(middle)) / (x.get(last) - x.get(middle));
    double before = (y.get(middle) - y.get(0)) / (x.get(middle) - x.get(0));
    return last < 2 ? 1 : after <= 0 ? 0 : before <= 0 ? Double.MAX_VALUE : after / before;
  }

  /** The slope of y over x by least squares. */
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
