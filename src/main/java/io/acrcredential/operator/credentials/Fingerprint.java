package io.acrcredential.operator.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Sixteen hexadecimal digits that tell identities apart and nothing else of them. */
final class Fingerprint {

  private Fingerprint() {}

  static String of(String identity) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(("acr-credential-operator/" + identity).getBytes(UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
