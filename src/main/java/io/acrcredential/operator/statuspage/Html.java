// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.explain.finding.Language;
import io.acrcredential.operator.explain.finding.Text;
import io.acrcredential.operator.text.TextSanitizer;

/**
 * Builds HTML in one language. Texts and values of attributes get into it through {@link #escape}
 * alone, so no name and no message can become markup. There are no line breaks in it, which would
 * end an event of the live updates.
 */
final class Html {

  private final StringBuilder out = new StringBuilder();
  private final Language language;

  Html(Language language) {
    this.language = language;
  }

  Language language() {
    return language;
  }

  /**
   * The start tag of an element.
   *
   * @param attributes name, value, name, value
   */
  Html open(String element, String... attributes) {
    out.append('<').append(element);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      out.append(escape(attributes[i + 1])).append('"');
    }
    out.append('>');
    return this;
  }

  /** The end tag of an element. */
  Html close(String element) {
    out.append("</").append(element).append('>');
    return this;
  }

  Html text(String text) {
    out.append(escape(text));
    return this;
  }

  Html text(Text text) {
    return text(text.in(language));
  }

  /** An element that holds nothing but a text. */
  Html element(String element, String text, String... attributes) {
    return open(element, attributes).text(text).close(element);
  }

  /** An element that holds nothing but a text. */
  Html element(String element, Text text, String... attributes) {
    return element(element, text.in(language), attributes);
  }

  /** Puts in what another object of this class has built. */
  Html append(String html) {
    out.append(html);
    return this;
  }

  @Override
  public String toString() {
    return out.toString();
  }

  /** A text as part of a document or of a quoted attribute; null is empty. */
  static String escape(String text) {
    if (text == null) {
      return "";
    }
    String line = TextSanitizer.oneLine(text);
    StringBuilder escaped = new StringBuilder(line.length());
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }
}
