package io.acrcredential.operator.configmap;

import static io.acrcredential.operator.testkit.Awaits.soon;
import static io.acrcredential.operator.testkit.Awaits.steady;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.testkit.AcrConfigurationConfigMap;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
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

/** What whoever only knows {@code kubectl edit cm acr-configuration} sees of each edit. */
class ConfigMapEditIT {

  private static final String BROKEN = "- instanceId: \"cri-abc\"\n  domains: [\"a\n";

  private static OperatorTestEnvironment scene;
  private static AcrConfigurationConfigMap configMap;

  @BeforeAll
  static void set() {
    scene = OperatorTestEnvironment.set(more -> {});
    configMap = new AcrConfigurationConfigMap(scene);
    scene.namespace("team-a", Map.of());
    scene.namespace("team-b", Map.of());
    scene.serviceAccount("team-a", "builder");
  }

  @BeforeEach
  void start() {
    scene.startOperator();
  }

  @AfterEach
  void clear() {
    configMap.clear();
    scene.operator().close();
    scene.client.v1().events().inNamespace("kube-system").delete();
    scene.client.v1().events().inNamespace("default").delete();
  }

  @AfterAll
  static void close() {
    scene.close();
  }

  @Test
  void accountsAndNamespacesBindAndUnbindAtOnce() {
    // given
    configMap.create(
        Map.of(
            "watch-namespace", "team-a",
            "service-account", "Default",
            "acr-registry-info", "- instanceId: cri-abc"));
    scene.awaitBound("team-a", "default");
    assertThat(scene.entries("team-a", "builder")).isEmpty();

    // when, then
    configMap.edit(data -> data.put("service-account", "builder"));
    scene.awaitBound("team-a", "builder");
    soon().until(() -> scene.entries("team-a", "default").isEmpty());

    // when, then
    configMap.edit(data -> data.put("watch-namespace", "team-b"));
    configMap.edit(data -> data.put("service-account", "*"));
    scene.awaitBound("team-b", "default");
    soon().until(() -> scene.entries("team-a", "builder").isEmpty());
    soon().until(() -> scene.pullSecret("team-a") == null);

    // when, then
    configMap.delete();
    soon().until(() -> scene.pullSecret("team-b") == null);
    assertThat(scene.entries("team-b", "default")).isEmpty();
  }

