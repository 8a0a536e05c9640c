// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.FakeSts.Call;
import io.acrcredential.operator.policy.Identity;
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
import org.junit.jupiter.params.provider.ValueSource;

class RrsaCredentialsProviderTest {

  private static final Identity.Oidc ROLE =
      new Identity.Oidc("acs:ram::111:role/r", "acs:ram::111:oidc-provider/ack", 3600);

  private final FakeSts sts = new FakeSts();
  private final Map<String, String> environment = new HashMap<>();
  private final RrsaCredentialsProvider rrsa =
      new RrsaCredentialsProvider(sts, name -> Optional.ofNullable(environment.get(name)));

  @TempDir Path dir;
  private Path file;

  @BeforeEach
  void start() throws IOException {
    file = Files.writeString(dir.resolve("token"), "first\n");
    environment.put("ALIBABA_CLOUD_OIDC_TOKEN_FILE", file.toString());
  }

  private Credentials ask() {
    return rrsa.get(ROLE, null).await().atMost(Duration.ofSeconds(30));
  }

  private AlibabaCloudException refused() {
    AlibabaCloudException e = catchThrowableOfType(AlibabaCloudException.class, this::ask);
    assertThat(e).isNotNull();
    assertThat(e.reason()).isEqualTo(Reason.CredentialsMissing);
    assertThat(e.code()).isEqualTo("OidcTokenMissing");
    assertThat(e.advice()).contains("Enable RRSA", "sts.aliyuncs.com", "restart the pod");
    assertThat(sts.calls).isEmpty();
    return e;
  }

  @Test
  void readsTheTokenFileOfTheEnvironmentEachTime() throws IOException {
    // given
    ask();

    // when
    Files.writeString(file, "second");
    ask();
    environment.put(
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
        Files.writeString(dir.resolve("elsewhere"), "third").toString());
    ask();

    // then
    assertThat(sts.calls).extracting(Call::by).containsExactly("first", "second", "third");
  }

  @Test
  void reportsAnInvalidPathLikeAMissingFile() {
    // given
    environment.put("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "a\0b");

    // when, then
    assertThat(refused()).hasMessageContaining("can't be read");
  }

  @Test
  void readsTheFileAgainOnResubscription() throws IOException {
    // given
    var again = rrsa.get(ROLE, null);
    again.await().atMost(Duration.ofSeconds(30));

    // when
    Files.writeString(file, "second");
    again.await().atMost(Duration.ofSeconds(30));

    // then
    assertThat(sts.calls).extracting(Call::by).containsExactly("first", "second");
  }

  @Test
  void readsTheMountPathOfTheWebhookWithoutTheVariable() {
    // given
    environment.clear();

    // when, then
    assertThat(refused())
        .hasMessage(
            "The ServiceAccount token"
                + " /var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token can't be read");
  }

  @Test
  void failsWithoutAToken() throws IOException {
    // given
    Files.delete(file);

    // when, then
    assertThat(refused()).hasMessageContaining(file + " can't be read");
  }

  @Test
  void failsForAnEmptyToken() throws IOException {
    // given
    Files.writeString(file, " \n");

    // when, then
    assertThat(refused()).hasMessageEndingWith("is empty");
  }

  @Test
  void failsForATokenThatIsNotText() throws IOException {
    // given
    Files.write(file, new byte[] {'a', (byte) 0xff, (byte) 0xfe});

    // when, then
    assertThat(refused()).hasMessageEndingWith("can't be read");
  }

  @Test
  void rejectsATokenOverTwentyThousandCharacters() throws IOException {
    // given
    Files.writeString(file, "x".repeat(20_001));

    // when, then
    assertThat(refused()).hasMessageEndingWith("is longer than STS accepts");
    Files.writeString(file, "x".repeat(20_000));
    ask();
    assertThat(sts.calls).hasSize(1);
  }

  @Test
  void namesTheSessionAsTheEnvironmentSays() {
    // when
    ask();
    environment.put("ALIBABA_CLOUD_ROLE_SESSION_NAME", "cluster-a\n");
    ask();

    // then
    assertThat(sts.sessionNames).containsExactly("acr-credential-operator", "cluster-a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a b", "a/b"})
  void rejectsAnInvalidSessionNameOfTheEnvironment(String name) {
    // given
    environment.put("ALIBABA_CLOUD_ROLE_SESSION_NAME", name);

    // when, then
    assertThat(catchThrowableOfType(AlibabaCloudException.class, this::ask))
        .hasMessageContaining("ALIBABA_CLOUD_ROLE_SESSION_NAME");
    assertThat(sts.calls).isEmpty();
  }

  @Test
  void roleOfTheEnvironmentRequiresItsProvider() {
    // given
    CredentialsProvider source = rrsa.environmentProvider();

    // when, then
    assertThat(source.isConfigured()).isFalse();
    environment.put("ALIBABA_CLOUD_ROLE_ARN", ROLE.roleArn());
    assertThat(source.isConfigured()).isFalse();
    environment.put("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", ROLE.providerArn());
    assertThat(source.isConfigured()).isTrue();
    Credentials credentials = source.get().await().atMost(Duration.ofSeconds(30));
    assertThat(sts.calls).containsExactly(new Call(ROLE.roleArn(), null, "first"));
    assertThat(credentials.account()).isEqualTo("111");
  }

  @ParameterizedTest
  @CsvSource({"acs:ram::123:role/x, 123", "acs:ram::123:role/a:b, 123", "nonsense, nonsense"})
  void countsCallsUnderTheAccountOfTheArn(String arn, String account) {
    // when, then
    assertThat(RrsaCredentialsProvider.account(arn)).isEqualTo(account);
  }
}
