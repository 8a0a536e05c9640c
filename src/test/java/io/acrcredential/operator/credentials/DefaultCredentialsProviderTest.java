// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.endpoint.SdkEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The order in which the sources of credentials are used. */
class DefaultCredentialsProviderTest {

  private static final String NAMESPACE = "acr-system";
  private static final Map<String, SensitiveString> DATA =
      Map.of(
          "access-key-id",
          SensitiveString.of("LTAI"),
          "access-key-secret",
          SensitiveString.of("s"));

  /** The highest priority first. */
  enum Source {
    SECRET("AccessKey in Secret acr-system/alibaba-addon-secret"),
    KUBE_SYSTEM_SECRET("AccessKey in Secret kube-system/alibaba-addon-secret"),
    ENVIRONMENT("AccessKey in the environment"),
    RRSA("RRSA role of the environment"),
    TOKEN_FILE("ACK token file"),
    METADATA("RAM role of the ECS instance");

    final String kind;

    Source(String kind) {
      this.kind = kind;
    }

    List<Source> weaker() {
      return List.of(values()).subList(ordinal() + 1, values().length);
    }
  }

  private final CredentialSecretCache secrets = new CredentialSecretCache();
  private final Map<String, String> environment = new HashMap<>();
  private final FakeMetadata metadata = new FakeMetadata();

  @TempDir Path dir;
  private Path tokenFile;
  private DefaultCredentialsProvider own;

  @BeforeEach
  void start() throws IOException {
    tokenFile = dir.resolve("token-config");
    environment.put(
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
        Files.writeString(dir.resolve("token"), "oidc").toString());
    own = identity(NAMESPACE);
  }

