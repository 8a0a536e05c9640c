// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** How a figure grows with the number of namespaces: whether linearly, and as an SVG chart. */
final class ScalingCurve {

  /** The greatest slope ratio that counts as linear, because figures of a shared machine vary. */
  private static final double LINEAR = 1.25;

  private static final int WIDTH = 640;
  private static final int HEIGHT = 320;
  private static final int LEFT = 64;
  private static final int TOP = 32;
  private static final int PLOT_WIDTH = WIDTH - LEFT - 24;
  private static final int PLOT_HEIGHT = HEIGHT - TOP - 48;

  private record Point(int size, double ours, double limit) {}

  private final String name;
  private final String unit;
  private final String ours;
  private final String limit;
  private final List<Point> points = new ArrayList<>();

  /**
   * @param limit label of the second line; empty = no second line
   */
  ScalingCurve(String name, String unit, String ours, String limit) {
    this.name = name;
    this.unit = unit;
    this.ours = ours;
    this.limit = limit;
  }

  void add(int size, double our, double theLimit) {
    points.add(new Point(size, our, theLimit));
  }

  /** Adds the row and the chart to the report, unless there is only one size. */
  void finish(Report report, Options options) {
    if (points.size() < 2) {
      return;
    }
    double slopeRatio = slopeRatio(Point::ours);
    report.row(
        "slope at the end of the curve / before",
        Report.ratio(slopeRatio),
        limit.isEmpty() ? "" : Report.ratio(slopeRatio(Point::limit)),
        "",
        "",
        "1, linear, or less",
        slopeRatio <= LINEAR);
    if (options.docs()) {
      try {
        Files.writeString(Path.of("docs", "performance-" + name + ".svg"), svg());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      report.note("![%s by namespaces](performance-%s.svg)", name, name);
    }
  }

  private double slopeRatio(ToDoubleFunction<Point> of) {
    return Statistics.slopeRatio(
        points.stream().map(point -> (double) point.size()).toList(),
        points.stream().map(of::applyAsDouble).toList());
  }

  private String svg() {
    double maxX = points.stream().mapToInt(Point::size).max().orElseThrow();
    double maxY =
        points.stream().mapToDouble(p -> Math.max(p.ours(), p.limit())).max().orElseThrow();
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
        <title>%s, %s by namespaces</title>
        <rect width="%d" height="%d" fill="#fff"/>
        """
            .formatted(WIDTH, HEIGHT, name, unit, WIDTH, HEIGHT));
    double step = step(maxY);
    for (double y = 0; y <= maxY; y += step) {
      double at = y(y, maxY);
      svg.append(
          text(
              "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
              LEFT, at, LEFT + PLOT_WIDTH, at, LEFT - 6, at + 4, number(y)));
    }
    for (Point point : points) {
      svg.append(
          text(
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>%n",
              x(point.size(), maxX), TOP + PLOT_HEIGHT + 18, point.size()));
    }
    line(svg, Point::ours, maxX, maxY, "#0b6bcb", ours, 0);
    if (!limit.isEmpty()) {
      line(svg, Point::limit, maxX, maxY, "#999", limit, 1);
    }
    svg.append(
        text(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">namespaces</text>%n"
                + "<text x=\"%d\" y=\"%d\">%s</text>%n</svg>%n",
            LEFT + PLOT_WIDTH, HEIGHT - 8, 8, TOP - 14, unit));
    return svg.toString();
  }

  private void line(
      StringBuilder svg,
      ToDoubleFunction<Point> of,
      double maxX,
      double maxY,
      String colour,
      String label,
      int place) {
    StringBuilder path = new StringBuilder();
    for (Point point : points) {
      double x = x(point.size(), maxX);
      double y = y(of.applyAsDouble(point), maxY);
      path.append(text("%.1f,%.1f ", x, y));
      svg.append(text("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n", x, y, colour));
    }
    svg.append(
        text(
            "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n"
                + "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n",
            path.toString().strip(), colour, LEFT + 12, TOP + 14 + 16 * place, colour, label));
  }

  private static double x(double value, double max) {
    return LEFT + PLOT_WIDTH * value / max;
  }

  private static double y(double value, double max) {
    return TOP + PLOT_HEIGHT * (1 - value / max);
  }

  /** 1, 2 or 5 times a power of ten, for about five grid lines. */
  private static double step(double max) {
    double power = Math.pow(10, Math.floor(Math.log10(max / 4)));
    double lines = max / power;
    return power * (lines > 20 ? 5 : lines > 8 ? 2 : 1);
  }

  private static String number(double value) {
    return value == Math.rint(value) ? String.valueOf((long) value) : text("%.1f", value);
  }

  private static String text(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
