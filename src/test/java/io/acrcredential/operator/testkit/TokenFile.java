// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.testkit.simulator.SessionCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Writes the encrypted token file that ACK gives its add-ons ({@code /var/addon/token-config}), as
 * AliyunContainerService/ack-ram-tool reads it (pkg/credentials/provider/encryptedfile_provider.go,
 * commit 0a30363a): the bytes of {@code keyring} are the AES key as they stand, 16, 24 or 32 of
 * them; id, secret and security token are base64 (standard alphabet, padded) of IV and AES-CBC with
 * PKCS #5 padding; {@code expiration} is plain, to the second, in UTC; {@code error} stands in for
 * all of them.
 */
public final class TokenFile {

  private static final int BLOCK = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  private TokenFile() {}

  /** Replaces the file in one step, as the kubelet does. */
  public static void write(Path file, SessionCredentials credentials) throws IOException {
    var keyring = hex(BLOCK);
    var json =
        JsonNodeFactory.instance
            .objectNode()
            .put("access.key.id", encrypted(credentials.accessKeyId(), keyring))
            .put("access.key.secret", encrypted(credentials.accessKeySecret(), keyring))
            .put("security.token", encrypted(credentials.securityToken(), keyring))
            .put("expiration", credentials.expiration().truncatedTo(ChronoUnit.SECONDS).toString())
            .put("keyring", keyring);
    replace(file, json);
  }

  /** What stands there when ACK could not assume the cluster's role. */
  public static void writeError(Path file, String roleName, String code, String message)
      throws IOException {
    var json = JsonNodeFactory.instance.objectNode();
    json.putObject("error").put("roleName", roleName).put("code", code).put("message", message);
    replace(file, json);
  }

  private static void replace(Path file, ObjectNode json) throws IOException {
    var next = Files.createTempFile(file.toAbsolutePath().getParent(), "token", ".next");
    Files.writeString(next, json.toString());
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String encrypted(String text, String keyring) {
    var iv = new byte[BLOCK];
    RANDOM.nextBytes(iv);
    return encrypted(text, keyring, iv);
  }

  static String encrypted(String text, String keyring, byte[] iv) {
    try {
      var cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
      var key = new SecretKeySpec(keyring.getBytes(UTF_8), "AES");
      cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(iv));
      var secret = cipher.doFinal(text.getBytes(UTF_8));
      var all = new byte[iv.length + secret.length];
      System.arraycopy(iv, 0, all, 0, iv.length);
      System.arraycopy(secret, 0, all, iv.length, secret.length);
      return Base64.getEncoder().encodeToString(all);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hex(int bytes) {
    var text = new StringBuilder();
    RANDOM.ints(2L * bytes, 0, 16).forEach(digit -> text.append(Character.forDigit(digit, 16)));
    return text.toString();
  }
}
