package io.acrcredential.operator.legacy;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Words as people write them. */
final class Words {

  private Words() {}

  /** {@code "a, B,"} → {@code [a, b]}; domains and names of objects are the same in any case. */
  static List<String> commaList(String text) {
    return Arrays.stream(text.split(","))
        .map(part -> part.strip().toLowerCase(Locale.ROOT))
        .filter(part -> !part.isEmpty())
        .distinct()
        .toList();
  }

  /** Short, on one line, in quotes. */
  static String quoted(String text) {
    String head = text.length() > 80 ? text.substring(0, 80) + "…" : text;
    return '"' + head.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]", "?") + '"';
  }

  /** {@code " (did you mean regionId?)"}, or nothing. */
  static String suggestion(String word, Collection<String> known) {
    return known.stream()
        .filter(k -> resembles(word, k))
        .min(
            Comparator.comparingInt((String k) -> distance(plain(word), plain(k)))
                .thenComparing(k -> k))
        .map(k -> " (did you mean " + k + "?)")
        .orElse("");
  }

  /** The same word but for case, width, separators and a few letters. */
  static boolean resembles(String word, String known) {
    String a = plain(word);
    String b = plain(known);
    return Math.abs(a.length() - b.length()) <= 3 && distance(a, b) <= Math.max(1, b.length() / 4);
  }

  /** Letters alone, in lower case and of usual width. */
  static String plain(String word) {
    return Normalizer.normalize(word, Normalizer.Form.NFKC)
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}]", "");
  }

  /** Levenshtein's. */
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
