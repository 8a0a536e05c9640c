package io.acrcredential.operator.configmap.parser;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Repairs within a line. None of them looks into quotes or comments. */
final class LineRepairs {

  private static final Pattern BLOCK = Pattern.compile("[|>][-+0-9]{0,3}");

  private LineRepairs() {}

  static String tabs(String text, ConfigMapSchema schema) {
    return text.indexOf('\t') < 0
        ? text
        : each(
            text,
            schema,
            line -> {
              if (line.text().indexOf('\t') < 0) {
                return line.text();
              }
              StringBuilder mended = new StringBuilder();
              for (int i = 0; i < line.text().length(); i++) {
                boolean tab = line.bare().charAt(i) == '\t';
                mended.append(tab ? i < line.start() ? "  " : " " : line.text().charAt(i));
              }
              return mended.toString();
            });
  }

  /** {@code "- instanceId: a"}, {@code |}, {@code acr-registry-info: |}. */
  static String unwrap(String text, ConfigMapSchema schema) {
    List<LooseYamlLine> lines =
        LooseYamlLine.of(text, new ConfigMapSchema("", List.of(schema.label())));
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
    int begins = ConfigMapSchema.blanks(inner, 0);
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

  private static boolean knownKeyAt(String line, ConfigMapSchema schema) {
    ConfigMapSchema.Key key = schema.keyAt(line, ConfigMapSchema.blanks(line, 0));
    return key != null && schema.knows(key.name());
  }

  /** {@code "cri-a} and {@code cri-a"}. */
  static String closeQuotes(String text, ConfigMapSchema schema) {
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

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }

  static String comments(String text, ConfigMapSchema schema) {
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
  static String blanks(String text, ConfigMapSchema schema) {
    return each(
        text,
        schema,
        line -> {
          StringBuilder mended = new StringBuilder();
          int copied = 0;
          boolean begins = true;
          int end = line.end();
          for (int i = line.role() == LooseYamlLine.Role.FLOW ? 0 : line.start(); i < end; i++) {
            char c = line.bare().charAt(i);
            if (begins && !Character.isWhitespace(c) && "{[,".indexOf(c) < 0) {
              ConfigMapSchema.Key key = schema.keyAt(line.text(), i);
              if (key != null && schema.knows(key.name())) {
                mended.append(line.text(), copied, i);
                String written = line.text().substring(i, key.end());
                mended.append(withColon(written, key.end() < end));
                copied = key.end();
                i = key.end() - 1;
              }
              begins = false;
            } else if ("{[,".indexOf(c) >= 0) {
              begins = true;
            }
          }
          mended.append(line.text().substring(copied));
          int first = line.indent();
          boolean dash = line.dashes() > 0 && line.role() != LooseYamlLine.Role.FLOW;
          if (dash && line.start() == first + 1 && line.start() < line.text().length()) {
            mended.insert(first + 1, ' ');
          }
          return mended.toString();
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

  /** {@code domains: "a","b"} and {@code {domains: a, b}}. */
  static String lists(String text, ConfigMapSchema schema) {
    return each(
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
              || value.chars().noneMatch(c -> isQuote((char) c))) {
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
  static boolean holdsKey(LooseYamlLine line, ConfigMapSchema schema) {
    int end = line.end();
    for (int i = line.value(); i < end; i++) {
      if (",;".indexOf(line.bare().charAt(i)) >= 0) {
        ConfigMapSchema.Key key =
            schema.keyAt(line.text(), ConfigMapSchema.blanks(line.text(), i + 1));
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
      if (isQuote(c) || c == ',' || c == ';') {
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
    if (!text.isEmpty() && text.chars().noneMatch(c -> isQuote((char) c) || c == '\\')) {
      parts.add(text);
    }
    part.setLength(0);
  }

  private static String inBraces(LooseYamlLine line, ConfigMapSchema schema) {
    StringBuilder mended = new StringBuilder();
    int copied = 0;
    int end = line.end();
    for (int i = 0; i < end; i++) {
      char before = i == 0 ? ',' : line.bare().charAt(i - 1);
      if ("{,".indexOf(before) < 0 && !Character.isWhitespace(before)
          || Character.isWhitespace(line.text().charAt(i))) {
        continue;
      }
      ConfigMapSchema.Key key = schema.keyAt(line.text(), i);
      if (key == null
          || !key.name().equals("domains") && !key.name().equals("repositoryPrefixes")) {
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
          int next = ConfigMapSchema.blanks(line.text(), Math.min(end, j + 1));
          if (c != ',' || schema.keyAt(line.text(), next) != null) {
            break;
          }
        }
      }
      List<String> parts = parts(line.text().substring(from, to), line.bare().substring(from, to));
      if (parts.size() > 1) {
        mended
            .append(line.text(), copied, from)
            .append('"')
            .append(String.join(",", parts))
            .append('"');
        copied = to;
      }
      i = Math.max(i, to);
    }
    return mended.append(line.text().substring(copied)).toString();
  }

  static String trailingCommas(String text, ConfigMapSchema schema) {
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

  private static String each(
      String text, ConfigMapSchema schema, Function<LooseYamlLine, String> mend) {
    return LooseYamlLine.of(text, schema).stream()
        .map(line -> line.role() == LooseYamlLine.Role.WITHIN ? line.text() : mend.apply(line))
        .collect(Collectors.joining("\n"));
  }
}
