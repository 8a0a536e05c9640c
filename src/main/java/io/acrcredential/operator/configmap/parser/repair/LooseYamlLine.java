package io.acrcredential.operator.configmap.parser.repair;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One line of a text that means to be YAML, as far as it can be told without a parser.
 *
 * @param text as written
 * @param bare the same length; what stands in quotes is {@link #QUOTED}, a comment {@link #COMMENT}
 * @param role what the line is for
 * @param dashes how many list dashes it begins with
 * @param start where it goes on behind blanks and dashes
 * @param key its key as the schema spells it, an unknown key as written, or null
 * @param value where the value begins, behind the colon; the line's end where there is none
 * @param openQuote where a quote begins that no line closes, or -1
 */
record LooseYamlLine(
    String text,
    String bare,
    Role role,
    int dashes,
    int start,
    String key,
    int value,
    int openQuote) {

  static final char QUOTED = '\uE000';
  static final char COMMENT = '\uE001';

  enum Role {
    /** Blank, or nothing but a comment. */
    NOTHING,
    /** Begins with {@code key:}, perhaps after a dash. */
    KEY,
    /** A dash with something that is no key behind it, or with nothing. */
    DASH,
    /** Within braces or brackets that an earlier line opened. */
    FLOW,
    /** Goes on with an earlier line's quotes or block: not to be touched. */
    WITHIN,
    OTHER
  }

  /** The value without comment and outer blanks. */
  String content() {
    return value >= end() ? "" : text.substring(value, end()).strip();
  }

  /** Where the line ends without comment and blanks. */
  int end() {
    int end = bare.indexOf(COMMENT);
    end = end < 0 ? text.length() : end;
    while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  int indent() {
    int i = 0;
    while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Linear: each line is looked at once, and the one after it. */
  static List<LooseYamlLine> of(String text, KeySchema schema) {
    List<LooseYamlLine> lines = new ArrayList<>();
    char quote = 0;
    int depth = 0;
    int block = -1;
    List<String> raw = List.of(text.split("\n", -1));
    for (int i = 0; i < raw.size(); i++) {
      String next = i + 1 < raw.size() ? raw.get(i + 1) : null;
      Lexer lexer = new Lexer(raw.get(i), quote, depth, schema);
      if (quote == 0 && block >= 0) {
        if (lexer.blank() || lexer.indent() > block && lexer.key == null) {
          lines.add(lexer.line(Role.WITHIN));
          continue;
        }
        block = -1;
      }
      lexer.run();
      boolean goesOn = lexer.quote != 0 && next != null && !Lexer.begins(next, schema);
      lines.add(
          quote != 0
              ? lexer.line(Role.WITHIN)
              : goesOn ? lexer.closed() : lexer.line(lexer.role()));
      quote = goesOn ? lexer.quote : 0;
      depth = lexer.depth;
      if (lexer.opensBlock()) {
        block = lexer.indent();
      }
    }
    return lines;
  }

  /** Reads one line from left to right. */
  private static final class Lexer {
    private final String text;
    private final char[] bare;
    private final int depthBefore;
    private final char quoteBefore;
    private int indent;
    private int dashes;
    private int start;
    private String key;
    private int value;
    private char quote;
    private int opened = -1;
    private int depth;

    Lexer(String text, char quote, int depth, KeySchema schema) {
      this.text = text;
      this.quote = quote;
      this.quoteBefore = quote;
      this.depth = depth;
      this.depthBefore = depth;
      bare = text.toCharArray();
      head(schema);
    }

    /** Whether a key or an item begins here, which no quoted text goes on with. */
    static boolean begins(String line, KeySchema schema) {
      Lexer lexer = new Lexer(line, (char) 0, 0, schema);
      return lexer.key != null && (schema.knows(lexer.key) || lexer.dashes > 0);
    }

    private void head(KeySchema schema) {
      int i = blanks(0);
      indent = i;
      while (i < bare.length && bare[i] == '-' && !text.startsWith("---", i)) {
        dashes++;
        i = blanks(i + 1);
      }
      start = i;
      value = text.length();
      KeySchema.Key found = schema.keyAt(text, i);
      if (found != null) {
        key = found.name();
        value = found.end();
      }
    }

    private int blanks(int from) {
      int i = from;
      while (i < bare.length && Character.isWhitespace(bare[i])) {
        i++;
      }
      return i;
    }

    void run() {
      char before = 0; // the last that is no blank, outside of quotes
      int i = 0;
      while (i < bare.length) {
        char c = bare[i];
        if (quote != 0) {
          int from = i;
          while (i < bare.length && !closes(i)) {
            i += quote == '"' && bare[i] == '\\' || doubled(i) ? 2 : 1;
          }
          i = Math.min(i, bare.length);
          Arrays.fill(bare, from, i, QUOTED);
          if (i < bare.length) {
            quote = 0;
            opened = -1;
            before = '"';
            i++;
          }
          continue;
        }
        boolean afterBlank = i == 0 || Character.isWhitespace(text.charAt(i - 1));
        if (c == '#' && afterBlank) {
          Arrays.fill(bare, i, bare.length, COMMENT);
          return;
        }
        if ((c == '"' || c == '\'') && (i == value || i == start || mayOpen(before))) {
          quote = c;
          opened = i;
        } else if ((c == '[' || c == '{') && (depth > 0 || i == value || mayOpen(before))) {
          depth++;
        } else if ((c == ']' || c == '}') && depth > 0) {
          depth--;
        }
        if (!Character.isWhitespace(c)) {
          before = c;
        }
        i++;
      }
    }

    private boolean closes(int i) {
      return bare[i] == quote && !doubled(i);
    }

    private boolean doubled(int i) {
      return quote == '\'' && bare[i] == '\'' && i + 1 < bare.length && bare[i + 1] == '\'';
    }

    private static boolean mayOpen(char before) {
      return before == 0 || "-:,[{=\"'?".indexOf(before) >= 0;
    }

    int indent() {
      return indent;
    }

    boolean blank() {
      return text.isBlank();
    }

    boolean opensBlock() {
      return depth == 0
          && quote == 0
          && key != null
          && line(Role.KEY).content().matches("[|>][-+0-9]{0,3}");
    }

    Role role() {
      if (depthBefore > 0) {
        return Role.FLOW;
      }
      if (start >= text.length() && dashes == 0
          || start < text.length() && bare[start] == COMMENT) {
        return dashes > 0 ? Role.DASH : Role.NOTHING;
      }
      return key != null ? Role.KEY : dashes > 0 ? Role.DASH : Role.OTHER;
    }

    /** A quote that the next line goes on with is none to close. */
    LooseYamlLine closed() {
      opened = -1;
      return line(role());
    }

    LooseYamlLine line(Role role) {
      return new LooseYamlLine(
          text,
          new String(bare),
          role,
          dashes,
          start,
          key,
          Math.min(value, text.length()),
          quoteBefore == 0 && quote != 0 ? opened : -1);
    }
  }
}
