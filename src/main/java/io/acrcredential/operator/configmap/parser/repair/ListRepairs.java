// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.repair;

import java.util.ArrayList;
import java.util.List;

/** Repairs of several values that are written where one comma-separated text is expected. */
final class ListRepairs {

  private ListRepairs() {}

  /** {@code domains: "a","b"} and {@code {domains: a, b}}. */
  static String lists(String text, KeySchema schema) {
    return LineRepairs.each(
        text,
        schema,
        line -> {
          if (line.role() == LooseYamlLine.Role.FLOW
              || line.content().startsWith("{")
              || line.bare().startsWith("{", line.start())
              || line.bare().startsWith("[", line.start())) {
            return inBraces(line, schema);
          }
          String value = line.content();
          if (line.key() == null
              || value.isEmpty()
              || "[{|>".indexOf(value.charAt(0)) >= 0
              || value.chars().noneMatch(c -> LineRepairs.isQuote((char) c))) {
            return line.text();
          }
          String bare = line.bare().substring(line.value(), line.end());
          List<String> parts = parts(value, bare);
          return parts.size() < 2 || holdsKey(line, schema)
              ? line.text()
              : line.text().substring(0, line.value())
                  + '"'
                  + String.join(",", parts)
                  + '"'
                  + line.text().substring(line.end());
        });
  }

  /** {@code instanceId: "a", regionId: "b"} on one line. */
  static boolean holdsKey(LooseYamlLine line, KeySchema schema) {
    int end = line.end();
    for (int i = line.value(); i < end; i++) {
      if (",;".indexOf(line.bare().charAt(i)) >= 0) {
        KeySchema.Key key = schema.keyAt(line.text(), KeySchema.blanks(line.text(), i + 1));
        if (key != null) {
          return true;
        }
      }
    }
    return false;
  }

  /** The values between commas and quotes. */
  private static List<String> parts(String value, String bare) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = bare.charAt(i);
      if (LineRepairs.isQuote(c) || c == ',' || c == ';') {
        add(parts, part);
      } else {
        part.append(value.charAt(i));
      }
    }
    add(parts, part);
    return parts;
  }

  private static void add(List<String> parts, StringBuilder part) {
    String text = part.toString().strip();
    if (!text.isEmpty()
        && text.chars().noneMatch(c -> LineRepairs.isQuote((char) c) || c == '\\')) {
      parts.add(text);
    }
    part.setLength(0);
  }

  private static String inBraces(LooseYamlLine line, KeySchema schema) {
    StringBuilder repaired = new StringBuilder();
    int copied = 0;
    int end = line.end();
    for (int i = 0; i < end; i++) {
      char before = i == 0 ? ',' : line.bare().charAt(i - 1);
      if ("{,".indexOf(before) < 0 && !Character.isWhitespace(before)
          || Character.isWhitespace(line.text().charAt(i))) {
        continue;
      }
      KeySchema.Key key = schema.keyAt(line.text(), i);
      if (key == null || !schema.isListKey(key.name())) {
        continue;
      }
      int from = key.end();
      int to = from;
      for (int j = from; j <= end; j++) {
        char c = j == end ? '}' : line.bare().charAt(j);
        if ("[{".indexOf(c) >= 0) {
          to = from;
          break;
        }
        if (c == ',' || c == '}' || c == ']') {
          to = j;
          int next = KeySchema.blanks(line.text(), Math.min(end, j + 1));
          if (c != ',' || schema.keyAt(line.text(), next) != null) {
            break;
          }
        }
      }
      List<String> parts = parts(line.text().substring(from, to), line.bare().substring(from, to));
      if (parts.size() > 1) {
        repaired
            .append(line.text(), copied, from)
            .append('"')
            .append(String.join(",", parts))
            .append('"');
        copied = to;
      }
      i = Math.max(i, to);
    }
    return repaired.append(line.text().substring(copied)).toString();
  }
}
