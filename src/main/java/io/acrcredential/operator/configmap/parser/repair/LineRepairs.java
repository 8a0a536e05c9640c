// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.repair;

import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Repairs within a line. None of them changes quoted text or comments. */
final class LineRepairs {

  private static final Pattern BLOCK = Pattern.compile("[|>][-+0-9]{0,3}");

  private LineRepairs() {}

  static String tabs(String text, KeySchema schema) {
    return text.indexOf('\t') < 0
        ? text
        : each(
            text,
            schema,
            line -> {
              if (line.text().indexOf('\t') < 0) {
                return line.text();
              }
              StringBuilder repaired = new StringBuilder();
              for (int i = 0; i < line.text().length(); i++) {
                boolean tab = line.bare().charAt(i) == '\t';
                repaired.append(tab ? i < line.start() ? "  " : " " : line.text().charAt(i));
              }
              return repaired.toString();
            });
  }

  /** {@code "- instanceId: a"}, {@code |}, {@code acr-registry-info: |}. */
  static String unwrap(String text, KeySchema schema) {
    List<LooseYamlLine> lines = LooseYamlLine.of(text, new KeySchema("", List.of(schema.label())));
    for (LooseYamlLine line : lines) {
      if (line.role() == LooseYamlLine.Role.NOTHING) {
        continue;
      }
      String first =
          line.role() == LooseYamlLine.Role.KEY
                  && line.dashes() == 0
                  && line.key().equals(schema.label())
              ? line.content()
              : line.text().substring(0, line.end()).strip();
      boolean labelled = line.role() == LooseYamlLine.Role.KEY && line.key().equals(schema.label());
      if (BLOCK.matcher(first).matches() || labelled && first.isEmpty()) {
        return lines.stream().map(l -> l == line ? "" : l.text()).collect(Collectors.joining("\n"));
      }
      break;
    }
    String whole = text.strip();
    char quote = whole.isEmpty() ? 0 : whole.charAt(0);
    if (whole.length() < 2
        || quote != '"' && quote != '\''
        || whole.charAt(whole.length() - 1) != quote) {
      return text;
    }
    String inner = whole.substring(1, whole.length() - 1);
    int begins = KeySchema.blanks(inner, 0);
    boolean item =
        begins < inner.length()
            && ("-[{".indexOf(inner.charAt(begins)) >= 0
                || knownKeyAt(inner.lines().findFirst().orElse(""), schema));
    if (!item) {
      return text;
    }
    String leading = text.substring(0, text.indexOf(quote));
    return leading
        + (quote == '"'
            ? inner.replace("\\n", "\n").replace("\\t", "  ").replace("\\\"", "\"")
            : inner.replace("''", "'"));
  }

  private static boolean knownKeyAt(String line, KeySchema schema) {
    KeySchema.Key key = schema.keyAt(line, KeySchema.blanks(line, 0));
    return key != null && schema.knows(key.name());
  }

  /** {@code "cri-a} and {@code cri-a"}. */
  static String closeQuotes(String text, KeySchema schema) {
    return each(
        text,
        schema,
        line -> {
          String t = line.text();
          if (line.openQuote() >= 0) {
            char quote = t.charAt(line.openQuote());
            int end = t.length();
            for (String mark : List.of(" //", " #", "\t//", "\t#")) {
              int at = t.indexOf(mark, line.openQuote());
              end = at < 0 ? end : Math.min(end, at);
            }
            while (end > line.openQuote() + 1 && " \t,;\"'".indexOf(t.charAt(end - 1)) >= 0) {
              end--;
            }
            return t.substring(0, end) + quote + t.substring(end).replaceFirst("^[,;\"']+", "");
          }
          String value = line.content();
          if (line.key() != null
              && value.length() > 1
              && isQuote(value.charAt(value.length() - 1))
              && value.chars().filter(c -> isQuote((char) c)).count() == 1) {
            return t.substring(0, line.end() - 1) + t.substring(line.end());
          }
          return t;
        });
  }

  static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }

  static String comments(String text, KeySchema schema) {
    return each(
        text,
        schema,
        line -> {
          String bare = line.bare();
          for (int i = 0; i < bare.length(); i++) {
            char c = bare.charAt(i);
            char before = i == 0 ? ' ' : bare.charAt(i - 1);
            boolean apart = Character.isWhitespace(before) || isQuote(before) || before == ',';
            if (c == LooseYamlLine.COMMENT) {
              return line.text();
            }
            if (apart && (bare.startsWith("//", i) || c == '#')) {
              return line.text().substring(0, i)
                  + (Character.isWhitespace(before) ? "#" : " #")
                  + line.text().substring(c == '#' ? i + 1 : i + 2);
            }
          }
          return line.text();
        });
  }

  /** {@code -instanceId:"a"}, {@code regionId=b}, in braces too. */
  static String blanks(String text, KeySchema schema) {
    return each(
        text,
        schema,
        line -> {
          StringBuilder repaired = new StringBuilder();
          int copied = 0;
          boolean begins = true;
          int end = line.end();
          for (int i = line.role() == LooseYamlLine.Role.FLOW ? 0 : line.start(); i < end; i++) {
            char c = line.bare().charAt(i);
            if (begins && !Character.isWhitespace(c) && "{[,".indexOf(c) < 0) {
              KeySchema.Key key = schema.keyAt(line.text(), i);
              if (key != null && schema.knows(key.name())) {
                repaired.append(line.text(), copied, i);
                String written = line.text().substring(i, key.end());
                repaired.append(withColon(written, key.end() < end));
                copied = key.end();
                i = key.end() - 1;
              }
              begins = false;
            } else if ("{[,".indexOf(c) >= 0) {
              begins = true;
            }
          }
          repaired.append(line.text().substring(copied));
          int first = line.indent();
          boolean dash = line.dashes() > 0 && line.role() != LooseYamlLine.Role.FLOW;
          if (dash && line.start() == first + 1 && line.start() < line.text().length()) {
            repaired.insert(first + 1, ' ');
          }
          return repaired.toString();
        });
  }

  /** As it is where colon and blank are there. */
  private static String withColon(String key, boolean value) {
    String name = key.stripTrailing();
    boolean sign = name.endsWith(":") || name.endsWith("=");
    if (name.endsWith(":") && (name.length() < key.length() || !value)) {
      return key;
    }
    return (sign ? name.substring(0, name.length() - 1).stripTrailing() : name)
        + (value ? ": " : ":");
  }

  static String trailingCommas(String text, KeySchema schema) {
    return each(
        text,
        schema,
        line -> {
          int end = line.end();
          if (line.role() != LooseYamlLine.Role.KEY && line.role() != LooseYamlLine.Role.DASH) {
            return line.text();
          }
          int kept = end;
          while (kept > line.start() && ",; \t".indexOf(line.bare().charAt(kept - 1)) >= 0) {
            kept--;
          }
          boolean opens =
              line.bare().substring(line.start(), end).chars().anyMatch(c -> c == '[' || c == '{');
          return opens ? line.text() : line.text().substring(0, kept) + line.text().substring(end);
        });
  }

  static String each(String text, KeySchema schema, Function<LooseYamlLine, String> mend) {
    return LooseYamlLine.of(text, schema).stream()
        .map(line -> line.role() == LooseYamlLine.Role.WITHIN ? line.text() : mend.apply(line))
        .collect(Collectors.joining("\n"));
  }
}
