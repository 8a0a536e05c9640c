package io.acrcredential.operator.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A process that ends, with or without a warning, leaves nothing that the next one must redo. */
class RestartIT {

  private OperatorTestEnvironment scene;

  @BeforeEach
  void serveThreeNamespaces() {
    scene = OperatorTestEnvironment.set(more -> {});
    for (int i = 0; i < 3; i++) {
      scene.namespace("team-" + i, Map.of());
    }
    scene.startOperator();
    scene.policy(
        "teams",
        """
        registries: [{instanceId: cri-abc}, {instanceId: ""}]
        targets: {namespaces: {names: [team-0, team-1, team-2]}}
        """);
    scene.awaitStatus("teams", status -> status.serviceAccounts() == 3);
    scene.awaitReady("teams");
  }

  @AfterEach
  void close() {
    scene.close();
  }

  @Test
  @RequiresRealCluster
  void afterAKillNothingIsAskedOrWrittenAgain() {
    // given
    int calls = scene.acr.calls().size();
    awaitQuiet();
    Map<String, Integer> writes = scene.writes();

    // when
    scene.operator().kill();
    scene.startOperator();
    awaitQuiet();

    // then
    assertThat(scene.acr.calls()).hasSize(calls);
    assertThat(scene.writes()).isEqualTo(writes);

    // and it works: a change of the meantime or after is seen
    scene.serviceAccount("team-0", "late");
    strip("team-1");
    scene.awaitBound("team-1", "default");
    assertThat(scene.entries("team-0", "late")).isEmpty();
  }

  @Test
  void whatChangedWhileNobodyLookedIsMadeRight() {
    // given
    scene.operator().kill();
    scene.namespace("other", Map.of());

    // when the policy moves on, and somebody strips an entry
    scene
        .client
        .resources(io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy.class)
        .withName("teams")
        .edit(
            policy -> {
              var spec = policy.getSpec();
              policy.setSpec(
                  new io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec(
                      spec.registries(),
                      new io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Targets(
                          new io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec
                              .Namespaces(java.util.List.of("team-1", "other"), null, null),
                          null),
                      spec.binding(),
                      spec.refreshBefore(),
                      spec.email(),
                      spec.suspend()));
              return policy;
            });
    scene.startOperator();

    // then
    scene.awaitBound("other", "default");
    scene.awaitBound("team-1", "default");
    await().atMost(Duration.ofSeconds(30)).until(() -> scene.pullSecret("team-0") == null);
    await().atMost(Duration.ofSeconds(30)).until(() -> scene.pullSecret("team-2") == null);
    assertThat(scene.entries("team-0", "default")).isEmpty();
  }

  /** Or a rollout would wait for ever: the old pod ends once the new one is ready. */
  @Test
  void whoStandsByIsReadyAndTakesOver() {
    try (OperatorProcess other = scene.startAnother()) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                String health = other.get("/q/health/ready");
                return health.contains("\"leading\": false")
                    && !health.contains("\"status\": \"DOWN\"");
              });

      // when
      scene.operator().stop();

      // then
      other.awaitWorking();
    }
  }

  @Test
  @RequiresRealCluster
  void whoStandsByHasReadAllBeforeItLeads() {
    try (OperatorProcess other = scene.startAnother()) {
      await().atMost(Duration.ofSeconds(30)).until(() -> listed("list serviceaccounts") == 2);
      awaitQuiet();
      int calls = scene.acr.calls().size();

      // when the leader dies, and what it would have seen happens before its lease ends
      scene.operator().kill();
      scene.namespace("late", Map.of());
      scene.client.namespaces().withName("team-2").delete();
      strip("team-1");

      // then
      other.awaitWorking();
      scene.awaitBound("team-1", "default");
      scene.awaitStatus("teams", status -> status.serviceAccounts() == 2);
      assertThat(listed("list serviceaccounts")).isEqualTo(2);
      assertThat(listed("list namespaces")).isEqualTo(2);
      assertThat(scene.acr.calls()).hasSize(calls);
    }
  }

  @Test
  void aStoppedLeaderGivesTheLeaseBack() {
    // when
    long start = System.nanoTime();
    scene.operator().stop();
    var lease =
        scene.client.leases().inNamespace("kube-system").withName("acr-credential-operator").get();

    // then
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .as("the lease would have ended by itself")
        .isLessThan(Duration.ofSeconds(10));
    // fabric8 leaves the holder's name and a lease of one second: the next may lead at once
    assertThat(lease.getSpec().getLeaseDurationSeconds()).isLessThanOrEqualTo(1);
    assertThat(scene.operator().log()).doesNotContain("ERROR").doesNotContain("Exception");
  }

  private void strip(String namespace) {
    scene
        .client
        .serviceAccounts()
        .inNamespace(namespace)
        .withName("default")
        .edit(
            account -> {
              account.setImagePullSecrets(null);
              return account;
            });
  }

  private long listed(String request) {
    return scene.requests().stream().filter(request::equals).count();
  }

  private void awaitQuiet() {
    int[] last = {-1};
    await()
        .pollInterval(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(40))
        .until(
            () -> {
              int now = scene.requests().size();
              boolean same = now == last[0];
              last[0] = now;
              return same;
            });
  }
}
