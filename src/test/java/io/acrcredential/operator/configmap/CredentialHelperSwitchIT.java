// SPDX-License-Identifier: Apache-2.0
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

/** The steps of docs/switch.md: from the ACK credential helper to this operator and back. */
class CredentialHelperSwitchIT {

  private static final String OURS = "acme-registry.cn-hangzhou.cr.aliyuncs.com";

  private OperatorTestEnvironment env;
  private AcrConfigurationConfigMap configMap;
  private FakeCredentialHelper credentialHelper;

  @TempDir Path folder;

  @BeforeEach
  void startCredentialHelper() {
    env = OperatorTestEnvironment.create();
    configMap = new AcrConfigurationConfigMap(env);
    credentialHelper = new FakeCredentialHelper(env);
    credentialHelper.install();
    credentialHelper.ready(1);
    for (String namespace : List.of("team-a", "team-b")) {
      env.createNamespace(namespace, Map.of());
      credentialHelper.serve(namespace);
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
  void switchesThereAndBackWithoutGap() {
    // given
    String untouched = version("team-a");
    try (SecretStates states = new SecretStates("team-a")) {
      // when the operator is installed beside it
      env.startOperator();

      // then it reports the helper and what to do, and writes nothing
      awaitSuspended();
      PolicyAssert.assertThat(configMap.policy())
          .hasCondition(
              "Ready",
              "False",
              "CredentialHelperRunning",
              "kube-system/aliyun-acr-credential-helper has a ready pod",
              "--replicas=0",
              "docs/switch.md");
      PolicyAssert.assertThat(configMap.policy()).hasConditionStatus("Accepted", "True");
      soon().untilAsserted(() -> assertThat(helperEvents(configMap.events())).hasSize(1));
      soon().untilAsserted(() -> assertThat(helperEvents(configMap.eventsOnPolicy())).hasSize(1));
      steady()
          .untilAsserted(
              () -> {
                assertThat(version("team-a")).isEqualTo(untouched);
                assertThat(env.acr.calls()).isEmpty();
              });
      assertThat(configMap.policy().getSpec().suspend()).isNotEqualTo(true);

      // when it is restarted, then it still writes nothing
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
      assertThat(helperEvents(configMap.events())).hasSize(1);

      // when the ACK credential helper is scaled to 0
      runDocCommand(0, "--replicas=0");
      credentialHelper.ready(0);

      // then
      runDocCommand(1, "wait --for=condition=Ready");
      env.awaitReady(AcrConfigurationConfigMap.NAME);
      soon()
          .until(() -> env.dockerAuths("team-a").has(OURS) && env.dockerAuths("team-b").has(OURS));
      assertThat(env.dockerAuths("team-a").has(FakeCredentialHelper.HOST)).isFalse();
      assertThat(env.imagePullSecrets("team-a", "default"))
          .containsExactly(OperatorTestEnvironment.PULL_SECRET);

      // when the ACK credential helper runs again, and a ServiceAccount is created
      runDocCommand(3, "--replicas=1");
      credentialHelper.ready(1);
      awaitSuspended();
      String suspended = version("team-a");
      env.createServiceAccount("team-a", "new");

      // then it is not bound
      steady()
          .untilAsserted(
              () -> {
                assertThat(version("team-a")).isEqualTo(suspended);
                assertThat(env.imagePullSecrets("team-a", "new")).isEmpty();
              });

      // when the ConfigMap is switched off
      env.operator().close();
      env.withVariable("ACR_CONFIG_MAP", "").startOperator();

      // then its pull Secrets stay, without labels of this operator
      soon().until(() -> configMap.policy() == null);
      awaitHandedOver("team-a");
      awaitHandedOver("team-b");

      // then the pull Secret was never absent or empty
      states.assertNeverAbsentOrEmpty();
    }
  }

  @Test
  void handsOverNamespacesRemovedWhileDown() {
    // given
    credentialHelper.ready(0);
    env.startOperator();
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    credentialHelper.ready(1);
    awaitSuspended();

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

    // then no ServiceAccount is unbound
    steady()
        .untilAsserted(
            () -> {
              assertThat(env.pullSecret("team-a")).isNotNull();
              assertThat(env.imagePullSecrets("team-a", "default"))
                  .containsExactly(OperatorTestEnvironment.PULL_SECRET);
            });

    // when it is restarted again
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
  void removesEverythingWithoutCredentialHelper() {
    // given
    credentialHelper.uninstall();
    env.startOperator();
    env.awaitReady(AcrConfigurationConfigMap.NAME);

    // when
    configMap.delete();

    // then
    soon().until(() -> env.pullSecret("team-a") == null && env.pullSecret("team-b") == null);
    assertThat(env.imagePullSecrets("team-a", "default")).isEmpty();
  }

  @Test
  void suspendsOnlyConfigMapPolicyWhileHelperIsReady() {
    // given
    env.startOperator();
    awaitSuspended();
    env.createNamespace("own", Map.of());

    // when
    env.createPolicy(
        "own", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [own]}}");

    // then
    env.awaitReady("own");
    env.awaitBound("own", "default");
    assertThat(env.dockerAuths("team-a").has(OURS)).isFalse();

    // when it is deleted, then its pull Secret is removed, although the helper runs
    env.client.resources(AcrCredentialPolicy.class).withName("own").delete();

    // then
    soon().until(() -> env.pullSecret("own") == null);
    assertThat(env.imagePullSecrets("own", "default")).isEmpty();

    // when
    credentialHelper.ready(0);

    // then
    env.awaitReady(AcrConfigurationConfigMap.NAME);
  }

  /** Runs kubectl, which cannot talk to the in-JVM server. */
  private void runDocCommand(int index, String part) {
    String command = DocPage.read("switch.md").commands().get(index);
    assertThat(command).contains(part);
    if (env.kube.real()) {
      DocPage.run(command, folder, env.kube);
    }
  }

  private void awaitSuspended() {
    soon()
        .untilAsserted(
            () ->
                PolicyAssert.assertThat(configMap.policy())
                    .hasCondition("Ready", "False", "CredentialHelperRunning"));
  }

  private static List<Event> helperEvents(List<Event> events) {
    return events.stream()
        .filter(event -> event.getReason().equals("CredentialHelperRunning"))
        .toList();
  }

  private String version(String namespace) {
    return env.pullSecret(namespace).getMetadata().getResourceVersion();
  }

  /** Every state that the namespace's pull Secret was ever in. */
  private final class SecretStates implements AutoCloseable {
    private final List<String> states = new CopyOnWriteArrayList<>();
    private final Watch watch;

    SecretStates(String namespace) {
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
