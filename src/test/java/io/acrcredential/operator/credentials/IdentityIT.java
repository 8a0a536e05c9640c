// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.OddKeyFile;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.TokenFile;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.acrcredential.operator.testkit.simulator.MetadataMode;
import io.acrcredential.operator.testkit.simulator.RecordedCall;
import io.acrcredential.operator.testkit.simulator.Setup;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All identities with accounts and regions; docs/identities.md lists these tests. */
class IdentityIT {

  private static final String OTHER_ID = "LTAI5tCanaryKeyId0002";
  private static final String OTHER_SECRET = "CanaryKeySecret0002";
  private static final String NODE_ROLE = "acs:ram::1001:role/node";
  private static final String RRSA_ROLE = "acs:ram::1001:role/rrsa";
  private static final String PULL_ROLE = "acs:ram::1002:role/pull";
  private static final String PROVIDER = "acs:ram::1001:oidc-provider/ack-rrsa-c1";
  private static final String ISSUER = "https://oidc.example/c1";
  private static final String SUBJECT =
      "system:serviceaccount:kube-system:aliyun-acr-credential-helper";
  private static final String HANGZHOU = "registry.cn-hangzhou.aliyuncs.com";

  @TempDir private Path folder;
  private OperatorTestEnvironment env;

  @AfterEach
  void close() {
    if (env != null) {
      env.close();
    }
  }

