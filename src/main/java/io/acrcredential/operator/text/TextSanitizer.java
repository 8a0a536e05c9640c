// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.text;

import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Makes the text of another party safe for status, Events and log. ACR returns the string-to-sign,
 * with the AccessKey id, in {@code SignatureDoesNotMatch}; an admission webhook may quote the
 * Secret that it refuses; a hostile endpoint may send anything.
 */
public final class TextSanitizer {

  /** The most that {@link #clean} returns, in characters: enough for any legitimate message. */
  public static final int MAX_LENGTH = 256;

  private static final String MASK = "***";

  private static final Pattern ECHO =
      Pattern.compile("(?is)[,.;]?\\s*(server\\s+)?(string ?to ?sign|canonical ?request).*");
  // The rest of a docker config, whatever quotes or escapes it.
  private static final Pattern DOCKER_CONFIG =
      Pattern.compile("(?is)\\bauths\\b[\\\\\"']*\\s*[:=].*");
  // "password":"x", password:x and password=x, but not "token: not found", which is a sentence.
  private static final Pattern LABELLED =
      Pattern.compile(
          "(?i)((?:password|passwd|\\bauth|token|secret)(?:\\\\*[\"']\\s*:\\s*\\\\*[\"']|[:=]\\\\*[\"']?))"
              + "[^\\s\"'\\\\,}\\]]+");
  private static final Pattern KEYS =
      Pattern.compile(
          "(LTAI|STS\\.|TMP\\.)[A-Za-z0-9]{4,}"
              + "|eyJ[A-Za-z0-9+/_=.-]{8,}"
              + "|[A-Za-z0-9+/_-]{40,}[A-Za-z0-9+/_.:=~-]*");
  // Go prints bytes as decimal numbers: the data of a Secret looks so.
  private static final Pattern BYTES = Pattern.compile("\\d{1,3}(?:[ ,]+\\d{1,3}){15,}");
  private static final Pattern USER_INFO = Pattern.compile("://[^/\\s@]+@");
  // Control characters and the separators of lines and paragraphs.
  private static final Pattern BREAKS = Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}]+");
  // Format characters (bidi marks among them), lone surrogates and private use. They are removed
  // without replacement, because a key with one in its middle would escape the masks.
  private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cf}\\p{Cs}\\p{Co}]+");

  private TextSanitizer() {}

  /** Masks secrets, removes line breaks, and cuts to {@link #MAX_LENGTH} characters; null → "". */
  public static String clean(String text) {
    return clean(text, List.of());
  }

  /**
   * Also masks the secrets that were used in the request to which this text is the response.
   *
   * @param secrets values to mask, whatever they look like
   */
  public static String clean(String text, Collection<String> secrets) {
    if (text == null) {
      return "";
    }
    String clean = oneLine(text.length() > 8192 ? text.substring(0, 8192) : text);
    clean = ECHO.matcher(clean).replaceFirst("");
    for (String secret : secrets) {
      clean = secret.isEmpty() ? clean : clean.replace(secret, MASK);
    }
    clean = DOCKER_CONFIG.matcher(clean).replaceFirst(MASK);
    clean = LABELLED.matcher(clean).replaceAll("$1" + MASK);
    clean = KEYS.matcher(clean).replaceAll(MASK);
    clean = BYTES.matcher(clean).replaceAll(MASK);
    clean = USER_INFO.matcher(clean).replaceAll("://" + MASK + "@").strip();
    return clean.length() <= MAX_LENGTH ? clean : clean.substring(0, MAX_LENGTH - 1) + "…";
  }

  /** Removes control, format and bidi characters. */
  public static String oneLine(String text) {
    return BREAKS.matcher(INVISIBLE.matcher(text).replaceAll("")).replaceAll(" ");
  }
}
