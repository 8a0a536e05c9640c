// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The encrypted file in which managed ACK provides the credentials of the role of an add-on.
 * Source: ack-ram-tool, pkg/credentials/provider/encryptedfile_provider.go: JSON whose values are
 * base64(IV ‖ AES-CBC, PKCS#5), under the key in {@code keyring}.
 */
final class TokenFileCredentialsProvider implements CredentialsProvider {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BLOCK = 16;
  private static final String ADVICE =
      "Check that the file is mounted as ACK provides it, and that the user of the pod can read"
          + " it.";

  private final Path file;

  TokenFileCredentialsProvider(Path file) {
    this.file = file;
  }

  @Override
  public String description() {
    return "ACK token file " + file;
  }

  /** False also for an empty file: it is a placeholder that holds no identity. */
  @Override
  public boolean isConfigured() {
    try {
      return Files.isRegularFile(file) && Files.size(file) > 0;
    } catch (IOException e) {
      // It exists, so reading it will name the problem.
      return true;
    }
  }

  @Override
  public String fingerprint() {
    return Fingerprint.of("token-file");
  }

  @Override
  public Uni<Credentials> get() {
    return Uni.createFrom().item(this::read).runSubscriptionOn(Infrastructure.getDefaultExecutor());
  }

  private Credentials read() {
    try {
      JsonNode content = JSON.readTree(Files.readAllBytes(file));
      if (content.path("error").isObject()) {
        throw roleRefused(content.path("error"));
      }
      byte[] key = content.path("keyring").asText("").getBytes(UTF_8);
      AccessKey accessKey =
          new AccessKey(
              decrypt(content, "access.key.id", key),
              SensitiveString.of(decrypt(content, "access.key.secret", key)),
              SensitiveString.of(decrypt(content, "security.token", key)));
      Instant expiresAt = Instant.parse(content.path("expiration").asText());
      return new Credentials(accessKey, fingerprint(), expiresAt);
    } catch (IOException
        | GeneralSecurityException
        | IllegalArgumentException
        | DateTimeException e) {
      // The message of the exception is left out, because it may quote a secret.
      throw new AlibabaCloudException(
          Reason.CredentialsMissing,
          "TokenFileUnreadable",
          "The ACK token file " + file + " can't be read",
          ADVICE,
          "");
    }
  }

  private String decrypt(JsonNode content, String name, byte[] key)
      throws GeneralSecurityException {
    byte[] value = Base64.getDecoder().decode(content.path(name).asText(""));
    if (value.length < 2 * BLOCK) {
      throw new IllegalArgumentException(name);
    }
    Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
    cipher.init(
        Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(value, 0, BLOCK));
    String text = new String(cipher.doFinal(value, BLOCK, value.length - BLOCK), UTF_8);
    if (text.isBlank()) {
      throw new IllegalArgumentException(name);
    }
    return CredentialValidator.requireValid(
        text.strip(), name + " in the ACK token file " + file, ADVICE);
  }

  /** ACK could not assume the role; the file contains the error instead of credentials. */
  private AlibabaCloudException roleRefused(JsonNode error) {
    return new AlibabaCloudException(
        Reason.CredentialsMissing,
        "TokenFileRefused",
        "The ACK token file %s holds no credentials: the role %s was refused with %s"
            .formatted(file, singleWord(error, "roleName"), singleWord(error, "code")),
        "Grant the role to ACK in the RAM console, or give the operator another identity.",
        "");
  }

  /**
   * A field of the error if it is a single word. The error message is not shown, because it may
   * quote anything.
   */
  private static String singleWord(JsonNode error, String name) {
    String text = error.path(name).asText("");
    return text.matches("[A-Za-z0-9_.-]{1,64}") ? text : "(unknown)";
  }
}
