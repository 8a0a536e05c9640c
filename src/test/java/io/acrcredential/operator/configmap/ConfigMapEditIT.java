// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import static io.acrcredential.operator.testkit.Awaits.soon;
import static io.acrcredential.operator.testkit.Awaits.steady;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.testkit.AcrConfigurationConfigMap;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.PolicyAssert;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What users see after each {@code kubectl edit cm acr-configuration}. */
class ConfigMapEditIT {

  private static final String BROKEN = "- instanceId: \"cri-abc\"\n  domains: [\"a\n";

  private static OperatorTestEnvironment env;
  private static AcrConfigurationConfigMap configMap;

  @BeforeAll
  static void set() {
    env = OperatorTestEnvironment.create();
    configMap = new AcrConfigurationConfigMap(env);
    env.createNamespace("team-a", Map.of());
    env.createNamespace("team-b", Map.of());
    env.createServiceAccount("team-a", "builder");
  }

  @BeforeEach
  void start() {
    env.startOperator();
  }

  @AfterEach
  void clear() {
    try {
      configMap.clear();
    } finally {
      env.operator().close(); // an operator that is left would keep leading in the next test
    }
    env.client.v1().events().inNamespace("kube-system").delete();
    env.client.v1().events().inNamespace("default").delete();
  }

  @AfterAll
  static void close() {
    env.close();
  }

  @Test
  void bindsAndUnbindsOnEdit() {
    // given
    configMap.create(
        Map.of(
            "watch-namespace", "team-a",
            "service-account", "Default",
            "acr-registry-info", "- instanceId: cri-abc"));
    env.awaitBound("team-a", "default");
    assertThat(env.imagePullSecrets("team-a", "builder")).isEmpty();

    // when, then
    configMap.edit(data -> data.put("service-account", "builder"));
    env.awaitBound("team-a", "builder");
    soon().until(() -> env.imagePullSecrets("team-a", "default").isEmpty());

    // when, then
    configMap.edit(data -> data.put("watch-namespace", "team-b"));
    configMap.edit(data -> data.put("service-account", "*"));
    env.awaitBound("team-b", "default");
    soon().until(() -> env.imagePullSecrets("team-a", "builder").isEmpty());
    soon().until(() -> env.pullSecret("team-a") == null);

    // when, then
    configMap.delete();
    soon().until(() -> env.pullSecret("team-b") == null);
    assertThat(env.imagePullSecrets("team-b", "default")).isEmpty();
  }

  @Test
  void appliesEmailAndThresholdOnEdit() {
    // given
    configMap.create(Map.of("watch-namespace", "team-a", "notify-email", "old@example.com"));
    soon().until(() -> email("team-a").equals("old@example.com"));
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    String next = configMap.policy().getStatus().nextRefreshAt();

    // when
    configMap.edit(data -> data.put("notify-email", "new@example.com"));
    configMap.edit(data -> data.put("expiring-threshold", "25m"));

    // then
    soon().until(() -> email("team-a").equals("new@example.com"));
    soon()
        .untilAsserted(
            () -> assertThat(configMap.policy().getStatus().nextRefreshAt()).isLessThan(next));
  }

  /** The cluster's own region, too: who writes it means it, wherever the cluster moves. */
  @Test
  void appliesAddedAndRemovedRegion() {
    // given
    configMap.create(Map.of("acr-registry-info", "- instanceId: cri-abc"));
    soon().until(() -> configMap.policy() != null);

    // when, then
    configMap.edit(
        data -> data.put("acr-registry-info", "- instanceId: cri-abc\n  regionId: cn-hangzhou\n"));
    soon().until(() -> "cn-hangzhou".equals(region()));

    // when, then
    configMap.edit(data -> data.put("acr-registry-info", "- instanceId: cri-abc"));
    soon().until(() -> region() == null);
  }

  private static String region() {
    return configMap.policy().getSpec().registries().get(0).region();
  }

  @Test
  void leavesForeignKeySecretAlone() {
    // given
    var secrets = env.client.secrets().inNamespace("kube-system");
    secrets
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName("acr-configuration-keys")
                .endMetadata()
                .addToData("mine", "MQ==")
                .build())
        .create();

