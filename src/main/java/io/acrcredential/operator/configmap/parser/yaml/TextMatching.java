// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.yaml;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Interprets words, lists and durations in the ways in which people write them. */
public final class TextMatching {

  private static final Pattern DOTTED_WORDS =
      Pattern.compile("[^\\s.]++(?:\\.\\S*+)(?:\\s++[^\\s.]++\\.\\S*+)++");

  private TextMatching() {}

  /** {@code "a, B,"} → {@code [a, b]}; domains and names of objects are the same in any case. */
  public static List<String> commaList(String text) {
    return Arrays.stream(text.split(","))
        .map(part -> part.strip().toLowerCase(Locale.ROOT))
        .filter(part -> !part.isEmpty())
        .distinct()
        .toList();
  }

  /**
   * Like {@link #commaList}, but semicolons, lines, quotes and brackets separate values too. Spaces
   * separate only words that contain a dot, such as domains, because other words may be prose.
   */
  public static List<String> forgivingList(String text) {
    return commaList(text.replaceAll("(?m)^[ \\t]*+-[ \\t]++|[\\n;\"'\\[\\]]", ",")).stream()
        .flatMap(
            part ->
                DOTTED_WORDS.matcher(part).matches()
                    ? Stream.of(part.split("\\s+"))
                    : Stream.of(part))
        .distinct()
        .toList();
  }

  /**
   * {@code "15 M"}, {@code 15min}, {@code 15\u5206\u949F} → {@code 15m}; any other text is returned
   * unchanged.
   */
  public static String duration(String text) {
    String usual = text.toLowerCase(Locale.ROOT).replaceAll("\\s", "");
    return usual
        .replaceAll("\u6BEB\u79D2|milliseconds?|millis", "ms")
        .replaceAll("\u5C0F\u65F6|hours?|hrs?", "h")
        .replaceAll("\u5206\u949F|\u5206|minutes?|mins?", "m")
        .replaceAll("\u79D2\u949F|\u79D2|seconds?|secs?", "s");
  }

  /** The words for true and false of YAML 1.1, and their Chinese translations. */
  public static Optional<Boolean> truth(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on", "1", "\u662F", "\u5F00" -> Optional.of(true);
      case "false", "no", "off", "0", "\u5426", "\u5173" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  /** {@code ", line 3"}, {@code ", lines 1, 2 and more"}, or an empty text. */
  public static String lines(SortedSet<Integer> lines) {
    List<String> first = lines.stream().filter(l -> l > 0).limit(5).map(String::valueOf).toList();
    return first.isEmpty()
        ? ""
        : (first.size() == 1 ? ", line " : ", lines ")
            + String.join(", ", first)
            + (lines.size() > first.size() ? " and more" : "");
  }

  /** At most 80 characters of the text, on one line and in quotes. */
  public static String quoted(String text) {
    String head = text.length() > 80 ? text.substring(0, 80) + "…" : text;
    return '"' + head.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]", "?") + '"';
  }
}
