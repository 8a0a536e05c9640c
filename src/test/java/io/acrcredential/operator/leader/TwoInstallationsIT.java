package io.acrcredential.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorProcess.Ended;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
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

/** A second release in another namespace, without a key of its own, beside one that works. */
@RequiresRealCluster
class TwoInstallationsIT {

  private static final String FIRST = "acr-first";
  private static final String SECOND = "acr-second";
  private static final String OWNER_LEASE = OperatorTestEnvironment.PULL_SECRET + "-owner";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private OperatorTestEnvironment scene;
  private OperatorProcess first;

  @BeforeEach
  void firstInstallationWorks() {
    scene = OperatorTestEnvironment.set(more -> {}).with("ACR_CREDENTIALS_NAMESPACE", FIRST);
    scene.client.secrets().inNamespace("kube-system").withName("alibaba-addon-secret").delete();
    for (String namespace : List.of(FIRST, SECOND)) {
      scene
          .client
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
          .create();
    }
    scene.keys(
        FIRST,
        "alibaba-addon-secret",
        OperatorTestEnvironment.KEY_ID,
        OperatorTestEnvironment.KEY_SECRET);
    scene.namespace("team-a", Map.of());
    first = scene.startOperator();
    scene.policy(
        "one",
        """
        registries: [{instanceId: cri-abc, region: cn-hangzhou}]
        targets: {namespaces: {names: [team-a]}}
        """);
    scene.awaitReady("one");
    scene.with("ACR_CREDENTIALS_NAMESPACE", SECOND);
  }

  @AfterEach
  void close() {
    first.close();
    scene.close();
  }

  @Test
  void secondOneIsRefusedAndItsCleanupLeavesWhatTheFirstOwns() {
    // given
    Secret before = scene.pullSecret("team-a");

    try (OperatorProcess second = scene.startAnother()) {
      // when
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(second.get("/q/health/ready"))
                      .contains("\"status\": \"DOWN\"")
                      .contains("namespace " + FIRST)
                      .contains("kube-system/" + OWNER_LEASE));
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(events()).hasSize(2));

      // then
      assertThat(second.log()).contains("The operator in namespace " + FIRST);
      assertThat(events())
          .extracting(event -> event.getInvolvedObject().getKind())
          .containsExactlyInAnyOrder("Lease", "AcrCredentialPolicy");
      assertThat(events())
          .allSatisfy(event -> assertThat(event.getMessage()).contains(FIRST, SECOND));
      assertThat(scene.pullSecret("team-a")).isEqualTo(before);
      assertThat(OperatorTestEnvironment.condition(scene.status("one"), "Ready"))
          .isEqualTo("True/Ready");

      // when
      Ended cleanup = scene.run("cleanup", "--delete-policies");

      // then
      assertThat(cleanup).as("%s", cleanup).returns(0, Ended::exitCode);
      assertThat(cleanup.printed())
          .contains("0 pull Secrets removed", "0 policies deleted", "namespace " + FIRST);
      assertThat(scene.pullSecret("team-a")).isEqualTo(before);
      assertThat(scene.entries("team-a", "default"))
          .containsExactly(OperatorTestEnvironment.PULL_SECRET);
      assertThat(owner().getSpec().getHolderIdentity()).isEqualTo(FIRST);
    }

    // when the first is uninstalled
    scene.with("ACR_CREDENTIALS_NAMESPACE", FIRST);
    Ended cleanup = scene.run("cleanup");

    // then
    assertThat(cleanup).as("%s", cleanup).returns(0, Ended::exitCode);
    assertThat(cleanup.printed()).contains("1 pull Secrets removed");
    assertThat(owner()).as("free for another installation").isNull();
    assertThat(scene.pullSecret("team-a")).isNull();
  }

  @Test
  void oneWhoseNamespaceIsDeletedIsReplacedAndItsValidTokensStay() {
    // given
    Secret before = scene.pullSecret("team-a");
    try (OperatorProcess second = scene.startAnother()) {
      await()
          .atMost(PATIENCE)
          .until(() -> second.get("/q/health/ready").contains("namespace " + FIRST));

      // when
      first.kill();
      scene.client.namespaces().withName(FIRST).delete();

      // then
      second.awaitWorking();
      assertThat(owner().getSpec().getHolderIdentity()).isEqualTo(SECOND);
      scene.awaitStatus(
          "one",
          status ->
              OperatorTestEnvironment.condition(status, "Ready")
                  .equals("False/CredentialsMissing"));
      assertThat(scene.pullSecret("team-a")).as("it has no key and no token").isEqualTo(before);

      // when it gets a key
      scene.keys(
          SECOND,
          "alibaba-addon-secret",
          OperatorTestEnvironment.KEY_ID,
          OperatorTestEnvironment.KEY_SECRET);

      // then
      scene.awaitReady("one");
      await().atMost(PATIENCE).until(() -> !scene.pullSecret("team-a").equals(before));
      scene.awaitHosts("team-a", "acme-registry.cn-hangzhou.cr.aliyuncs.com");
    }
  }

  private List<Event> events() {
    return scene.client.v1().events().inAnyNamespace().list().getItems().stream()
        .filter(event -> event.getReason().equals("AnotherOperator"))
        .toList();
  }

  private Lease owner() {
    return scene.client.leases().inNamespace("kube-system").withName(OWNER_LEASE).get();
  }
}
