// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the {@code enable} of a small YAML mapping, such as that of {@code rrsa}. */
final class ToggleReader {

  private static final String ENABLE = "enable";

  private final ConfigMapKeys keys;
  private final RepairLog repairs;
  private final Findings findings;

  ToggleReader(ConfigMapKeys keys, RepairLog repairs, Findings findings) {
    this.keys = keys;
    this.repairs = repairs;
    this.findings = findings;
  }

  /** False where it cannot be read, which is reported. */
  boolean isEnabled(KeySchema schema) {
    boolean[] enabled = {false};
    findings.attempt(() -> enabled[0] = read(schema));
    return enabled[0];
  }

  private boolean read(KeySchema schema) throws UnreadableException {
    String key = schema.label();
    String text = keys.text(key);
    Optional<Node> root =
        YamlText.parse(key, text.isBlank() ? text : repairs.apply(key, text, schema));
    if (root.isEmpty()) {
      return false;
    }
    Node node = root.get();
    Optional<Boolean> truth = TextMatching.truth(YamlText.scalar(node).orElse(""));
    if (truth.isPresent() && repairs.tryUse(Repair.SWITCH, key, YamlText.line(node))) {
      return truth.get();
    }
    if (!(node instanceof MappingNode mapping)) {
      throw new UnreadableException(
          YamlText.at(key, node)
              + ": the value is not a set of keys and values; write enable: true");
    }
    Map<String, String> values = new MappingReader(key, schema, repairs).read(mapping);
    for (String name : values.keySet()) {
      if (!schema.knows(name)) {
        reportUnknown(schema, name, values.get(name).equals(MappingReader.SIGNIFICANT));
      }
    }
    return isTrue(key, values.getOrDefault(ENABLE, ""), mapping);
  }

  private void reportUnknown(KeySchema schema, String name, boolean matters)
      throws UnreadableException {
    String message =
        schema.label()
            + ": key "
            + (SecretDetector.isQuotable(name) ? TextMatching.quoted(name) : "***")
            + " is unknown"
            + TextMatching.suggestion(name, schema.names());
    if (matters || TextMatching.resembles(name, ENABLE)) {
      throw new UnreadableException(message + "; write enable: true");
    }
    findings.add(Finding.UNKNOWN_KEY, message + " and is ignored");
  }

  private boolean isTrue(String key, String text, Node node) throws UnreadableException {
    String word = text.toLowerCase(Locale.ROOT);
    if (word.equals("true") || word.equals("false") || word.isEmpty()) {
      return word.equals("true");
    }
    Optional<Boolean> truth = TextMatching.truth(word);
    if (truth.isPresent() && repairs.tryUse(Repair.SWITCH, key, YamlText.line(node))) {
      return truth.get();
    }
    throw new UnreadableException(
        YamlText.at(key, node) + ": enable is neither true nor false; write enable: true");
  }
}
