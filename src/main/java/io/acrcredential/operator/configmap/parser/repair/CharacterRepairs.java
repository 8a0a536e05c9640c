// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.repair;

/** Repairs of single characters, anywhere in the text. */
final class CharacterRepairs {

  /** Quotes of word processors and Chinese input methods, and the backtick. */
  private static final String DOUBLE =
      "\u201C\u201D\u201E\u201F\u301D\u301E\u301F\u00AB\u00BB\u300C\u300D\u300E\u300F`";

  private static final String SINGLE = "\u2018\u2019\u201A\u201B";

  /** Characters that are replaced by a dash at the beginning of a line. */
  private static final String DASHES =
      "\u2010\u2011\u2012\u2013\u2014\u2015\u2022\u2212\u30FB\u00B7";

  private CharacterRepairs() {}

  static String lineEnds(String text, KeySchema schema) {
    return text.replace("\r\n", "\n")
        .replace('\r', '\n')
        .replace('\u0085', '\n')
        .replace('\u2028', '\n')
        .replace('\u2029', '\n');
  }

  static String invisible(String text, KeySchema schema) {
    StringBuilder visible = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              int type = Character.getType(c);
              if (type == Character.SPACE_SEPARATOR) {
                visible.append(' ');
              } else if (type != Character.FORMAT) {
                visible.appendCodePoint(c);
              }
            });
    return visible.toString();
  }

  static String fullWidth(String text, KeySchema schema) {
    StringBuilder usual = new StringBuilder(text);
    boolean begins = true;
    boolean comment = false;
    for (int i = 0; i < usual.length(); i++) {
      char c = usual.charAt(i);
      if (c == '\n') {
        begins = true;
        comment = false;
        continue;
      }
      comment |= c == '#' && (begins || Character.isWhitespace(usual.charAt(i - 1)));
      if (!comment) {
        usual.setCharAt(i, begins && DASHES.indexOf(c) >= 0 ? '-' : usual(c));
      }
      begins &= Character.isWhitespace(c);
    }
    return usual.toString();
  }

  private static char usual(char c) {
    return switch (c) {
      case '\u3001', '\uFF64', '\uFF1B' -> ',';
      case '\u3002', '\uFF61' -> '.';
      case '\u3010' -> '[';
      case '\u3011' -> ']';
      default -> {
        char ascii =
            (char) (c - 0xFEE0); // full-width letters are kept, because an AccessKey is not guessed
        yield c >= '\uFF01' && c <= '\uFF5E' && !Character.isLetterOrDigit(ascii) ? ascii : c;
      }
    };
  }

  static String smartQuotes(String text, KeySchema schema) {
    StringBuilder usual = new StringBuilder(text);
    for (int i = 0; i < usual.length(); i++) {
      char c = usual.charAt(i);
      if (c > 0x7f || c == '`') {
        usual.setCharAt(i, DOUBLE.indexOf(c) >= 0 ? '"' : SINGLE.indexOf(c) >= 0 ? '\'' : c);
      }
    }
    return usual.toString();
  }
}
