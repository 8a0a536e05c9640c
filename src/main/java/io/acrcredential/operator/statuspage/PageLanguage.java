// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.explain.finding.Language;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The language in which a browser gets the page. */
final class PageLanguage {

  private static final Pattern PARAMETER = Pattern.compile("(?:^|&)lang=(en|zh)(?=&|$)");

  private PageLanguage() {}

  /**
   * The language that the address asks for, else the one that the browser prefers, else English.
   *
   * @param query of the address; null = none
   * @param acceptLanguage the header of that name; null = none
   */
  static Language of(String query, String acceptLanguage) {
    Matcher parameter = PARAMETER.matcher(query == null ? "" : query);
    if (parameter.find()) {
      return parameter.group(1).equals("zh") ? Language.CHINESE : Language.ENGLISH;
    }
    return Locale.CHINESE.equals(preferred(acceptLanguage)) ? Language.CHINESE : Language.ENGLISH;
  }

  private static Locale preferred(String acceptLanguage) {
    if (acceptLanguage == null || acceptLanguage.isBlank()) {
      return Locale.ENGLISH;
    }
    try {
      return Locale.lookup(
          Locale.LanguageRange.parse(acceptLanguage), List.of(Locale.ENGLISH, Locale.CHINESE));
    } catch (IllegalArgumentException e) {
      return Locale.ENGLISH;
    }
  }

  /** As the attribute {@code lang} and the address have it. */
  static String code(Language language) {
    return language == Language.CHINESE ? "zh" : "en";
  }
}
