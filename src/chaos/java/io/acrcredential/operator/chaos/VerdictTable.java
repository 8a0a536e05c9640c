// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The results of a run by fault, as a table in Markdown. */
final class VerdictTable {

  private VerdictTable() {}

  static String of(List<ChaosRun.Step> steps) {
    Map<String, List<ChaosRun.Step>> byFault = new TreeMap<>();
    for (ChaosRun.Step step : steps) {
      for (ChaosFault fault : step.faults()) {
        byFault.merge(
            fault.name(), List.of(step), (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
      }
    }
    StringBuilder table =
        new StringBuilder("| fault | times | converged after, at most | limit | violations |\n");
    table.append("|---|---|---|---|---|\n");
    byFault.forEach(
        (name, all) ->
            table.append(
                String.format(
                    Locale.ROOT,
                    "| `%s` | %d | %.1f s | %d s | %s |%n",
                    name,
                    all.size(),
                    longest(all.stream().map(ChaosRun.Step::healed).toList()).toMillis() / 1e3,
                    longest(all.stream().map(ChaosRun.Step::limit).toList()).toSeconds(),
                    violations(all))));
    return table.toString();
  }

  private static Duration longest(List<Duration> durations) {
    return durations.stream().max(Duration::compareTo).orElseThrow();
  }

  private static String violations(List<ChaosRun.Step> steps) {
    List<String> all = steps.stream().flatMap(step -> step.violations().stream()).toList();
    return all.isEmpty() ? "none" : String.join("; ", all);
  }
}
