// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.repair;

import java.util.ArrayList;
import java.util.List;

/** Repairs of dashes and indentation. The only layout that makes sense is a flat list of items. */
final class LayoutRepairs {

  private LayoutRepairs() {}

  /**
   * Adds the dashes of items. Keys before the first dash are an item; without any dash, each item
   * key after the first begins the next item. Where several items follow, keys above the first item
   * key belong to none of them for sure, so such a text is not changed.
   */
  static String items(String text, KeySchema schema) {
    if (!schema.isListOfItems()) {
      return text;
    }
    List<LooseYamlLine> lines = LooseYamlLine.of(text, schema);
    if (text.strip().startsWith("{")) {
      int from = text.indexOf('{');
      int to = text.stripTrailing().length();
      return text.substring(0, from)
          + "["
          + text.substring(from, to)
          + closing(lines)
          + text.substring(to);
    }
    boolean dashes =
        lines.stream()
            .anyMatch(l -> l.dashes() > 0 && (l.role() == LooseYamlLine.Role.KEY || empty(l)));
    if (hasAmbiguousKeys(lines, dashes, schema)) {
      return text;
    }
    boolean begun = false;
    boolean named = false; // the current item has its item key
    List<String> repaired = new ArrayList<>();
    for (LooseYamlLine line : lines) {
      boolean begins =
          line.role() == LooseYamlLine.Role.KEY
              && line.dashes() == 0
              && (!begun || !dashes && named && hasItemKey(line, schema));
      named |= hasItemKey(line, schema);
      boolean item =
          line.role() == LooseYamlLine.Role.KEY || line.role() == LooseYamlLine.Role.DASH;
      begun |= item;
      boolean whole =
          line.role() == LooseYamlLine.Role.KEY
              && (begins || line.dashes() > 0)
              && !continued(lines, repaired.size())
              && ListRepairs.holdsKey(line, schema);
      if (whole) {
        repaired.add(
            "- {"
                + line.text().substring(line.start(), line.end())
                + "}"
                + line.text().substring(line.end()));
      } else {
        repaired.add(begins ? "- " + line.text().strip() : line.text());
      }
    }
    return String.join("\n", repaired);
  }

  private static boolean hasItemKey(LooseYamlLine line, KeySchema schema) {
    return line.role() == LooseYamlLine.Role.KEY && schema.isItemKey(line.key());
  }

  /** Whether keys precede the first item key, and other item keys follow. */
  private static boolean hasAmbiguousKeys(
      List<LooseYamlLine> lines, boolean dashes, KeySchema schema) {
    List<LooseYamlLine> keys =
        lines.stream().filter(line -> line.role() == LooseYamlLine.Role.KEY).toList();
    if (keys.isEmpty() || keys.get(0).dashes() > 0 || hasItemKey(keys.get(0), schema)) {
      return false;
    }
    List<LooseYamlLine> first =
        dashes ? keys.stream().takeWhile(line -> line.dashes() == 0).toList() : keys;
    long named = first.stream().filter(line -> hasItemKey(line, schema)).count();
    return dashes ? named == 0 : named > 1;
  }

  private static String closing(List<LooseYamlLine> lines) {
    LooseYamlLine last = lines.get(lines.size() - 1);
    return last.bare().indexOf(LooseYamlLine.COMMENT) >= 0 ? "\n]" : "]";
  }

  /** Moves dashes to the margin, and indents keys by two spaces and their values more. */
  static String indent(String text, KeySchema schema) {
    List<LooseYamlLine> lines = LooseYamlLine.of(text, schema);
    boolean list = schema.isListOfItems();
    int in = list ? 2 : 0;
    if (list && splitsAnItem(lines, schema)) {
      return text;
    }
    List<String> repaired = new ArrayList<>();
    LooseYamlLine above = null; // the last key, whose value may be a list or text on the next lines
    int shift = 0;
    for (int i = 0; i < lines.size(); i++) {
      LooseYamlLine line = lines.get(i);
      String rest = line.text().substring(Math.min(line.start(), line.text().length()));
      switch (line.role()) {
        case NOTHING -> repaired.add(line.text());
        case KEY -> {
          boolean dash = list && line.dashes() > 0;
          repaired.add((dash ? "- " : " ".repeat(in)) + rest);
          shift = in + 2 - line.indent();
          above = line;
        }
        case DASH -> {
          boolean element =
              above != null
                  && above.content().isEmpty()
                  && !rest.startsWith("{")
                  && !(empty(line) && keyNext(lines, i));
          repaired.add((element ? " ".repeat(in + 2) : "") + ("- " + rest).stripTrailing());
          if (!element) {
            above = null;
          }
          shift = in + 4 - line.indent();
        }
        default ->
            repaired.add(
                above == null
                        || line.text().isBlank()
                        || line.role() == LooseYamlLine.Role.OTHER
                            && line.indent() <= above.indent()
                    ? line.text()
                    : " ".repeat(Math.max(in + 1, line.indent() + shift))
                        + line.text().substring(line.indent()));
      }
    }
    return String.join("\n", repaired);
  }

  /** Whether a key with a deeper dash may belong to the item above: it may be its identity. */
  private static boolean splitsAnItem(List<LooseYamlLine> lines, KeySchema schema) {
    int item = -1;
    for (LooseYamlLine line : lines) {
      if (line.role() == LooseYamlLine.Role.KEY && line.dashes() > 0) {
        if (item >= 0 && line.indent() > item && !hasItemKey(line, schema)) {
          return true;
        }
        item = item < 0 || hasItemKey(line, schema) ? line.indent() : Math.min(item, line.indent());
      }
    }
    return false;
  }

  private static boolean empty(LooseYamlLine line) {
    return line.role() == LooseYamlLine.Role.DASH && line.end() <= line.start();
  }

  private static boolean continued(List<LooseYamlLine> lines, int at) {
    return at + 1 < lines.size()
        && lines.get(at + 1).role() != LooseYamlLine.Role.NOTHING
        && lines.get(at + 1).dashes() == 0;
  }

  private static boolean keyNext(List<LooseYamlLine> lines, int from) {
    for (int i = from + 1; i < lines.size(); i++) {
      if (lines.get(i).role() != LooseYamlLine.Role.NOTHING) {
        return lines.get(i).role() == LooseYamlLine.Role.KEY && lines.get(i).dashes() == 0;
      }
    }
    return false;
  }
}
