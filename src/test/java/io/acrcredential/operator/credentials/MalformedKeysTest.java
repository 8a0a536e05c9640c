// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.testkit.OddKeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A malformed AccessKey is rejected before it signs a request, and is quoted nowhere. */
class MalformedKeysTest {

  private static final Identity.KeySecret SECRET = new Identity.KeySecret("team", null, null);
  private static final String GOOD = "LTAI5tGoodGoodGood";

  private final Map<String, String> environment = new HashMap<>();
  private final CredentialSecretCache secrets = new CredentialSecretCache();
  private final FakeSts sts = new FakeSts();

  @TempDir Path dir;
  private CredentialsResolver keys;

  @BeforeEach
  void start() {
    keys =
        new CredentialsResolver(
            secrets,
            "acr-system",
            name -> Optional.ofNullable(environment.get(name)),
            dir.resolve("token-config"),
            sts,
            new FakeMetadata());
  }

  private void secret(String id, String secret) {
    secrets.put(
        new CredentialSecretCache.Name("acr-system", "team"),
        Map.of(
            "access-key-id",
            SensitiveString.of(id),
            "access-key-secret",
            SensitiveString.of(secret)));
  }

  private Credentials ask(Identity identity) {
    return keys.newBatch().get(identity).await().atMost(Duration.ofSeconds(30));
  }

  private AlibabaCloudException refused(Identity identity) {
    AlibabaCloudException e =
        catchThrowableOfType(AlibabaCloudException.class, () -> ask(identity));
    assertThat(e).as("%s is refused", identity).isNotNull();
    assertThat(e.reason()).isEqualTo(Reason.CredentialsMissing);
    assertThat(OddKeyFile.visible(e + e.advice() + e.code())).doesNotContain("Canary");
    return e;
  }

  @ParameterizedTest
  @EnumSource
  void rejectsAFileThatIsNotABareIdNamingSecretAndKey(OddKeyFile file) {
    // given
    secret(file.decoded(), GOOD);

    // when
    AlibabaCloudException e = refused(SECRET);

    // then
    assertThat(e.code()).isEqualTo("CredentialsMalformed");
    assertThat(e).hasMessageContaining("access-key-id of the Secret acr-system/team");
    assertThat(e.advice())
        .contains("--from-file=access-key-id=./id.txt --from-file=access-key-secret=./secret.txt");
  }

  @ParameterizedTest
  @EnumSource
  void rejectsAFileThatIsNotABareSecretNamingSecretAndKey(OddKeyFile file) {
    // given
    secret(GOOD, file.decoded());

    // when, then
    assertThat(refused(SECRET))
        .hasMessageContaining("access-key-secret of the Secret acr-system/team");
  }

  @Test
  void assumesNoRoleWithAMalformedKey() {
    // given
    secret(OddKeyFile.TWO_LINES.decoded(), OddKeyFile.TWO_LINES.decoded());

    // when
    refused(new Identity.Role(SECRET, "acs:ram::222:role/pull", null, "session", 3600, null));

    // then
    assertThat(sts.calls).isEmpty();
    assertThat(keys.fingerprint(SECRET)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "more than one line,'Canary1\nCanary2'",
        "a blank,Canary1 Canary2",
        "UTF-16,C\0a\0n\0a\0r\0y\0",
        "byte order mark,\uFEFFCanary",
        "than the bare value,AccessKeySecret=Canary",
        "not ASCII,Canary\u4e2d",
        "a control character,Canary\u0007x"
      })
  void describesTheErrorInWords(String words, String value) {
    // given
    secret(GOOD, value);

    // when, then
    assertThat(refused(SECRET)).hasMessageContaining(words);
  }

  @ParameterizedTest
  @CsvSource({
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN"
  })
  void namesTheEnvironmentVariable(String variable) {
    // given
    environment.put("ALIBABA_CLOUD_ACCESS_KEY_ID", GOOD);
    environment.put("ALIBABA_CLOUD_ACCESS_KEY_SECRET", GOOD);
    environment.put(variable, "Canary1\nCanary2");

    // when
    AlibabaCloudException e = refused(Identity.OWN);

    // then
    assertThat(e).hasMessageContaining(variable);
    assertThat(e.advice()).contains("environment variable").doesNotContain("kubectl");
  }

  @Test
  void doesNotSendAMalformedServiceAccountTokenToSts() throws IOException {
    // given
    Path token = Files.writeString(dir.resolve("token"), "Canary.1\nCanary.2\n", UTF_8);
    environment.put("ALIBABA_CLOUD_OIDC_TOKEN_FILE", token.toString());

    // when
    AlibabaCloudException e =
        refused(
            new Identity.Oidc("acs:ram::111:role/base", "acs:ram::111:oidc-provider/ack", 3600));

    // then
    assertThat(e).hasMessageContaining(token.toString());
    assertThat(sts.calls).isEmpty();
  }

  /** {@code kubectl create secret --from-env-file} makes names of lines that hold no {@code =}. */
  @Test
  void doesNotListAKeyGivenInPlaceOfAName() {
    // given
    secrets.put(
        new CredentialSecretCache.Name("acr-system", "team"),
        Map.of(
            "LTAI5tCanaryOddId0001",
            SensitiveString.of(""),
            "Canary8sECRETsECRETsECRETsECRE",
            SensitiveString.of(""),
            "CanaryWithoutDigitsWithoutDigi",
            SensitiveString.of(""),
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            SensitiveString.of("x"),
            "accessKeySecret",
            SensitiveString.of("x")));

    // when, then
    assertThat(refused(SECRET))
        .hasMessageContaining(
            "(it has: ALIBABA_CLOUD_ACCESS_KEY_SECRET, accessKeySecret, and others)");
  }
}
