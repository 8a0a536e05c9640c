// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.yaml;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/**
 * Explains a YAML error: where it is, what was found, and what to write. The sentence quotes only
 * punctuation and documented keys, because any value of broken text may be a secret.
 */
final class YamlDiagnosis {

  private static final Pattern KEY_LINE =
      Pattern.compile("^([ -]*?)([A-Za-z][A-Za-z0-9_-]*)\\s*:.*$");
  private static final Pattern NO_BLANK_AFTER_COLON =
      Pattern.compile("^[ -]*[A-Za-z][A-Za-z-]*:[^\\s:/].*$");
  private static final Pattern NO_BLANK_AFTER_DASH = Pattern.compile("^ *-[A-Za-z].*$");

  private final KeySchema schema;
  private final List<String> lines;
  private final String problem;
  private final int line;
  private final int column;
  private final Optional<Mark> context;

  YamlDiagnosis(String text, MarkedYamlEngineException error, KeySchema schema) {
    this.schema = schema;
    lines = text.lines().toList();
    problem = String.valueOf(error.getProblem());
    context = error.getContextMark();
    Optional<Mark> mark = error.getProblemMark().or(error::getContextMark);
    if (String.valueOf(error.getContext()).matches(".*an (alias|anchor)|.*a simple key")) {
      mark = context;
    }
    line = mark.map(Mark::getLine).orElse(0);
    column = mark.map(Mark::getColumn).orElse(0);
  }

  /** {@code line 2, column 5: found …; write …}. */
  String sentence() {
    String rest = line(line).substring(Math.min(column, line(line).length()));
    if (rest.startsWith("\t")) {
      return here(column) + "found a tab; indent with spaces";
    }
    if (problem.contains("scanning a quoted") || problem.contains("unexpected end of stream")) {
      int opened = context.map(Mark::getLine).orElse(line) + 1;
      return "line " + opened + at(context) + ": found a quote that is not closed; close it";
    }
    if (line(line).contains("\\n")) {
      return here(line(line).indexOf("\\n"))
          + "found \\n, which is no line break in this text; begin a new line there";
    }
    if (rest.startsWith(",")) {
      return here(column)
          + "found a comma after a closing quote; write the whole list in one pair of quotes, such"
          + " as domains: \"a.example.cn,b.example.cn\"";
    }
    if (rest.startsWith("//")) {
      return here(column) + "found // after a value; begin a comment with # instead";
    }
    if (rest.matches("[*&@%`!|>].*")) {
      return here(column)
          + "found "
          + rest.charAt(0)
          + ", which has a special meaning in YAML; write the value in quotes";
    }
    if (rest.startsWith("---") || problem.contains("another document")) {
      return here(column) + "found a second YAML document; write one list";
    }
    return blanks()
        .or(this::indentation)
        .orElseGet(
            () ->
                here(column)
                    + "found invalid YAML; begin each item with a dash, and write each of its keys as"
                    + " key: \"value\" on a line of its own, aligned with the others");
  }

  private Optional<String> blanks() {
    for (int i = line; i >= Math.max(0, line - 1); i--) {
      if (NO_BLANK_AFTER_DASH.matcher(line(i)).matches()) {
        return Optional.of(
            "line "
                + (i + 1)
                + ", column "
                + (line(i).indexOf('-') + 2)
                + ": found a dash without a space after it; write - instanceId: \"cri-abc\"");
      }
      if (NO_BLANK_AFTER_COLON.matcher(line(i)).matches()) {
        return Optional.of(
            "line "
                + (i + 1)
                + ", column "
                + (line(i).indexOf(':') + 2)
                + ": found a colon without a space after it; write a space between key: and value");
      }
    }
    return Optional.empty();
  }

  /** A key that does not stand below the one before it. */
  private Optional<String> indentation() {
    Matcher key = KEY_LINE.matcher(line(line));
    if (!key.matches()) {
      return Optional.empty();
    }
    for (int i = line - 1; i >= 0; i--) {
      Matcher above = KEY_LINE.matcher(line(i));
      if (above.matches()) {
        if (above.start(2) == key.start(2)) {
          return Optional.empty();
        }
        return Optional.of(
            here(key.start(2))
                + "found "
                + name(key)
                + " not aligned with "
                + name(above)
                + " in line "
                + (i + 1)
                + "; indent it with "
                + above.start(2)
                + " spaces instead of "
                + key.start(2));
      }
    }
    return Optional.empty();
  }

  private String name(Matcher key) {
    return schema.knows(key.group(2)) ? key.group(2) : "a key";
  }

  private String here(int at) {
    return "line " + (line + 1) + ", column " + (at + 1) + ": ";
  }

  private static String at(Optional<Mark> mark) {
    return mark.map(m -> ", column " + (m.getColumn() + 1)).orElse("");
  }

  private String line(int number) {
    return number < lines.size() ? lines.get(number) : "";
  }
}
