// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.text;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Recognizes a misspelled name and suggests the known one. */
public final class Spelling {

  private Spelling() {}

  /** {@code " (did you mean regionId?)"}, or an empty text. */
  public static String suggestion(String word, Collection<String> known) {
    return known.stream()
        .filter(k -> resembles(word, k))
        .min(
            Comparator.comparingInt((String k) -> distance(plain(word), plain(k)))
                .thenComparing(k -> k))
        .map(k -> " (did you mean " + k + "?)")
        .orElse("");
  }

  /** Whether the words differ only in case, width, separators and a few letters. */
  public static boolean resembles(String word, String known) {
    String a = plain(word);
    String b = plain(known);
    return Math.abs(a.length() - b.length()) <= 3 && distance(a, b) <= Math.max(1, b.length() / 4);
  }

  /** Only the letters of a word, in lower case and half-width. */
  public static String plain(String word) {
    return Normalizer.normalize(word, Normalizer.Form.NFKC)
        .toLowerCase(Locale.ROOT)
        .codePoints()
        .filter(Character::isLetter)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** The Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
