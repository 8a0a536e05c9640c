package io.acrcredential.operator.openapi;

import io.acrcredential.operator.SecretText;
import java.util.regex.Pattern;

/**
 * Makes a text from afar fit to be shown. ACR echoes the string-to-sign, with the AccessKey id, in
 * {@code SignatureDoesNotMatch}; a hostile endpoint may send anything.
 */
final class RemoteText {

  /** More than any honest message needs, less than a status would mind. */
  static final int MAX_LENGTH = 256;

  private static final Pattern ECHO =
      Pattern.compile("(?is)[,.;]?\\s*(server\\s+)?(string ?to ?sign|canonical ?request).*");
  private static final Pattern KEYS =
      Pattern.compile("(LTAI|STS\\.|TMP\\.)[A-Za-z0-9]{4,}|[A-Za-z0-9+/_-]{40,}={0,2}");
  // Control characters and the separators of lines and paragraphs.
  private static final Pattern BREAKS = Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}]+");
  // Format (among them the bidi marks), lone surrogates, private use: they go without a trace, or a
  // key with one in its middle would escape the masks.
  private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cf}\\p{Cs}\\p{Co}]+");

  private RemoteText() {}

  /** Cut, masked, on one line, at most {@link #MAX_LENGTH} characters. */
  static String clean(String text, AccessKey key) {
    if (text == null) {
      return "";
    }
    String clean = text.length() > 8192 ? text.substring(0, 8192) : text;
    clean = INVISIBLE.matcher(clean).replaceAll("");
    clean = BREAKS.matcher(clean).replaceAll(" ");
    clean = ECHO.matcher(clean).replaceFirst("");
    if (key != null) {
      clean = clean.replace(key.id(), "***");
      clean = masked(clean, key.secret());
      clean = key.securityToken() == null ? clean : masked(clean, key.securityToken());
    }
    clean = KEYS.matcher(clean).replaceAll("***").strip();
    return clean.length() <= MAX_LENGTH ? clean : clean.substring(0, MAX_LENGTH - 1) + "…";
  }

  private static String masked(String text, SecretText secret) {
    return secret.reveal().isEmpty() ? text : text.replace(secret.reveal(), "***");
  }
}