  @Test
  void emailAndThresholdChangeWhatIsWrittenAtOnce() {
    // given
    configMap.create(Map.of("watch-namespace", "team-a", "notify-email", "old@example.com"));
    soon().until(() -> email("team-a").equals("old@example.com"));
    scene.awaitReady(AcrConfigurationConfigMap.NAME);
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
  void aRegionThatIsWrittenOrTakenAwayCounts() {
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
  void aKeySecretOfSomebodyElseIsLeftAlone() {
    // given
    var secrets = scene.client.secrets().inNamespace("kube-system");
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
  void anEmptyConfigMapMeansTheDefaults() {
    // when
    configMap.create(Map.of());

    // then
    scene.awaitBound("default", "default");
    assertThat(scene.auths("default").has("registry.cn-hangzhou.aliyuncs.com")).isTrue();
    AcrCredentialPolicySpec spec = configMap.policy().getSpec();
    assertThat(spec.refreshBefore()).isEqualTo("15m");
    assertThat(spec.targets().namespaces().names()).containsExactly("default");
  }

  @Test
  void anUnreadableOneChangesNothingAndSaysSoInThePolicyUntilItIsMended() {
    // given
    configMap.create(
        Map.of("watch-namespace", "team-a", "acr-registry-info", "- instanceId: cri-abc"));
    scene.awaitReady(AcrConfigurationConfigMap.NAME);
    scene.awaitBound("team-a", "default");
    AcrCredentialPolicySpec good = configMap.policy().getSpec();

    // when
    configMap.edit(data -> data.put("acr-registry-info", BROKEN));

    // then
    soon()
        .untilAsserted(
            () ->
                assertThat(configMap.condition("Accepted"))
                    .startsWith("False/Invalid: ")
                    .contains("line 2")
                    .contains("the last good configuration stays in force"));
    assertThat(configMap.condition("Ready")).startsWith("False/Invalid: ");
    assertThat(configMap.condition("TokensFresh")).startsWith("True/");
    assertThat(configMap.condition("Bound")).startsWith("True/");

    // when somebody edits the policy, and removes it, then it is as the last good ConfigMap says
    scene.edit(
        AcrConfigurationConfigMap.NAME,
        policy ->
            policy.setSpec(
                new AcrCredentialPolicySpec(
                    good.registries(), null, good.binding(), "20m", null, false)));
    soon().until(() -> configMap.policy().getSpec().equals(good));
    AcrCredentialPolicy removed = configMap.policy();
    scene.client.resource(removed).delete();
    soon()
        .until(
            () ->
                Optional.ofNullable(configMap.policy())
                    .filter(
                        now -> !now.getMetadata().getUid().equals(removed.getMetadata().getUid()))
                    .map(AcrCredentialPolicy::getSpec)
                    .equals(Optional.of(good)));
    scene.awaitBound("team-a", "default");
    String version = accountVersion("team-a", "default");

    // when the operator is started again
    int events = configMap.events().size();
    scene.operator().kill();
    scene.startOperator();
    scene.serviceAccount("team-a", "later");
    configMap.edit(data -> data.put("service-account", "default, later"));

    // then the last good configuration stays, nobody was unbound, and it is told once
    steady()
        .untilAsserted(
            () -> {
              assertThat(configMap.policy().getSpec()).isEqualTo(good);
              assertThat(accountVersion("team-a", "default")).isEqualTo(version);
              assertThat(scene.entries("team-a", "later")).isEmpty();
            });
    assertThat(configMap.events()).hasSize(events);

    // when
    configMap.edit(data -> data.put("acr-registry-info", "- instanceId: cri-abc"));

    // then
    scene.awaitReady(AcrConfigurationConfigMap.NAME);
    scene.awaitBound("team-a", "later");
    assertThat(configMap.condition("Accepted")).startsWith("True/");
    scene.client.serviceAccounts().inNamespace("team-a").withName("later").delete();
  }

  @Test
  void whereTheFirstIsUnreadableAnEventSaysThatThereIsNothingYet() {
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
  void whoSavesFiveTimesIsToldOnce() {
    // given
    configMap.create(Map.of("acr-registry-info", BROKEN));

    // when
    for (int i = 0; i < 5; i++) {
      String email = "ops-" + i + "@example.com";
      configMap.edit(data -> data.put("notify-email", email));
    }
    scene.operator().kill();
    scene.startOperator();

    // then
    soon().until(() -> !configMap.events().isEmpty());
    steady().untilAsserted(() -> assertThat(configMap.events()).hasSize(1));
  }

  @Test
  void ofManyMistakesOfOneKindTheFirstFiveAreTold() {
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
    soon().until(() -> configMap.condition("Accepted").startsWith("False/PartlyAccepted: "));
  }

  @Test
  void somebodysOwnPolicyOfThatNameIsNeverTouched() {
    // given
    scene.policy(AcrConfigurationConfigMap.NAME, "registries: [{instanceId: cri-abc}]");
    scene.awaitReady(AcrConfigurationConfigMap.NAME);
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
    scene
        .client
        .resources(AcrCredentialPolicy.class)
        .withName(AcrConfigurationConfigMap.NAME)
        .delete();
  }

  @Test
  void switchedOffItsPolicyGoes() {
    // given
    configMap.create(Map.of("watch-namespace", "team-a"));
    scene.awaitBound("team-a", "default");
    scene.operator().close();

    // when
    scene.with("ACR_CONFIG_MAP", "").startOperator();

    // then
    soon().until(() -> configMap.policy() == null);
    assertThat(scene.pullSecret("team-a")).isNull();
    assertThat(scene.entries("team-a", "default")).isEmpty();
    scene.with("ACR_CONFIG_MAP", "kube-system/acr-configuration");
  }

  @Test
  @RequiresRealCluster
  void whatMayNotBeReadIsNotGone() {
    // given
    configMap.create(Map.of("watch-namespace", "team-a"));
    scene.awaitReady(AcrConfigurationConfigMap.NAME);
    scene.awaitBound("team-a", "default");
    String version = accountVersion("team-a", "default");
    scene.operator().close();

    // when it may read neither the ConfigMap nor the original's Deployment
    scene.rights(
        "limited",
        rights("acrcredential.io", "*"),
        rights("coordination.k8s.io", "*"),
        rights("", "secrets", "serviceaccounts", "namespaces", "nodes", "events"));
    try (OperatorProcess limited = scene.startAnother()) {
      // then it says so, and what was served is served
      soon()
          .untilAsserted(
              () ->
                  assertThat(limited.get("/q/health/ready"))
                      .contains("DOWN")
                      .contains("ConfigMap kube-system/acr-configuration")
                      .contains("Deployment kube-system/aliyun-acr-credential-helper"));
      scene
          .client
          .secrets()
          .inNamespace("team-a")
          .withName(OperatorTestEnvironment.PULL_SECRET)
          .delete();
      soon().until(() -> scene.pullSecret("team-a") != null);
      assertThat(accountVersion("team-a", "default")).isEqualTo(version);
      assertThat(configMap.condition("Ready")).startsWith("True/");
      assertThat(limited.log()).contains("aliyun-acr-credential-helper can't be read");

      // when it may again
      scene.rights("limited", rights("*", "*"));

      // then
      limited.awaitWorking();
      assertThat(configMap.condition("Ready")).startsWith("True/");
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
    return scene
        .client
        .serviceAccounts()
        .inNamespace(namespace)
        .withName(name)
        .get()
        .getMetadata()
        .getResourceVersion();
  }

  private static String email(String namespace) {
    return scene.auths(namespace).path("registry.cn-hangzhou.aliyuncs.com").path("email").asText();
  }
}
