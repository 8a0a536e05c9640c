// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.repair;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One line of a text that may be malformed YAML, as far as it can be understood without a parser.
 *
 * @param text as written
 * @param bare the text with quoted characters replaced by {@link #QUOTED}, and comments by {@link
 *     #COMMENT}
 * @param role the role of the line
 * @param dashes how many list dashes it begins with
 * @param start the index after leading spaces and dashes
 * @param key its key as the schema spells it, an unknown key as written, or null
 * @param value the index of the value, after the colon; the length of the line if there is none
 * @param openQuote the index of a quote that is not closed on this or a later line, or -1
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
    /** A dash that no key follows. */
    DASH,
    /** Inside braces or brackets that an earlier line opened. */
    FLOW,
    /** Continues the quoted text or block of an earlier line, and must not be changed. */
    WITHIN,
    OTHER
  }

  /** The value without comment and surrounding spaces. */
  String content() {
    return value >= end() ? "" : text.substring(value, end()).strip();
  }

  /** The index after the last character that is neither comment nor space. */
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

  /** Runs in linear time: it visits each line and the one after it once. */
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

    /** Whether the line begins a key or an item, so that it cannot continue quoted text. */
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
      char before = 0; // the last character outside of quotes that is not a space
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

    /** The quote continues on the next line, so it needs no repair. */
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
