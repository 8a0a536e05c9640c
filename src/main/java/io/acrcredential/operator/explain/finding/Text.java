// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.finding;

import java.util.Arrays;

/**
 * A text in both languages.
 *
 * @param english with placeholders for {@link String#formatted}
 * @param chinese with the same placeholders, in an order of its own where it needs to
 */
public record Text(String english, String chinese) {

  /** No text. */
  public static final Text NONE = new Text("", "");

  /** The text with values in place of its placeholders; a value may be a text itself. */
  public Text with(Object... values) {
    return new Text(
        english.formatted(localized(values, Language.ENGLISH)),
        chinese.formatted(localized(values, Language.CHINESE)));
  }

  private static Object[] localized(Object[] values, Language language) {
    return Arrays.stream(values)
        .map(value -> value instanceof Text text ? text.in(language) : value)
        .toArray();
  }

  /** This text and another one. */
  public Text and(Text other) {
    return new Text(english + " " + other.english, chinese + other.chinese);
  }

  /** The text in this language. */
  public String in(Language language) {
    return language == Language.CHINESE ? chinese : english;
  }

  /** Whether there is no text. */
  public boolean isEmpty() {
    return english.isEmpty();
  }
}
