// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.configmap.parser.Finding;
import io.acrcredential.operator.configmap.parser.ParseResult;
import java.util.Arrays;
import java.util.Map;

/**
 * Measures how long parsing a ConfigMap of 16, 64 and 256 KiB takes, well-formed and with malformed
 * text in every item. The time should grow linearly: 4 times for 4 times the text.
 */
final class ParserBenchmark {

  private static final int RUNS = 21;
  private static final int WARM_UP = 30;
  private static final double LIMIT_MILLIS = 50;
  private static final int ITEMS = 50;

  private ParserBenchmark() {}

  public static void main(String[] args) {
    if (args.length > 0) {
      System.err.println("reader takes no options: it measures the reader in its own JVM");
      System.exit(2);
    }
    boolean limitMet = true;
    System.out.printf("%-12s %8s %12s %8s%n", "text", "KiB", "median ms", "ratio");
    for (boolean broken : new boolean[] {false, true}) {
      double before = 0;
      for (int kib : new int[] {16, 64, 256}) {
        String text = text(kib << 10, broken);
        double millis = median(text, broken);
        System.out.printf(
            "%-12s %8d %12.2f %8s%s%n",
            broken ? "malformed" : "well-formed",
            text.length() >> 10,
            millis,
            before == 0 ? "" : String.format("%.1f", millis / before),
            kib == 64 ? "   limit " + LIMIT_MILLIS + " ms" : "");
        limitMet &= kib != 64 || millis <= LIMIT_MILLIS;
        before = millis;
      }
    }
    System.exit(limitMet ? 0 : 1);
  }

  private static double median(String text, boolean broken) {
    AcrConfigurationParser parser = new AcrConfigurationParser();
    Map<String, String> data = Map.of("acr-registry-info", text);
    for (int i = 0; i < WARM_UP; i++) {
      check(parser.parse(data), broken);
    }
    double[] millis = new double[RUNS];
    for (int i = 0; i < RUNS; i++) {
      long from = System.nanoTime();
      parser.parse(data);
      millis[i] = (System.nanoTime() - from) / 1e6;
    }
    Arrays.sort(millis);
    return millis[RUNS / 2];
  }

  /** Fails if the text is refused, because only accepted texts are measured. */
  private static void check(ParseResult reading, boolean broken) {
    boolean repaired =
        reading.findings().stream().anyMatch(f -> f.cause().equals(Finding.REPAIRED));
    if (!(reading instanceof ParseResult.Understood understood)
        || understood.spec().registries().size() != ITEMS
        || repaired != broken) {
      throw new IllegalStateException("not read as expected: " + reading.findings());
    }
  }

  /** A policy has at most 256 items, so larger texts have longer items. */
  private static String text(int size, boolean broken) {
    StringBuilder text = new StringBuilder();
    for (int item = 0; item < ITEMS; item++) {
      text.append("- instanceId: \"cri-").append(item).append("\"\n");
      text.append(broken ? "\tregionId：“cn-hangzhou”，\n" : "  regionId: cn-hangzhou\n");
      text.append(
          broken
              ? "  domains: \"a.example.cn\",\"b.example.cn\" // two\n"
              : "  domains: a.example.cn,b.example.cn\n");
      while (text.length() < (long) size * (item + 1) / ITEMS) {
        text.append("  # what is said about this registry, at some length\n");
      }
    }
    return text.toString();
  }
}
