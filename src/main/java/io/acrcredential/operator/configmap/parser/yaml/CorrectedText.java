// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.yaml;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/** The items as they were understood, in YAML that users can paste, with secrets masked. */
public final class CorrectedText {

  /**
   * @param line where the item begins
   * @param fields known keys and their values, in the order of the text
   */
  private record Item(int line, boolean masked, Map<String, String> fields) {
    String yaml(KeySchema schema) {
      StringBuilder yaml = new StringBuilder();
      fields.forEach(
          (name, value) -> {
            if (schema.knows(name)) {
              yaml.append(yaml.isEmpty() ? "- " : "  ")
                  .append(name)
                  .append(": ")
                  .append(masked ? "\"***\"" : quoted(value))
                  .append('\n');
            }
          });
      return yaml.isEmpty() ? "# the item at line " + line + " is left out\n" : yaml.toString();
    }
  }

  private final KeySchema schema;
  private final List<Item> items = new ArrayList<>();

  public CorrectedText(KeySchema schema) {
    this.schema = schema;
  }

  public void add(int line, boolean masked, Map<String, String> fields) {
    items.add(new Item(line, masked, fields));
  }

  /**
   * All items, or as many as fit in {@code limit} characters; items at {@code lines} come first.
   */
  public String within(int limit, SortedSet<Integer> lines) {
    Set<Integer> order = new LinkedHashSet<>();
    for (int i = 0; i < items.size(); i++) {
      int from = items.get(i).line();
      int next = i + 1 < items.size() ? items.get(i + 1).line() : Integer.MAX_VALUE;
      if (!lines.subSet(from, Math.max(from + 1, next)).isEmpty()) {
        order.add(i);
      }
    }
    for (int i = 0; i < items.size(); i++) {
      order.add(i);
    }
    List<Integer> shown = new ArrayList<>();
    int length = 2;
    for (int i : order) {
      length += items.get(i).yaml(schema).length();
      if (length > limit) {
        break;
      }
      shown.add(i);
    }
    StringBuilder text = new StringBuilder();
    shown.stream().sorted().forEach(i -> text.append(items.get(i).yaml(schema)));
    return (shown.size() < items.size() ? text + "…" : text.toString()).stripTrailing();
  }

  public static String quoted(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else {
        quoted.append(
            Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c);
      }
    }
    return quoted.append('"').toString();
  }
}
