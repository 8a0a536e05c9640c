package io.acrcredential.operator.configmap;

import static io.acrcredential.operator.testkit.Awaits.soon;
import static io.acrcredential.operator.testkit.Awaits.steady;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.AcrConfigurationConfigMap;
import io.acrcredential.operator.testkit.DocPage;
import io.acrcredential.operator.testkit.FakeCredentialHelper;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.PolicyAssert;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way of docs/switch.md: from the original to us and back, without a minute unserved. */
class CredentialHelperSwitchIT {

  private static final String OURS = "acme-registry.cn-hangzhou.cr.aliyuncs.com";

  private OperatorTestEnvironment env;
  private AcrConfigurationConfigMap configMap;
  private FakeCredentialHelper original;

  @TempDir Path folder;

  @BeforeEach
  void theOriginalServesTwoNamespaces() {
    env = OperatorTestEnvironment.create();
    configMap = new AcrConfigurationConfigMap(env);
    original = new FakeCredentialHelper(env);
    original.install();
    original.ready(1);
    for (String namespace : List.of("team-a", "team-b")) {
      env.createNamespace(namespace, Map.of());
      original.serve(namespace);
    }
    configMap.create(
        Map.of(
            "watch-namespace", "team-a,team-b",
            "acr-registry-info", "- instanceId: \"cri-abc\""));
  }

  @AfterEach
  void close() {
    env.close();
  }

  @Test
  void thereAndBackWithoutAMomentUnserved() {
    // given
    String untouched = version("team-a");
    try (Seen seen = new Seen("team-a")) {
      // when ours is installed beside it
      env.startOperator();

      // then it says what runs and what to do, and writes nothing
      awaitHeld();
      PolicyAssert.assertThat(configMap.policy())
          .hasCondition(
              "Ready",
              "False",
              "CredentialHelperRunning",
              "kube-system/aliyun-acr-credential-helper has a ready pod",
              "--replicas=0",
              "docs/switch.md");
      PolicyAssert.assertThat(configMap.policy()).hasConditionStatus("Accepted", "True");
      soon().untilAsserted(() -> assertThat(told(configMap.events())).hasSize(1));
      soon().untilAsserted(() -> assertThat(told(configMap.eventsOnPolicy())).hasSize(1));
      steady()
          .untilAsserted(
              () -> {
                assertThat(version("team-a")).isEqualTo(untouched);
                assertThat(env.acr.calls()).isEmpty();
              });
      assertThat(configMap.policy().getSpec().suspend()).isNotEqualTo(true);

      // when it is started again, it does not begin either
      env.operator().kill();
      env.startOperator();
      steady()
          .untilAsserted(
              () -> {
                assertThat(version("team-a")).isEqualTo(untouched);
                assertThat(env.acr.calls()).isEmpty();
                PolicyAssert.assertThat(configMap.policy())
                    .hasCondition("Ready", "False", "CredentialHelperRunning");
              });
      assertThat(told(configMap.events())).hasSize(1);

      // when the original is scaled to 0
      asThePageSays(0, "--replicas=0");
      original.ready(0);

      // then
      asThePageSays(1, "wait --for=condition=Ready");
      env.awaitReady(AcrConfigurationConfigMap.NAME);
      soon()
          .until(() -> env.dockerAuths("team-a").has(OURS) && env.dockerAuths("team-b").has(OURS));
      assertThat(env.dockerAuths("team-a").has(FakeCredentialHelper.HOST)).isFalse();
      assertThat(env.imagePullSecrets("team-a", "default"))
          .containsExactly(OperatorTestEnvironment.PULL_SECRET);

      // when the original comes back, and a new ServiceAccount
      asThePageSays(3, "--replicas=1");
      original.ready(1);
      awaitHeld();
      String held = version("team-a");
      env.createServiceAccount("team-a", "new");

      // then it is not ours to bind
      steady()
          .untilAsserted(
              () -> {
                assertThat(version("team-a")).isEqualTo(held);
                assertThat(env.imagePullSecrets("team-a", "new")).isEmpty();
              });

      // when ours gives the ConfigMap up, to go for good
      env.operator().close();
      env.withVariable("ACR_CONFIG_MAP", "").startOperator();

      // then what it wrote stays, as the original's
      soon().until(() -> configMap.policy() == null);
      awaitHandedOver("team-a");
      awaitHandedOver("team-b");

      // then it never was without one
      seen.assertNeverAbsentOrEmpty();
    }
  }

