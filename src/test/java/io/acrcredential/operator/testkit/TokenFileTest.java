// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.testkit.simulator.SessionCredentials;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenFileTest {

  @TempDir Path directory;

  /** {@code openssl enc -aes-128-cbc} and {@code -aes-256-cbc} of the same text. */
  @ParameterizedTest
  @CsvSource({
    "0123456789abcdef, AAECAwQFBgcICQoLDA0ODwZZao6igqFQ3bP1oDMNUao=",
    "0123456789abcdef0123456789abcdef, AAECAwQFBgcICQoLDA0ODwdzTtuaEzyYPml+nPr/q98="
  })
  void encryptsAsOpensslDoes(String keyring, String expected) {
    // given
    var iv = new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    // when
    var encrypted = TokenFile.encrypted("STS.NUexample", keyring, iv);
    // then
    assertThat(encrypted).isEqualTo(expected);
  }

  @Test
  void writesWhatAckRamToolReads() throws Exception {
    // given
    var file = directory.resolve("token-config");
    var expiration = Instant.parse("2026-11-23T15:00:00.123Z");
    var credentials = new SessionCredentials("STS.NUid", "a+secret/=", "CAIS+/==", expiration);
    TokenFile.writeError(file, "AliyunCSManagedAcrRole", "NoPermission", "no");
    // when
    TokenFile.write(file, credentials);
    // then
    var json = new ObjectMapper().readTree(file.toFile());
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(
            "access.key.id", "access.key.secret", "security.token", "expiration", "keyring");
    assertThat(decrypted(json, "access.key.id")).isEqualTo("STS.NUid");
    assertThat(decrypted(json, "access.key.secret")).isEqualTo("a+secret/=");
    assertThat(decrypted(json, "security.token")).isEqualTo("CAIS+/==");
    assertThat(json.path("expiration").asText()).isEqualTo("2026-11-23T15:00:00Z");
    assertThat(directory).isDirectoryNotContaining("glob:**.next");
  }

  @Test
  void writesAnError() throws Exception {
    // given
    var file = directory.resolve("token-config");
    // when
    TokenFile.writeError(file, "AliyunCSManagedAcrRole", "EntityNotExist.Role", "no such role");
    // then
    assertThat(file)
        .hasContent(
            "{\"error\":{\"roleName\":\"AliyunCSManagedAcrRole\",\"code\":\"EntityNotExist.Role\","
                + "\"message\":\"no such role\"}}");
  }

  private static String decrypted(JsonNode json, String name) throws Exception {
    var all = Base64.getDecoder().decode(json.path(name).asText());
    var cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
    cipher.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(json.path("keyring").asText().getBytes(UTF_8), "AES"),
        new IvParameterSpec(Arrays.copyOf(all, 16)));
    return new String(cipher.doFinal(Arrays.copyOfRange(all, 16, all.length)), UTF_8);
  }
}