  @Test
  void usesAKeySecretAndItsRotation() {
    // given
    set(more -> more.account("1001").accessKey("LTAI5tCanaryKeyId0009", "CanaryKeySecret0009"));
    env.startOperator();
    policy("own", "registries:\n" + everyEdition("1001", ""));
    env.awaitReady("own");
    awaitEveryEditionOf("1001");

    // when the Secret changes, without a restart
    env.acr.forgetCalls();
    env.createKeySecret(
        "kube-system", "alibaba-addon-secret", "LTAI5tCanaryKeyId0009", "CanaryKeySecret0009");

    // then all tokens are requested with the new key immediately
    await().atMost(PATIENCE).until(() -> env.acr.count("GetAuthorizationToken", "success") == 4);
    assertThat(env.acr.calls())
        .extracting(RecordedCall::accessKeyId)
        .containsOnly("LTAI5tCanaryKeyId0009");

    // when it is removed
    env.client.secrets().inNamespace("kube-system").withName("alibaba-addon-secret").delete();

    // then the policy reports an error and keeps the last token
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(2))
        .until(
            () -> {
              // A refresh that is handled before the deletion of the Secret uses the old key.
              env.requestRefresh("own");
              return env.status("own").registries().get(0).state() == State.Stale;
            });
    assertThat(env.status("own").registries().get(0).error().message()).contains("was removed");
    assertThat(env.dockerAuths("team-a").isEmpty()).isFalse();
  }

  @Test
  void usesKeysOfTwoAccountsOnOneHost() {
    // given
    set(more -> more.account("1002").accessKey(OTHER_ID, OTHER_SECRET));
    env.createKeySecret("kube-system", "account-b", OTHER_ID, OTHER_SECRET);
    env.startOperator();

    // when
    policy(
        "both",
        "registries:\n"
            + everyEdition("1001", "")
            + everyEdition("1002", "{secretRef: {name: account-b}}"));
    env.awaitReady("both");

    // then
    awaitEveryEditionOf("1001");
    awaitEveryEditionOf("1002");

    // when a third claims the same key
    env.createPolicy(
        "late",
        """
        registries: [{instanceId: "", repositoryPrefixes: [of-1002]}]
        targets: {namespaces: {names: [team-a]}}
        """);

    // then
    env.awaitCondition("late", "Ready", "False", "DomainConflict");
    assertThat(account(HANGZHOU + "/of-1002/")).isEqualTo("1002");
  }

  @Test
  void assumesARoleOfAnotherAccount() {
    // given
    set(
        more ->
            more.role(PULL_ROLE)
                .trusts("1001")
                .externalId("x1")
                .maxSessionDuration(Duration.ofHours(2)));
    env.startOperator();

    // when
    policy(
        "role",
        "registries:\n"
            + everyEdition(
                "1002",
                "{assumeRole: {roleArn: \"%s\", externalId: x1, durationSeconds: 7200}}"
                    .formatted(PULL_ROLE)));
    env.awaitReady("role");

    // then one AssumeRole serves all, limited to pulling
    awaitEveryEditionOf("1002");
    List<RecordedCall> roles = calls("AssumeRole");
    assertThat(roles).hasSize(1);
    assertThat(roles.get(0).sessionPolicy()).contains("cr:PullRepository");
    assertThat(roles.get(0).durationSeconds()).isEqualTo(7200);

    // and the next batch takes fresh credentials
    env.requestRefresh("role");
    await().atMost(PATIENCE).until(() -> calls("AssumeRole").size() == 2);
  }

  @Test
  void usesRrsaAndARoleBehindIt() throws Exception {
    // given
    set(IdentityIT::rrsa);
    Path token = oidcToken("sts.aliyuncs.com");
    env.withVariable("ALIBABA_CLOUD_OIDC_TOKEN_FILE", token.toString())
        .withVariable("QUARKUS_LOG_LEVEL", "TRACE")
        .withVariable("QUARKUS_LOG_CONSOLE_LEVEL", "TRACE")
        .startOperator();

    // when
    String oidc = "oidc: {roleArn: \"%s\", providerArn: \"%s\"}".formatted(RRSA_ROLE, PROVIDER);
    policy(
        "rrsa",
        "registries:\n"
            + everyEdition("1001", "{" + oidc + "}")
            + everyEdition("1002", "{" + oidc + ", assumeRole: {roleArn: \"" + PULL_ROLE + "\"}}"));
    env.awaitReady("rrsa");

    // then
    awaitEveryEditionOf("1001");
    awaitEveryEditionOf("1002");
    String secret = Files.readString(token);
    assertThat(calls("AssumeRoleWithOIDC"))
        .allSatisfy(call -> assertThat(call.uri().toString()).doesNotContain(secret));

    // when kubelet replaces the token
    replace(token, env.acr.oidcToken(SUBJECT, "sts.aliyuncs.com", Duration.ofMinutes(5)));
    env.requestRefresh("rrsa");

    // then the new one is used
    String next = Files.readString(token);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                calls("AssumeRoleWithOIDC").stream()
                    .anyMatch(c -> new String(c.body(), StandardCharsets.UTF_8).contains(next)));

    // and when its audience is wrong, the error says so
    replace(token, env.acr.oidcToken(SUBJECT, "wrong", Duration.ofMinutes(5)));
    env.requestRefresh("rrsa");
    env.awaitStatus("rrsa", s -> s.registries().get(0).error() != null);
    assertThat(env.status("rrsa").registries().get(0).error().code())
        .isEqualTo("AuthenticationFail.OIDCToken.AudienceNotMatch");
    assertThat(env.status("rrsa").registries().get(0).error().advice())
        .contains("sts.aliyuncs.com");
    assertNoSecretShows(secret, next, Files.readString(token));
  }

  @Test
  void usesRrsaOfTheEnvironment() throws Exception {
    // given
    set(IdentityIT::rrsa, false);
    env.withVariable("ALIBABA_CLOUD_ROLE_ARN", RRSA_ROLE)
        .withVariable("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", PROVIDER)
        .withVariable("ALIBABA_CLOUD_OIDC_TOKEN_FILE", oidcToken("sts.aliyuncs.com").toString())
        .startOperator();

    // when
    policy("env", "registries:\n" + everyEdition("1001", ""));

    // then
    env.awaitReady("env");
    awaitEveryEditionOf("1001");
    assertThat(env.status("env").registries().get(0).identity()).contains("RRSA");

    // when the Secret appears, it is chosen
    env.acr.forgetCalls();
    env.createKeySecret(
        "kube-system",
        "alibaba-addon-secret",
        OperatorTestEnvironment.KEY_ID,
        OperatorTestEnvironment.KEY_SECRET);

    // then
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                env.acr.calls().stream()
                    .anyMatch(c -> OperatorTestEnvironment.KEY_ID.equals(c.accessKeyId())));
  }

  @Test
  void usesAnInstanceRoleInEveryModeAndARoleBehindIt() {
    // given a cluster on ECS without a configured region
    set(
        more -> {
          more.metadata("cn-hangzhou").metadataRole(NODE_ROLE);
          more.role(PULL_ROLE).trusts(NODE_ROLE);
        },
        false);
    env.withVariable("ACR_REGION", "").startOperator();

    // when
    policy(
        "ecs",
        "registries:\n"
            + everyEdition("1001", "")
            + everyEdition("1002", "{assumeRole: {roleArn: \"" + PULL_ROLE + "\"}}"));

    // then
    env.awaitReady("ecs");
    assertThat(env.status("ecs").registries().get(0).region()).isEqualTo("cn-hangzhou");
    assertThat(env.status("ecs").registries().get(0).identity()).contains("ECS");
    awaitEveryEditionOf("1001");
    awaitEveryEditionOf("1002");

    // and in each other mode of the metadata service
    for (MetadataMode mode :
        List.of(MetadataMode.HARDENED_ONLY, MetadataMode.V1_ONLY_403, MetadataMode.V1_ONLY_404)) {
      env.acr.metadataMode(mode);
      env.acr.forgetCalls();
      env.requestRefresh("ecs");
      await().atMost(PATIENCE).until(() -> env.acr.count("GetAuthorizationToken", "success") == 8);
    }
  }

  @Test
  void usesTheTokenFileOfManagedAck() throws Exception {
    // given
    set(more -> more.role(NODE_ROLE), false);
    Path file = folder.resolve("token-config");
    TokenFile.write(file, env.acr.credentials(NODE_ROLE, Duration.ofMinutes(30)));
    env.withVariable("ACR_TOKEN_FILE", file.toString()).startOperator();

    // when
    policy("file", "registries:\n" + everyEdition("1001", ""));

    // then a token expires with the credentials that requested it
    env.awaitReady("file");
    awaitEveryEditionOf("1001");
    assertThat(Instant.parse(env.status("file").registries().get(0).expiresAt()))
        .isBefore(Instant.now().plus(Duration.ofMinutes(31)));
    assertThat(env.status("file").registries().get(0).identity()).contains("token file");
  }

  @Test
  void usesAKeyInTheEnvironment() {
    // given
    set(more -> {}, false);
    env.withVariable("ALIBABA_CLOUD_ACCESS_KEY_ID", OperatorTestEnvironment.KEY_ID)
        .withVariable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", OperatorTestEnvironment.KEY_SECRET)
        .startOperator();

    // when
    policy("env", "registries:\n" + everyEdition("1001", ""));

    // then
    env.awaitReady("env");
    awaitEveryEditionOf("1001");
    assertThat(env.status("env").registries().get(0).identity()).contains("environment");
  }

  /** The error of the HTTP client for an invalid header quotes the header. */
  @Test
  void rejectsWholeFilesAsKeysAndShowsThemNowhere() {
    // given
    set(more -> {}, false);
    for (OddKeyFile file : OddKeyFile.values()) {
      env.createKeySecret("kube-system", secret(file), file.bytes(), file.bytes());
    }
    env.withVariable("ALIBABA_CLOUD_ACCESS_KEY_ID", OperatorTestEnvironment.KEY_ID)
        .withVariable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", OperatorTestEnvironment.KEY_SECRET)
        .withVariable("ALIBABA_CLOUD_SECURITY_TOKEN", "CanaryToken0001\nCanaryToken0002")
        .withVariable("QUARKUS_LOG_LEVEL", "TRACE")
        .withVariable("QUARKUS_LOG_CONSOLE_LEVEL", "TRACE")
        .startOperator();

    // when
    StringBuilder registries = new StringBuilder("registries:\n  - {instanceId: cri-1001}\n");
    for (OddKeyFile file : OddKeyFile.values()) {
      registries.append(
          "  - {instanceId: cri-1001, credentials: {secretRef: {name: %s}}}\n"
              .formatted(secret(file)));
    }
    policy("odd", registries.toString());

    // then each error names Secret and key, and no request was signed with it
    env.awaitStatus(
        "odd", s -> s.registries().stream().allMatch(registry -> registry.error() != null));
    var errors = env.status("odd").registries().stream().map(r -> r.error()).toList();
    assertThat(errors).extracting(e -> e.code()).containsOnly("CredentialsMalformed");
    assertThat(errors.get(0).message()).contains("ALIBABA_CLOUD_SECURITY_TOKEN");
    for (OddKeyFile file : OddKeyFile.values()) {
      assertThat(errors.get(1 + file.ordinal()).message())
          .contains("access-key-id of the Secret kube-system/" + secret(file));
      assertThat(errors.get(1 + file.ordinal()).advice()).contains("--from-file=access-key-id=");
    }
    assertThat(env.acr.calls()).isEmpty();
    Awaits.soon()
        .until(
            () ->
                env.client.v1().events().inAnyNamespace().list().getItems().stream()
                    .anyMatch(event -> event.getReason().equals("CredentialsMissing")));
    assertNoSecretShows(OperatorTestEnvironment.KEY_SECRET);
  }

  private static String secret(OddKeyFile file) {
    return "odd-" + file.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Test
  void fetchesFromSeveralRegionsWithAWrongClock() {
    // given a service whose clock is 20 minutes ahead
    set(
        more ->
            more.account("1001")
                .enterprise("cri-de", "eu-central-1", "europe")
                .personal("ap-southeast-1"));
    env.acr.clockSkew(Duration.ofMinutes(20));
    env.startOperator();

    // when
    policy(
        "regions",
        """
        registries:
          - {instanceId: cri-abc}
          - {instanceId: cri-de, region: eu-central-1}
          - {instanceId: "", region: ap-southeast-1}
        """);

    // then
    env.awaitReady("regions");
    env.awaitHosts(
        "team-a",
        "acme-registry.cn-hangzhou.cr.aliyuncs.com",
        "europe-registry-vpc.eu-central-1.cr.aliyuncs.com",
        "registry-intl.ap-southeast-1.aliyuncs.com");
    // The header Date has whole seconds, and a response takes its time.
    assertThat(env.operator().log()).containsPattern("is (11\\d\\d|120\\d) s ahead of this node's");
  }

  private static void rrsa(Setup more) {
    more.oidcProvider(PROVIDER, ISSUER).role(RRSA_ROLE).trustsOidc(PROVIDER, SUBJECT);
    more.role(PULL_ROLE).trusts(RRSA_ROLE);
  }

  private void set(Consumer<Setup> more) {
    set(more, true);
  }

  private void set(Consumer<Setup> more, boolean ownKey) {
    env =
        OperatorTestEnvironment.create(
            setup -> {
              for (String account : List.of("1001", "1002")) {
                setup
                    .account(account)
                    .enterprise("cri-" + account, "cn-hangzhou", "n" + account)
                    .enterprise("cri-bj-" + account, "cn-beijing", "bj" + account)
                    .personal("cn-hangzhou")
                    .personalInstance("crpi-" + account, "cn-hangzhou");
              }
              more.accept(setup);
            });
    if (!ownKey) {
      env.client.secrets().inNamespace("kube-system").withName("alibaba-addon-secret").delete();
    }
    env.createNamespace("team-a", Map.of());
  }

  private Path oidcToken(String audience) throws Exception {
    return Files.writeString(
        folder.resolve("token"), env.acr.oidcToken(SUBJECT, audience, Duration.ofMinutes(10)));
  }

  /** At once, as kubelet does: the operator must not read half a token. */
  private void replace(Path file, String text) throws IOException {
    Path next = Files.writeString(folder.resolve("next"), text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Both editions, another region, and an instance of the new Personal Edition. */
  private static String everyEdition(String account, String credentials) {
    return """
      - {instanceId: cri-%1$s%2$s}
      - {instanceId: cri-bj-%1$s, region: cn-beijing%2$s}
      - {instanceId: "", repositoryPrefixes: [of-%1$s]%2$s}
      - {instanceId: crpi-%1$s%2$s}
    """
        .formatted(account, credentials.isEmpty() ? "" : ", credentials: " + credentials);
  }

  private void awaitEveryEditionOf(String account) {
    List<String> keys =
        List.of(
            "n" + account + "-registry.cn-hangzhou.cr.aliyuncs.com",
            "bj" + account + "-registry-vpc.cn-beijing.cr.aliyuncs.com",
            HANGZHOU + "/of-" + account + "/",
            "crpi-" + account + ".cn-hangzhou.personal.cr.aliyuncs.com");
    for (String key : keys) {
      await().atMost(PATIENCE).until(() -> env.dockerAuths("team-a").has(key));
      assertThat(account(key)).as(key).isEqualTo(account);
    }
  }

  private void policy(String name, String registries) {
    env.createPolicy(name, registries + "\ntargets: {namespaces: {names: [team-a]}}");
  }

  private List<RecordedCall> calls(String api) {
    return env.acr.calls().stream().filter(call -> call.api().equals(api)).toList();
  }

  /** The account of the token in the entry, according to the simulator. */
  private String account(String key) {
    JsonNode entry = env.dockerAuths("team-a").path(key);
    AcrSimulator acr = env.acr;
    return acr.token(entry.path("username").asText(), entry.path("password").asText())
        .orElseThrow()
        .accountUid();
  }

  private void assertNoSecretShows(String... secrets) {
    String everywhere =
        env.operator().log()
            + env.operator().get("/q/metrics")
            + Serialization.asYaml(env.client.resources(AcrCredentialPolicy.class).list())
            + Serialization.asYaml(env.client.v1().events().inAnyNamespace().list());
    assertThat(everywhere).doesNotContain(secrets).doesNotContain("Canary");
    assertThat(OddKeyFile.visible(everywhere)).doesNotContain("Canary");
    env.dockerAuths("team-a")
        .elements()
        .forEachRemaining(
            entry -> assertThat(everywhere).doesNotContain(entry.path("password").asText()));
    env.acr.calls().stream()
        .filter(call -> call.accessKeyId() != null && call.accessKeyId().startsWith("STS."))
        .forEach(
            call ->
                assertThat(everywhere)
                    .doesNotContain(call.accessKeyId())
                    .doesNotContain(call.headers().getOrDefault("x-acs-security-token", "none!")));
  }
}
