// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Writes what ACK writes: the counterpart of what ack-ram-tool reads. */
final class EncryptedFile {

  static final String KEYRING = "0123456789abcdef";

  private EncryptedFile() {}

  static String of(String id, String secret, String token, Instant expiration) {
    return node(id, secret, token, expiration.toString(), KEYRING).toString();
  }

  static ObjectNode node(
      String id, String secret, String token, String expiration, String keyring) {
    return new ObjectMapper()
        .createObjectNode()
        .put("access.key.id", encrypted(id, keyring))
        .put("access.key.secret", encrypted(secret, keyring))
        .put("security.token", encrypted(token, keyring))
        .put("expiration", expiration)
        .put("keyring", keyring);
  }

  static String encrypted(String text, String keyring) {
    try {
      // A fixed IV is sufficient here.
      byte[] iv = "an-IV-of-16-byte".getBytes(UTF_8);
      Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(keyring.getBytes(UTF_8), "AES"),
          new IvParameterSpec(iv));
      byte[] value = cipher.doFinal(text.getBytes(UTF_8));
      byte[] all = new byte[iv.length + value.length];
      System.arraycopy(iv, 0, all, 0, iv.length);
      System.arraycopy(value, 0, all, iv.length, value.length);
      return Base64.getEncoder().encodeToString(all);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
