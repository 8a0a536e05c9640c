// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenFileCredentialsProviderTest {

  @TempDir Path dir;
  private Path file;
  private TokenFileCredentialsProvider source;

  @BeforeEach
  void start() {
    file = dir.resolve("token-config");
    source = new TokenFileCredentialsProvider(file);
  }

  private Credentials read() {
    return source.get().await().atMost(Duration.ofSeconds(30));
  }

  private AlibabaCloudException refused(String content) throws IOException {
    Files.writeString(file, content);
    AlibabaCloudException e = catchThrowableOfType(AlibabaCloudException.class, this::read);
    assertThat(e).as(content).isNotNull();
    assertThat(e.reason()).isEqualTo(Reason.CredentialsMissing);
    assertThat(e.getMessage() + e.advice()).doesNotContain("planted");
    return e;
  }

  private static ObjectNode file() {
    return EncryptedFile.node(
        "STS.planted",
        "planted-secret",
        "planted-token",
        "2026-01-01T01:00:00Z",
        EncryptedFile.KEYRING);
  }

  /** The values were encrypted by openssl with the raw bytes of the keyring. */
  @Test
  void decryptsWhatAnotherImplementationEncrypted() throws IOException {
    // given
    Files.writeString(
        file,
        """
        {"access.key.id": "AAECAwQFBgcICQoLDA0OD55aSBnRDiQ63a6OJXvh1Qs=",
         "access.key.secret": "AAECAwQFBgcICQoLDA0OD24CZNJhPKPzJfeb6Ip6hng=",
         "security.token": "AAECAwQFBgcICQoLDA0OD2QHi3hueaS6l+/NtYoxlms=",
         "expiration": "2026-01-01T01:00:00Z",
         "keyring": "0123456789abcdef"}\
        """);

    // when
    Credentials credentials = read();

    // then
    assertThat(credentials.key().id()).isEqualTo("STS.planted");
    assertThat(credentials.key().secret().reveal()).isEqualTo("planted-secret");
    assertThat(credentials.key().securityToken().reveal()).isEqualTo("planted-token");
    assertThat(credentials.expiresAt()).isEqualTo(Instant.parse("2026-01-01T01:00:00Z"));
    assertThat(credentials.toString()).doesNotContain("planted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0123456789abcdef", "0123456789abcdef01234567"})
  void acceptsEveryAesKeyLength(String keyring) throws IOException {
    // given
    Files.writeString(
        file,
        EncryptedFile.node("STS.other", "s", "t", "2026-01-01T01:00:00Z", keyring).toString());

    // when, then
    assertThat(read().key().id()).isEqualTo("STS.other");
  }

  @Test
  void readsTheFileEachTime() throws IOException {
    // given
    Files.writeString(file, EncryptedFile.of("STS.one", "s", "t", FakeSts.END));
    read();

    // when
    Files.writeString(file, EncryptedFile.of("STS.two", "s", "t", FakeSts.END));

    // then
    assertThat(read().key().id()).isEqualTo("STS.two");
  }

  @Test
  void isConfiguredIfTheFileHasContent() throws IOException {
    // when, then
    assertThat(source.isConfigured()).isFalse();
    Files.createDirectory(file);
    assertThat(source.isConfigured()).as("a directory is no file").isFalse();
    Files.delete(file);
    Files.writeString(file, "");
    assertThat(source.isConfigured()).as("a placeholder").isFalse();
    Files.writeString(file, "{}");
    assertThat(source.isConfigured()).isTrue();
  }

  @Test
  void reportsOnlyTheRoleThatAckWasRefused() throws IOException {
    // given
    ObjectNode content = file();
    content
        .putObject("error")
        .put("roleName", "AliyunCSManagedAcrRole")
        .put("code", "EntityNotExist.Role")
        .put("message", "planted \u202e");

    // when
    AlibabaCloudException e = refused(content.toString());

    // then
    assertThat(e.getMessage())
        .endsWith(
            "holds no credentials: the role AliyunCSManagedAcrRole was refused with"
                + " EntityNotExist.Role");
    content.putObject("error").put("roleName", "planted role\n").put("code", "planted code");
    assertThat(refused(content.toString()).getMessage())
        .endsWith("the role (unknown) was refused with (unknown)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "planted",
        "{",
        "{}",
        "{\"access.key.id\":{\"planted\":1}}",
        "{\"access.key.id\":\"planted\",\"keyring\":\"0123456789abcdef\"}"
      })
  void reportsAMalformedFileWithoutItsContent(String content) throws IOException {
    // when, then
    assertThat(refused(content).code()).isEqualTo("TokenFileUnreadable");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"access.key.id", "access.key.secret", "security.token", "expiration", "keyring"})
  void requiresAndChecksEveryField(String part) throws IOException {
    // when, then
    assertThat(refused(file().without(part).toString()).code()).isEqualTo("TokenFileUnreadable");
    refused(file().put(part, "").toString());
    refused(file().put(part, "cGxhbnRlZA==").toString());
    refused(file().put(part, EncryptedFile.encrypted("", EncryptedFile.KEYRING)).toString());
    refused(file().put(part, EncryptedFile.encrypted("x", "fedcba9876543210")).toString());
  }

  @Test
  void rejectsAnotherTimeFormat() throws IOException {
    // when, then
    refused(file().put("expiration", "2026-01-01 01:00:00").toString());
  }
}