  @Test
  void whatItNoLongerMeansAfterARestartIsHandedOverToo() {
    // given
    original.ready(0);
    env.startOperator();
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    original.ready(1);
    awaitHeld();

    // when the ConfigMap moves on while the operator is down
    env.operator().kill();
    configMap.edit(data -> data.put("watch-namespace", "team-b"));
    env.startOperator();
    soon()
        .until(
            () ->
                configMap
                    .policy()
                    .getSpec()
                    .targets()
                    .namespaces()
                    .names()
                    .equals(List.of("team-b")));

    // then nobody is unbound
    steady()
        .untilAsserted(
            () -> {
              assertThat(env.pullSecret("team-a")).isNotNull();
              assertThat(env.imagePullSecrets("team-a", "default"))
                  .containsExactly(OperatorTestEnvironment.PULL_SECRET);
            });

    // when it is started once more, team-a is nobody's any more
    env.operator().kill();
    env.startOperator();

    // then
    awaitHandedOver("team-a");

    // when
    configMap.delete();

    // then
    awaitHandedOver("team-b");
  }

  private void awaitHandedOver(String namespace) {
    soon()
        .untilAsserted(
            () -> {
              Secret secret = env.pullSecret(namespace);
              assertThat(secret.getMetadata().getLabels()).isNullOrEmpty();
              assertThat(secret.getMetadata().getAnnotations()).isNullOrEmpty();
              assertThat(env.dockerAuths(namespace).has(OURS)).isTrue();
              assertThat(env.imagePullSecrets(namespace, "default"))
                  .containsExactly(OperatorTestEnvironment.PULL_SECRET);
            });
  }

  @Test
  void withoutTheOriginalDeletionRemoves() {
    // given
    original.uninstall();
    env.startOperator();
    env.awaitReady(AcrConfigurationConfigMap.NAME);

    // when
    configMap.delete();

    // then
    soon().until(() -> env.pullSecret("team-a") == null && env.pullSecret("team-b") == null);
    assertThat(env.imagePullSecrets("team-a", "default")).isEmpty();
  }

  @Test
  void oneThatIsNotReadyHoldsNobodyUpAndOnesOwnPolicyIsNotHeld() {
    // given
    env.startOperator();
    awaitHeld();
    env.createNamespace("own", Map.of());

    // when
    env.createPolicy(
        "own", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [own]}}");

    // then
    env.awaitReady("own");
    env.awaitBound("own", "default");
    assertThat(env.dockerAuths("team-a").has(OURS)).isFalse();

    // when it is deleted, it removes, though the original runs
    env.client.resources(AcrCredentialPolicy.class).withName("own").delete();

    // then
    soon().until(() -> env.pullSecret("own") == null);
    assertThat(env.imagePullSecrets("own", "default")).isEmpty();

    // when
    original.ready(0);

    // then
    env.awaitReady(AcrConfigurationConfigMap.NAME);
  }

  /** By kubectl, which can't talk to the in-JVM server. */
  private void asThePageSays(int index, String part) {
    String command = DocPage.read("switch.md").commands().get(index);
    assertThat(command).contains(part);
    if (env.kube.real()) {
      DocPage.run(command, folder, env.kube);
    }
  }

  private void awaitHeld() {
    soon()
        .untilAsserted(
            () ->
                PolicyAssert.assertThat(configMap.policy())
                    .hasCondition("Ready", "False", "CredentialHelperRunning"));
  }

  private static List<Event> told(List<Event> events) {
    return events.stream()
        .filter(event -> event.getReason().equals("CredentialHelperRunning"))
        .toList();
  }

  private String version(String namespace) {
    return env.pullSecret(namespace).getMetadata().getResourceVersion();
  }

  /** Every state that the namespace's pull Secret was ever in. */
  private final class Seen implements AutoCloseable {
    private final List<String> states = new CopyOnWriteArrayList<>();
    private final Watch watch;

    Seen(String namespace) {
      watch =
          env.client
              .secrets()
              .inNamespace(namespace)
              .withName(OperatorTestEnvironment.PULL_SECRET)
              .watch(
                  new Watcher<>() {
                    @Override
                    public void eventReceived(Action action, Secret secret) {
                      states.add(
                          action == Action.DELETED
                              ? "absent"
                              : new String(
                                  OperatorTestEnvironment.dockerConfig(secret),
                                  StandardCharsets.UTF_8));
                    }

                    @Override
                    public void onClose(WatcherException cause) {
                      states.add("not watched any more");
                    }
                  });
    }

    void assertNeverAbsentOrEmpty() {
      assertThat(states)
          .hasSizeGreaterThan(1)
          .allMatch(state -> state.contains(OURS) || state.contains(FakeCredentialHelper.HOST));
    }

    @Override
    public void close() {
      watch.close();
    }
  }
}