  private DefaultCredentialsProvider identity(String namespace) {
    return new DefaultCredentialsProvider(
        secrets,
        namespace,
        List.of(
            new EnvironmentCredentialsProvider(this::variable),
            new RrsaCredentialsProvider(new FakeSts(), this::variable).environmentProvider(),
            new TokenFileCredentialsProvider(tokenFile),
            new EcsRamRoleCredentialsProvider(metadata, new SdkEnvironment(this::variable))));
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name));
  }

  private void set(Source source, boolean there) throws IOException {
    switch (source) {
      case SECRET -> secrets.put(new Name(NAMESPACE, "alibaba-addon-secret"), there ? DATA : null);
      case KUBE_SYSTEM_SECRET ->
          secrets.put(new Name("kube-system", "alibaba-addon-secret"), there ? DATA : null);
      case ENVIRONMENT -> {
        variable("ALIBABA_CLOUD_ACCESS_KEY_ID", there);
        variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", there);
      }
      case RRSA -> {
        variable("ALIBABA_CLOUD_ROLE_ARN", there);
        variable("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", there);
      }
      case TOKEN_FILE -> {
        if (there) {
          Files.writeString(tokenFile, EncryptedFile.of("STS.file", "s", "t", FakeSts.END));
        } else {
          Files.deleteIfExists(tokenFile);
        }
      }
      case METADATA -> metadata.hasRole = there;
      default -> throw new AssertionError(source);
    }
  }

  private void variable(String name, boolean there) {
    if (there) {
      environment.put(name, "value");
    } else {
      environment.remove(name);
    }
  }

  private Credentials ask() {
    return own.get().await().atMost(Duration.ofSeconds(30));
  }

  private AlibabaCloudException refused() {
    AlibabaCloudException e = catchThrowableOfType(AlibabaCloudException.class, this::ask);
    assertThat(e).isNotNull();
    assertThat(e.reason()).isEqualTo(Reason.CredentialsMissing);
    return e;
  }

  @ParameterizedTest
  @EnumSource
  void usesTheFirstConfiguredSource(Source source) throws IOException {
    // given
    set(source, true);
    for (Source weaker : source.weaker()) {
      set(weaker, true);
    }

    // when
    ask();

    // then
    assertThat(own.describe()).startsWith(source.kind);
  }

  @Test
  void switchesToAHigherPrioritySourceImmediately() throws IOException {
    // given
    List<String> taken = new ArrayList<>();

    // when
    for (int i = Source.values().length - 1; i >= 0; i--) {
      set(Source.values()[i], true);
      ask();
      taken.add(own.describe());
    }

    // then
    Collections.reverse(taken);
    assertThat(taken)
        .zipSatisfy(
            List.of(Source.values()),
            (description, source) -> assertThat(description).startsWith(source.kind));
  }

  @ParameterizedTest
  @EnumSource(names = "METADATA", mode = EnumSource.Mode.EXCLUDE)
  void failsWithoutFallbackWhenTheSelectedSourceIsRemoved(Source source) throws IOException {
    // given
    for (Source weaker : source.weaker()) {
      set(weaker, true);
    }
    set(source, true);
    ask();

    // when
    set(source, false);

    // then
    AlibabaCloudException e = refused();
    assertThat(e.getMessage()).containsAnyOf("was removed", "no longer exists");
    assertThat(e.advice()).containsAnyOf("kubectl", "Restore it.");
    assertThat(catchThrowableOfType(AlibabaCloudException.class, own::current)).isNotNull();
    assertThat(metadata.calls).as("no source of lower priority is called").isZero();
    set(source, true);
    ask();
    assertThat(own.describe()).startsWith(source.kind);
  }

  @Test
  void reportsARemovedSecretWithTheCommandThatCreatesIt() throws IOException {
    // given
    set(Source.KUBE_SYSTEM_SECRET, true);
    ask();

    // when
    set(Source.KUBE_SYSTEM_SECRET, false);

    // then
    AlibabaCloudException e = refused();
    assertThat(e).hasMessage("The Secret kube-system/alibaba-addon-secret was removed");
    assertThat(e.advice())
        .contains("kubectl -n kube-system create secret generic alibaba-addon-secret");
  }

  @Test
  void replacesARemovedSourceByOneOfHigherPriority() throws IOException {
    // given
    set(Source.ENVIRONMENT, true);
    ask();
    set(Source.ENVIRONMENT, false);

    // when
    set(Source.SECRET, true);

    // then
    ask();
    assertThat(own.describe()).isEqualTo(Source.SECRET.kind);
  }

  @Test
  void failsWithoutFallbackWhenAHigherPrioritySourceIsBroken() throws IOException {
    // given
    set(Source.ENVIRONMENT, true);
    ask();

    // when
    secrets.put(new Name(NAMESPACE, "alibaba-addon-secret"), Map.of());

    // then
    assertThat(refused()).hasMessageContaining("has no key access-key-id (it has: none)");
  }

  private void addonSecret(String id, String secret) {
    secrets.put(
        new Name(NAMESPACE, "alibaba-addon-secret"),
        Map.of(
            "access-key-id",
            SensitiveString.of(id),
            "access-key-secret",
            SensitiveString.of(secret)));
  }

  /** Guides of other add-ons have users create the Secret with empty values. */
  @ParameterizedTest
  @ValueSource(strings = {"", " \n"})
  void usesTheNextSourceIfBothValuesOfTheSecretAreEmpty(String value) throws IOException {
    // given
    addonSecret(value, value);
    set(Source.METADATA, true);

    // when
    ask();

    // then
    assertThat(own.describe()).isEqualTo(Source.METADATA.kind);
  }

  @ParameterizedTest
  @CsvSource({"'', s, access-key-id", "LTAI, ' ', access-key-secret"})
  void reportsASingleEmptyValueWithItsKey(String id, String secret, String key) throws IOException {
    // given
    addonSecret(id, secret);
    set(Source.METADATA, true);

    // when
    AlibabaCloudException e = refused();

    // then
    assertThat(e)
        .hasMessage("The key %s of the Secret acr-system/alibaba-addon-secret is empty", key);
    assertThat(e.advice()).contains("--dry-run=client -o yaml | kubectl apply -f -");
    assertThat(metadata.calls).isZero();
  }

  @Test
  void failsWithoutFallbackWhenTheValuesOfTheSelectedSecretAreEmptied() throws IOException {
    // given
    set(Source.SECRET, true);
    set(Source.METADATA, true);
    ask();

    // when
    addonSecret("", "");

    // then
    assertThat(refused())
        .hasMessage("The values of the Secret acr-system/alibaba-addon-secret were removed");
    assertThat(metadata.calls).isZero();
  }

  @Test
  void saysThatTheValuesOfTheSecretAreEmptyWhenNothingElseIsConfigured() {
    // given
    addonSecret("", "");

    // when, then
    assertThat(refused().getMessage())
        .contains("the values of the Secret acr-system/alibaba-addon-secret are empty")
        .contains("no metadata");
  }

  @Test
  void usesTheNextSourceIfTheTokenFileIsEmpty() throws IOException {
    // given
    Files.createFile(tokenFile);
    set(Source.METADATA, true);

    // when
    ask();

    // then
    assertThat(own.describe()).isEqualTo(Source.METADATA.kind);
  }

  @Test
  void advisesTheCommandThatCreatesTheSecretWhenNothingIsConfigured() {
    // when
    AlibabaCloudException e = refused();

    // then
    assertThat(e.getMessage())
        .contains("no Secret acr-system/alibaba-addon-secret and nothing in the environment")
        .contains("no metadata");
    assertThat(e.advice())
        .isEqualTo(
            "Create it: kubectl -n acr-system create secret generic alibaba-addon-secret"
                + " --from-file=access-key-id=./id.txt --from-file=access-key-secret=./secret.txt");
    assertThat(own.describe()).as("the source of the lowest priority").contains("ECS");
  }

  @Test
  void ignoresAnIncompletePairOfVariables() throws IOException {
    // given
    environment.put("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI");
    environment.put("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/r");
    set(Source.METADATA, true);

    // when
    ask();

    // then
    assertThat(own.describe()).isEqualTo(Source.METADATA.kind);
  }

  @Test
  void requestsTheRoleThatTheEnvironmentNames() throws IOException {
    // given
    set(Source.METADATA, true);
    environment.put("ALIBABA_CLOUD_ECS_METADATA", "node-role");

    // when
    ask();

    // then
    assertThat(metadata.requestedRole).isEqualTo("node-role");
  }

  @Test
  void usesNoInstanceRoleIfTheEnvironmentForbidsIt() throws IOException {
    // given
    set(Source.METADATA, true);
    environment.put("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "True");

    // when, then
    assertThat(refused()).hasMessageContaining("ALIBABA_CLOUD_ECS_METADATA_DISABLED forbids");
    assertThat(metadata.calls).isZero();
  }

  @ParameterizedTest
  @CsvSource({"false, ", "true, http://100.100.100.200"})
  void usesTheInstanceRoleUnlessItIsForbidden(String disabled, String setting) throws IOException {
    // given
    set(Source.METADATA, true);
    environment.put("ALIBABA_CLOUD_ECS_METADATA_DISABLED", disabled);
    if (setting != null) {
      environment.put("ACR_ENDPOINT_METADATA", setting);
    }

    // when
    ask();

    // then
    assertThat(own.describe()).isEqualTo(Source.METADATA.kind);
  }

  @Test
  void readsTheSecretOnceIfBothNamespacesAreEqual() {
    // when, then
    assertThat(identity("kube-system").secrets())
        .containsExactly(new Name("kube-system", "alibaba-addon-secret"));
  }
}
