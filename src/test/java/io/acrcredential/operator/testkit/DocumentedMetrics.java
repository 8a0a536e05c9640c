// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The metrics of the operator with their labels: those of docs/metrics.md and those it serves. */
public final class DocumentedMetrics {

  private static final Pattern IN_DOCS = Pattern.compile("`(acr_[a-z_]+)(?:\\{([a-z_,]+)\\})?`");
  private static final Pattern LIVE = Pattern.compile("(?m)^(acr_[a-z_]+)(?:\\{(.*)\\})? \\S+$");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"");

  private DocumentedMetrics() {}

  public static Map<String, Set<String>> inDocs() {
    Map<String, Set<String>> metrics = new TreeMap<>();
    IN_DOCS
        .matcher(read(Path.of("docs", "metrics.md")))
        .results()
        .forEach(
            found ->
                metrics.put(
                    found.group(1),
                    found.group(2) == null ? Set.of() : Set.of(found.group(2).split(","))));
    if (metrics.size() < 8) {
      throw new AssertionError("docs/metrics.md has no table of metrics: " + metrics);
    }
    return metrics;
  }

  /** The metrics in a scrape; the series of a histogram count as one metric. */
  public static Map<String, Set<String>> in(String answer) {
    Map<String, Set<String>> metrics = new TreeMap<>();
    LIVE.matcher(answer)
        .results()
        .forEach(
            found -> {
              Set<String> labels =
                  metrics.computeIfAbsent(base(found.group(1)), name -> new TreeSet<>());
              LABEL
                  .matcher(found.group(2) == null ? "" : found.group(2))
                  .results()
                  .map(label -> label.group(1))
                  .filter(label -> !label.equals("le"))
                  .forEach(labels::add);
            });
    return metrics;
  }

  /** The metric that this series is a part of. */
  public static String base(String series) {
    return series.replaceAll("_(bucket|sum|count|max)$", "");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