    // when
    configMap.create(
        Map.of(
            "acr-registry-info",
            "- instanceId: cri-abc\n  customAccessKey: LTAI5tB\n  customAccessKeySecret: SB\n"));

    // then
    soon()
        .untilAsserted(
            () ->
                assertThat(configMap.events())
                    .extracting(Event::getReason)
                    .contains("SecretOccupied"));
    assertThat(secrets.withName("acr-configuration-keys").get().getData())
        .isEqualTo(Map.of("mine", "MQ=="));
    secrets.withName("acr-configuration-keys").delete();
  }

  @Test
  void readsEmptyConfigMapAsDefaults() {
    // when
    configMap.create(Map.of());

    // then
    env.awaitBound("default", "default");
    assertThat(env.dockerAuths("default").has("registry.cn-hangzhou.aliyuncs.com")).isTrue();
    AcrCredentialPolicySpec spec = configMap.policy().getSpec();
    assertThat(spec.refreshBefore()).isEqualTo("15m");
    assertThat(spec.targets().namespaces().names()).containsExactly("default");
  }

  /** Each of these, read by the letter, would be a ConfigMap without registries or exclusions. */
  @Test
  void keepsLastGoodConfigurationForMisreadConfigMap() {
    // given
    Map<String, String> good =
        Map.of("watch-namespace", "team-a", "acr-registry-info", "- instanceId: cri-abc");
    configMap.create(good);
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    env.awaitBound("team-a", "default");
    AcrCredentialPolicySpec spec = configMap.policy().getSpec();

    // when, then
    assertUnreadable(spec, "in binaryData", null, Map.of("acr-registry-info", "//4tAA=="));
    assertUnreadable(spec, "before 2020", Map.of("acr-registry", "a.*.cr.aliyuncs.com"), Map.of());
    assertUnreadable(
        spec,
        "contains the text of a ConfigMap",
        Map.of("cm.yaml", "kind: ConfigMap\ndata:\n  watch-namespace: all\n"),
        Map.of());
    assertUnreadable(
        spec,
        "patterns and exclusions are not supported",
        Map.of("watch-namespace", "all,-kube-system"),
        Map.of());
    PolicyAssert.assertThat(configMap.policy()).hasConditionStatus("TokensFresh", "True");

    // when it is emptied, then that is applied, and an Event names what is gone
    configMap.replace(Map.of("watch-namespace", "team-a", "acr-registry-info", "# none\n"), null);
    soon().until(() -> !configMap.policy().getSpec().equals(spec));
    soon()
        .untilAsserted(
            () ->
                assertThat(configMap.events())
                    .anySatisfy(
                        event -> {
                          assertThat(event.getReason()).isEqualTo("RegistriesRemoved");
                          assertThat(event.getMessage()).contains("no longer served: cri-abc");
                        }));
  }

  private static void assertUnreadable(
      AcrCredentialPolicySpec good,
      String message,
      Map<String, String> data,
      Map<String, String> binaryData) {
    configMap.replace(data, binaryData);
    soon()
        .untilAsserted(
            () ->
                PolicyAssert.assertThat(configMap.policy())
                    .hasCondition(
                        "Accepted",
                        "False",
                        "Invalid",
                        message,
                        "the last good configuration stays in force"));
    assertThat(configMap.policy().getSpec()).isEqualTo(good);
    soon()
        .untilAsserted(
            () ->
                assertThat(configMap.events())
                    .anySatisfy(event -> assertThat(event.getMessage()).contains(message)));
  }

  @Test
  void keepsLastGoodConfigurationUntilFixed() {
    // given
    configMap.create(
        Map.of("watch-namespace", "team-a", "acr-registry-info", "- instanceId: cri-abc"));
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    env.awaitBound("team-a", "default");
    AcrCredentialPolicySpec good = configMap.policy().getSpec();

    // when
    configMap.edit(data -> data.put("acr-registry-info", BROKEN));

    // then
    soon()
        .untilAsserted(
            () ->
                PolicyAssert.assertThat(configMap.policy())
                    .hasCondition(
                        "Accepted",
                        "False",
                        "Invalid",
                        "line 2",
                        "the last good configuration stays in force"));
    PolicyAssert.assertThat(configMap.policy()).hasCondition("Ready", "False", "Invalid");
    PolicyAssert.assertThat(configMap.policy()).hasConditionStatus("TokensFresh", "True");
    PolicyAssert.assertThat(configMap.policy()).hasConditionStatus("Bound", "True");

    // when somebody edits the policy, and removes it, then it is as the last good ConfigMap says
    env.editPolicy(
        AcrConfigurationConfigMap.NAME,
        policy ->
            policy.setSpec(
                new AcrCredentialPolicySpec(
                    good.registries(),
                    null,
                    good.binding(),
                    "20m",
                    null,
                    null,
                    null,
                    null,
                    false)));
    soon().until(() -> configMap.policy().getSpec().equals(good));
    AcrCredentialPolicy removed = configMap.policy();
    env.client.resource(removed).delete();
    soon()
        .until(
            () ->
                Optional.ofNullable(configMap.policy())
                    .filter(
                        now -> !now.getMetadata().getUid().equals(removed.getMetadata().getUid()))
                    .map(AcrCredentialPolicy::getSpec)
                    .equals(Optional.of(good)));
    env.awaitBound("team-a", "default");
    String version = accountVersion("team-a", "default");

    // when the operator is started again
    int events = Awaits.settled(() -> configMap.events().size());
    env.operator().kill();
    env.startOperator();
    env.createServiceAccount("team-a", "later");
    configMap.edit(data -> data.put("service-account", "default, later"));

    // then the last good configuration stays, nobody was unbound, and it is told once
    steady()
        .untilAsserted(
            () -> {
              assertThat(configMap.policy().getSpec()).isEqualTo(good);
              assertThat(accountVersion("team-a", "default")).isEqualTo(version);
              assertThat(env.imagePullSecrets("team-a", "later")).isEmpty();
            });
    assertThat(configMap.events()).hasSize(events);

    // when
    configMap.edit(data -> data.put("acr-registry-info", "- instanceId: cri-abc"));

    // then
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    env.awaitBound("team-a", "later");
    PolicyAssert.assertThat(configMap.policy()).hasConditionStatus("Accepted", "True");
    env.client.serviceAccounts().inNamespace("team-a").withName("later").delete();
  }

  @Test
  void reportsThatNoEarlierConfigurationExists() {
    // when
    configMap.create(Map.of("acr-registry-info", BROKEN));

    // then
    soon()
        .untilAsserted(
            () ->
                assertThat(configMap.events())
                    .singleElement()
                    .satisfies(
                        event -> {
                          assertThat(event.getType()).isEqualTo("Warning");
                          assertThat(event.getReason()).isEqualTo("Unreadable");
                          assertThat(event.getMessage())
                              .contains("line 2")
                              .contains("no earlier configuration")
                              .hasSizeLessThanOrEqualTo(1_024);
                        }));
    assertThat(configMap.policy()).isNull();
  }

  @Test
  void recordsOneEventForRepeatedEdits() {
    // given
    configMap.create(Map.of("acr-registry-info", BROKEN));

    // when
    for (int i = 0; i < 5; i++) {
      String email = "ops-" + i + "@example.com";
      configMap.edit(data -> data.put("notify-email", email));
    }
    env.operator().kill();
    env.startOperator();

    // then
    soon().until(() -> !configMap.events().isEmpty());
    steady().untilAsserted(() -> assertThat(configMap.events()).hasSize(1));
  }

  @Test
  void limitsEventsToFivePerReason() {
    // when
    configMap.create(
        Map.of("acr-registry-info", "- instanceId: cri-abc\n" + "- instanceId: UPPER\n".repeat(9)));

    // then
    soon()
        .untilAsserted(
            () ->
                assertThat(configMap.events())
                    .filteredOn(event -> event.getReason().equals("ItemIgnored"))
                    .extracting(Event::getMessage)
                    .hasSize(6)
                    .anyMatch(message -> message.startsWith("and 4 more")));
    soon()
        .untilAsserted(
            () ->
                PolicyAssert.assertThat(configMap.policy())
                    .hasCondition("Accepted", "False", "PartlyAccepted"));
  }

  @Test
  void neverTouchesUnmanagedPolicyOfSameName() {
    // given
    env.createPolicy(AcrConfigurationConfigMap.NAME, "registries: [{instanceId: cri-abc}]");
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    long generation = configMap.policy().getMetadata().getGeneration();

    // when
    configMap.create(Map.of("watch-namespace", "team-a"));

    // then
    soon()
        .untilAsserted(
            () ->
                assertThat(configMap.events())
                    .extracting(Event::getReason)
                    .containsExactly("PolicyNameTaken"));
    configMap.delete();
    steady()
        .untilAsserted(
            () -> {
              AcrCredentialPolicy own = configMap.policy();
              assertThat(own.getMetadata().getGeneration()).isEqualTo(generation);
              assertThat(own.getMetadata().getDeletionTimestamp()).isNull();
            });
    env.client
        .resources(AcrCredentialPolicy.class)
        .withName(AcrConfigurationConfigMap.NAME)
        .delete();
  }

  @Test
  void deletesPolicyWhenSwitchedOff() {
    // given
    configMap.create(Map.of("watch-namespace", "team-a"));
    env.awaitBound("team-a", "default");
    env.operator().close();

    // when
    env.withVariable("ACR_CONFIG_MAP", "").startOperator();

    // then
    soon().until(() -> configMap.policy() == null);
    assertThat(env.pullSecret("team-a")).isNull();
    assertThat(env.imagePullSecrets("team-a", "default")).isEmpty();
    env.withVariable("ACR_CONFIG_MAP", "kube-system/acr-configuration");
  }

  @Test
  @RequiresRealCluster
  void doesNotTakeForbiddenReadForDeletion() {
    // given
    configMap.create(Map.of("watch-namespace", "team-a"));
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    env.awaitBound("team-a", "default");
    String version = accountVersion("team-a", "default");
    env.operator().close();

    // when it may read neither the ConfigMap nor the Deployment of the ACK credential helper
    env.replaceRights(
        "limited",
        rights("acrcredential.io", "*"),
        rights("coordination.k8s.io", "*"),
        rights("", "secrets", "serviceaccounts", "namespaces", "nodes", "events"));
    try (OperatorProcess limited = env.startAnother()) {
      limited.awaitStarted();

      // then it says so, and what was served is served
      soon()
          .untilAsserted(
              () ->
                  assertThat(limited.get("/q/health/ready"))
                      .contains("DOWN")
                      .contains("ConfigMap kube-system/acr-configuration")
                      .contains("Deployment kube-system/aliyun-acr-credential-helper"));
      env.client
          .secrets()
          .inNamespace("team-a")
          .withName(OperatorTestEnvironment.PULL_SECRET)
          .delete();
      soon().until(() -> env.pullSecret("team-a") != null);
      assertThat(accountVersion("team-a", "default")).isEqualTo(version);
      env.awaitConditionStatus(AcrConfigurationConfigMap.NAME, "Ready", "True");
      soon().until(() -> limited.log().contains("aliyun-acr-credential-helper cannot be read"));

      // when it may again
      env.replaceRights("limited", rights("*", "*"));

      // then
      limited.awaitWorking();
      env.awaitConditionStatus(AcrConfigurationConfigMap.NAME, "Ready", "True");
      configMap.clear();
    }
  }

  private static PolicyRule rights(String group, String... resources) {
    return new PolicyRuleBuilder()
        .withApiGroups(group)
        .withResources(resources)
        .withVerbs("*")
        .build();
  }

  private static String accountVersion(String namespace, String name) {
    return env.client
        .serviceAccounts()
        .inNamespace(namespace)
        .withName(name)
        .get()
        .getMetadata()
        .getResourceVersion();
  }

  private static String email(String namespace) {
    return env.dockerAuths(namespace)
        .path("registry.cn-hangzhou.aliyuncs.com")
        .path("email")
        .asText();
  }
}
