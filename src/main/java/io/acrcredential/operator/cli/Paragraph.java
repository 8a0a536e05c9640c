// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cli;

import java.util.ArrayList;
import java.util.List;

/** Breaks text into lines for a terminal. Chinese text has no blanks and breaks anywhere. */
public final class Paragraph {

  /** Lines of this length are read without effort, and fit beside a border of a web page. */
  private static final int WIDTH = 100;

  private Paragraph() {}

  /**
   * The text in lines of at most 100 columns; a longer word stays whole.
   *
   * @param first the beginning of the first line
   * @param rest the beginning of every other line
   */
  public static String of(String first, String rest, String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(first);
    boolean isEmpty = true;
    for (String word : words(text)) {
      String next = isEmpty ? word.stripLeading() : word;
      if (!isEmpty && columns(line) + columns(next.stripTrailing()) > WIDTH) {
        lines.add(line.toString().stripTrailing());
        line = new StringBuilder(rest);
        next = next.stripLeading();
      }
      line.append(next);
      isEmpty = false;
    }
    lines.add(line.toString().stripTrailing());
    return String.join(System.lineSeparator(), lines) + System.lineSeparator();
  }

  /** Words with the blanks before them. A wide character is a word, punctuation stays with it. */
  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    int[] characters = text.codePoints().toArray();
    for (int i = 0; i < characters.length; i++) {
      int c = characters[i];
      boolean afterWide = i > 0 && isWide(characters[i - 1]);
      boolean afterOpening =
          i > 0 && Character.getType(characters[i - 1]) == Character.START_PUNCTUATION;
      boolean breaksHere =
          Character.isWhitespace(c)
              || !isPunctuation(c) && !afterOpening && (isWide(c) || afterWide);
      if (breaksHere && !word.isEmpty() && !word.toString().isBlank()) {
        words.add(word.toString());
        word.setLength(0);
      }
      word.appendCodePoint(c);
    }
    words.add(word.toString());
    return words;
  }

  private static boolean isPunctuation(int c) {
    return switch (Character.getType(c)) {
      case Character.END_PUNCTUATION,
          Character.OTHER_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION ->
          isWide(c);
      default -> false;
    };
  }

  private static int columns(CharSequence text) {
    return text.codePoints().map(c -> isWide(c) ? 2 : 1).sum();
  }

  /** Ideographs, their punctuation, and full-width forms. */
  private static boolean isWide(int c) {
    return c >= 0x2E80 && c <= 0x9FFF || c >= 0xFF00 && c <= 0xFF60;
  }
}
