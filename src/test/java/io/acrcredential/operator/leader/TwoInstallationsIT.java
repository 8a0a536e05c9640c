// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorProcess.Ended;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.PolicyAssert;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Installs a second release in another namespace, without an AccessKey, beside a working one. */
@RequiresRealCluster
class TwoInstallationsIT {

  private static final String FIRST = "acr-first";
  private static final String SECOND = "acr-second";
  private static final String OWNER_LEASE = OperatorTestEnvironment.PULL_SECRET + "-owner";
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private OperatorTestEnvironment env;
  private OperatorProcess first;

  @BeforeEach
  void startFirstInstallation() {
    env = OperatorTestEnvironment.create().withVariable("ACR_CREDENTIALS_NAMESPACE", FIRST);
    env.client.secrets().inNamespace("kube-system").withName("alibaba-addon-secret").delete();
    for (String namespace : List.of(FIRST, SECOND)) {
      env.client
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
          .create();
    }
    env.createKeySecret(
        FIRST,
        "alibaba-addon-secret",
        OperatorTestEnvironment.KEY_ID,
        OperatorTestEnvironment.KEY_SECRET);
    env.createNamespace("team-a", Map.of());
    first = env.startOperator();
    env.createPolicy(
        "one",
        """
        registries: [{instanceId: cri-abc, region: cn-hangzhou}]
        targets: {namespaces: {names: [team-a]}}
        """);
    env.awaitReady("one");
    env.awaitBound("team-a", "default");
    env.withVariable("ACR_CREDENTIALS_NAMESPACE", SECOND);
  }

  @AfterEach
  void close() {
    first.close();
    env.close();
  }

  @Test
  void refusesTheSecondInstallationAndKeepsItsCleanupOffTheFirst() {
    // given
    Secret before = env.pullSecret("team-a");

    try (OperatorProcess second = env.startAnother()) {
      // when
      await()
          .atMost(TIMEOUT)
          .untilAsserted(
              () ->
                  assertThat(second.get("/q/health/ready"))
                      .contains("\"status\": \"DOWN\"")
                      .contains("namespace " + FIRST)
                      .contains("kube-system/" + OWNER_LEASE));
      await().atMost(TIMEOUT).untilAsserted(() -> assertThat(events()).hasSize(2));

      // then
      await()
          .atMost(TIMEOUT)
          .until(() -> second.log().contains("The operator in namespace " + FIRST));
      assertThat(events())
          .extracting(event -> event.getInvolvedObject().getKind())
          .containsExactlyInAnyOrder("Lease", "AcrCredentialPolicy");
      assertThat(events())
          .allSatisfy(event -> assertThat(event.getMessage()).contains(FIRST, SECOND));
      assertThat(env.pullSecret("team-a")).isEqualTo(before);
      PolicyAssert.assertThat(env.status("one")).hasCondition("Ready", "True", "Ready");

      // when
      Ended cleanup = env.runCommand("cleanup", "--delete-policies");

      // then
      assertThat(cleanup).as("%s", cleanup).returns(0, Ended::exitCode);
      assertThat(cleanup.printed())
          .contains("0 pull Secrets removed", "0 policies deleted", "namespace " + FIRST);
      assertThat(env.pullSecret("team-a")).isEqualTo(before);
      assertThat(env.imagePullSecrets("team-a", "default"))
          .containsExactly(OperatorTestEnvironment.PULL_SECRET);
      assertThat(owner().getSpec().getHolderIdentity()).isEqualTo(FIRST);
    }

    // when the first is uninstalled
    env.withVariable("ACR_CREDENTIALS_NAMESPACE", FIRST);
    Ended cleanup = env.runCommand("cleanup");

    // then
    assertThat(cleanup).as("%s", cleanup).returns(0, Ended::exitCode);
    assertThat(cleanup.printed()).contains("1 pull Secret removed");
    assertThat(owner()).as("free for another installation").isNull();
    assertThat(env.pullSecret("team-a")).isNull();
  }

  @Test
  void takesOverFromADeletedInstallationAndKeepsItsValidTokens() {
    // given
    Secret before = env.pullSecret("team-a");
    try (OperatorProcess second = env.startAnother()) {
      await()
          .atMost(TIMEOUT)
          .until(() -> second.get("/q/health/ready").contains("namespace " + FIRST));

      // when
      first.kill();
      env.client.namespaces().withName(FIRST).delete();

      // then
      second.awaitWorking();
      assertThat(owner().getSpec().getHolderIdentity()).isEqualTo(SECOND);
      env.awaitCondition("one", "Ready", "False", "CredentialsMissing");
      assertThat(env.pullSecret("team-a")).as("it has no key and no token").isEqualTo(before);

      // when it gets a key
      env.createKeySecret(
          SECOND,
          "alibaba-addon-secret",
          OperatorTestEnvironment.KEY_ID,
          OperatorTestEnvironment.KEY_SECRET);

      // then
      env.awaitReady("one");
      await().atMost(TIMEOUT).until(() -> !env.pullSecret("team-a").equals(before));
      env.awaitHosts("team-a", "acme-registry.cn-hangzhou.cr.aliyuncs.com");
    }
  }

  private List<Event> events() {
    return env.client.v1().events().inAnyNamespace().list().getItems().stream()
        .filter(event -> event.getReason().equals("AnotherOperator"))
        .toList();
  }

  private Lease owner() {
    return env.client.leases().inNamespace("kube-system").withName(OWNER_LEASE).get();
  }
}
