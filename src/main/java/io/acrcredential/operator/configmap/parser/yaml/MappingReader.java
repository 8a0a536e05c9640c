// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.yaml;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads a YAML mapping into texts by their keys. The value of an unknown key is empty, or {@link
 * #SIGNIFICANT}.
 */
public final class MappingReader {

  /**
   * An unknown key with such a value is no mere mistake: it may name an identity or an instance.
   */
  public static final String SIGNIFICANT = "?";

  /** The ID of an instance, or the ARN of a role. */
  private static final Pattern ID_OR_ROLE = Pattern.compile("(?i)\\bcrp?i-|\\bacs:ram:");

  private final String where;
  private final KeySchema schema;
  private final RepairLog repairs;

  public MappingReader(String where, KeySchema schema, RepairLog repairs) {
    this.where = where;
    this.schema = schema;
    this.repairs = repairs;
  }

  public Map<String, String> read(MappingNode mapping) throws UnreadableException {
    Map<String, String> fields = new LinkedHashMap<>();
    Map<String, Set<String>> lists = new LinkedHashMap<>();
    for (NodeTuple field : mapping.getValue()) {
      String name = name(field.getKeyNode());
      String value =
          schema.knows(name)
              ? value(name, field.getValueNode())
              : isSignificant(field.getValueNode()) ? SIGNIFICANT : "";
      if (!fields.containsKey(name)) {
        fields.put(name, value);
      } else if (schema.knows(name) && allows(Repair.DUPLICATE, field.getKeyNode())) {
        if (schema.isListKey(name)) {
          lists
              .computeIfAbsent(
                  name, n -> new LinkedHashSet<>(TextMatching.commaList(fields.get(n))))
              .addAll(TextMatching.commaList(value));
        } else {
          requireTheSame(name, fields.get(name), value);
        }
      } else {
        throw new UnreadableException(
            YamlText.at(where, field.getKeyNode())
                + ": "
                + (schema.knows(name) ? name : "a key")
                + " is written twice; write it once");
      }
    }
    lists.forEach((name, values) -> fields.put(name, String.join(",", values)));
    return fields;
  }

  private static boolean isSignificant(Node node) {
    return YamlText.scalar(node).map(text -> ID_OR_ROLE.matcher(text).find()).orElse(true);
  }

  private String name(Node node) throws UnreadableException {
    String written =
        YamlText.scalar(node)
            .orElseThrow(
                () ->
                    new UnreadableException(
                        YamlText.at(where, node)
                            + ": this key is not plain text; write key: \"value\""));
    String known = schema.knows(written) ? null : schema.canonical(written);
    return known != null && allows(Repair.KEYS, node) ? known : written;
  }

  private String value(String name, Node node) throws UnreadableException {
    if (node instanceof SequenceNode list
        && schema.isListKey(name)
        && list.getValue().stream().allMatch(part -> YamlText.scalar(part).isPresent())
        && allows(Repair.LIST, node)) {
      return list.getValue().stream()
          .map(part -> YamlText.scalar(part).get())
          .collect(Collectors.joining(","));
    }
    String text =
        YamlText.scalar(node)
            .orElseThrow(
                () ->
                    new UnreadableException(
                        YamlText.at(where, node)
                            + ": the value of "
                            + name
                            + " is not plain text; write "
                            + name
                            + ": \"…\", and several values with commas between them"));
    if (schema.isListKey(name)) {
      List<String> parts = TextMatching.forgivingList(text);
      if (!parts.equals(TextMatching.commaList(text)) && allows(Repair.SEPARATORS, node)) {
        return String.join(",", parts);
      }
      return String.join(",", TextMatching.commaList(text));
    }
    return text;
  }

  /** An identity is never guessed, so two different values are an error. */
  private void requireTheSame(String name, String one, String other) throws UnreadableException {
    if (!one.equals(other)) {
      throw new UnreadableException(
          where + ": " + name + " is written twice, with different values; write it once");
    }
  }

  private boolean allows(Repair repair, Node node) {
    return repairs.tryUse(repair, schema.label(), YamlText.line(node));
  }
}
