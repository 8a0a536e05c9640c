// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import io.acrcredential.operator.configmap.parser.yaml.CorrectedText;
import io.acrcredential.operator.configmap.parser.yaml.TextMatching;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/** One sentence for each repair that a parse used, with the text as it was read. */
final class RepairReport {

  /** The API server rejects an Event whose message exceeds 1,024 bytes; most text is ASCII. */
  private static final int MAX_MESSAGE = 900;

  private static final String READ_AS = ". It is read as:\n";

  private final ConfigMapKeys keys;
  private final AcrCredentialPolicySpec spec;
  private final Map<String, Boolean> toggles;
  private final CorrectedText items;

  /**
   * @param toggles key → whether its {@code enable} is true
   */
  RepairReport(
      ConfigMapKeys keys,
      AcrCredentialPolicySpec spec,
      Map<String, Boolean> toggles,
      CorrectedText items) {
    this.keys = keys;
    this.spec = spec;
    this.toggles = toggles;
    this.items = items;
  }

  List<Finding> findings(RepairLog repairs) {
    List<Finding> findings = new ArrayList<>();
    repairs
        .used()
        .forEach(
            (key, used) ->
                used.forEach((repair, lines) -> findings.add(finding(key, repair, lines))));
    return findings;
  }

  private Finding finding(String key, Repair repair, SortedSet<Integer> lines) {
    String head =
        repair == Repair.KEYS && lines.contains(0)
            ? "key " + TextMatching.quoted(keys.spelling(key)) + " is misspelled"
            : key + TextMatching.lines(lines) + ": " + repair.problem();
    String text = corrected(key, lines, MAX_MESSAGE - head.length() - READ_AS.length());
    return new Finding(Finding.REPAIRED, head + READ_AS + text);
  }

  private String corrected(String key, SortedSet<Integer> lines, int limit) {
    if (key.equals(ConfigMapKeys.REGISTRIES)) {
      return items.within(limit, lines);
    }
    if (toggles.containsKey(key)) {
      return "enable: " + toggles.get(key);
    }
    String line = key + ": " + CorrectedText.quoted(value(key));
    return line.length() <= limit ? line : line.substring(0, limit - 1) + "…";
  }

  private String value(String key) {
    return switch (key) {
      case ConfigMapKeys.SERVICE_ACCOUNT ->
          String.join(",", spec.targets().serviceAccounts().names());
      case ConfigMapKeys.WATCH_NAMESPACE -> String.join(",", spec.targets().namespaces().names());
      case ConfigMapKeys.THRESHOLD -> spec.refreshBefore();
      case ConfigMapKeys.EMAIL -> spec.email() == null ? "" : spec.email();
      default -> keys.text(key);
    };
  }
}
