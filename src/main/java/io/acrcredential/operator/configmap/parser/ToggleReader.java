// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import io.acrcredential.operator.configmap.parser.yaml.MappingReader;
import io.acrcredential.operator.configmap.parser.yaml.TextMatching;
import io.acrcredential.operator.configmap.parser.yaml.UnreadableException;
import io.acrcredential.operator.configmap.parser.yaml.YamlText;
import io.acrcredential.operator.text.Spelling;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
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

  /**
   * What the ConfigMap says under one key.
   *
   * @param enabled null = it does not say
   * @param options the other documented keys of the mapping that have a value
   */
  record Toggle(Boolean enabled, SortedSet<String> options) {

    private static final Toggle ABSENT = new Toggle(null, Collections.emptySortedSet());

    boolean isEnabled() {
      return Boolean.TRUE.equals(enabled);
    }

    boolean isDisabled() {
      return Boolean.FALSE.equals(enabled);
    }
  }

  /** Absent where it cannot be read, which is reported. */
  Toggle toggle(KeySchema schema) {
    Toggle[] toggle = {Toggle.ABSENT};
    findings.attempt(() -> toggle[0] = read(schema));
    return toggle[0];
  }

  private Toggle read(KeySchema schema) throws UnreadableException {
    String key = schema.label();
    String text = keys.text(key);
    Optional<Node> root =
        YamlText.parse(schema, text.isBlank() ? text : repairs.apply(key, text, schema));
    if (root.isEmpty()) {
      return Toggle.ABSENT;
    }
    Node node = root.get();
    Optional<Boolean> truth = TextMatching.truth(YamlText.scalar(node).orElse(""));
    if (truth.isPresent() && repairs.tryUse(Repair.SWITCH, key, YamlText.line(node))) {
      return new Toggle(truth.get(), Collections.emptySortedSet());
    }
    if (!(node instanceof MappingNode mapping)) {
      throw new UnreadableException(
          YamlText.at(key, node)
              + ": the value is not a set of keys and values; write enable: true");
    }
    Map<String, String> values = new MappingReader(key, schema, repairs).read(mapping);
    SortedSet<String> options = new TreeSet<>();
    for (String name : values.keySet()) {
      if (!schema.knows(name)) {
        reportUnknown(schema, name, values.get(name).equals(MappingReader.SIGNIFICANT));
      } else if (!name.equals(ENABLE) && !values.get(name).isEmpty()) {
        options.add(name);
      }
    }
    return new Toggle(enabled(key, values.getOrDefault(ENABLE, ""), mapping), options);
  }

  private void reportUnknown(KeySchema schema, String name, boolean matters)
      throws UnreadableException {
    String message =
        schema.label()
            + ": key "
            + (SecretDetector.isQuotable(name) ? TextMatching.quoted(name) : "***")
            + " is unknown"
            + Spelling.suggestion(name, schema.names());
    if (matters || Spelling.resembles(name, ENABLE)) {
      throw new UnreadableException(message + "; write enable: true");
    }
    findings.add(Finding.UNKNOWN_KEY, message + " and is ignored");
  }

  /** Null if the text is empty. */
  private Boolean enabled(String key, String text, Node node) throws UnreadableException {
    String word = text.toLowerCase(Locale.ROOT);
    if (word.isEmpty()) {
      return null;
    }
    if (word.equals("true") || word.equals("false")) {
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
