// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.text;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The format of AccessKey ids, AccessKey secrets and security tokens: one word of ASCII. Users
 * often paste a whole file instead: the CSV of the console, both values on two lines, {@code
 * key=value}, JSON, UTF-16. An HTTP client refuses such a header and quotes it in its exception.
 */
public final class CredentialFormat {

  /** Equals signs occur at the end only, as Base64 padding. */
  private static final Pattern BARE = Pattern.compile("[\\x21-\\x7e&&[^\"'`,;{}\\[\\]<>=]]+={0,2}");

  private CredentialFormat() {}

  /**
   * What is wrong with the value, as the rest of a sentence that begins with its name. It does not
   * quote the value.
   *
   * @return empty if the value is well-formed or empty
   */
  public static Optional<String> fault(String value) {
    return value.isEmpty() || BARE.matcher(value).matches()
        ? Optional.empty()
        : Optional.of(describe(value));
  }

  private static String describe(String value) {
    if (value.indexOf('\0') >= 0) {
      return "is saved as UTF-16 or is binary, not plain text";
    }
    if (value.charAt(0) == '\uFEFF') {
      return "begins with a byte order mark";
    }
    if (value.chars().anyMatch(c -> c == '\n' || c == '\r')) {
      return "holds more than one line";
    }
    if (value.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c))) {
      return "holds a blank";
    }
    if (value.chars().anyMatch(Character::isISOControl)) {
      return "holds a control character";
    }
    return value.chars().anyMatch(c -> c > '~')
        ? "holds a character that is not ASCII"
        : "holds more than the bare value: quotes, commas, brackets or an equals sign";
  }
}
