// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.acrcredential.operator.testkit.simulator.Fault;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A process that is stopped or killed leaves nothing that the next one must redo. */
class RestartIT {

  private OperatorTestEnvironment env;

  @BeforeEach
  void serveThreeNamespaces() {
    env = OperatorTestEnvironment.create();
    for (int i = 0; i < 3; i++) {
      env.createNamespace("team-" + i, Map.of());
    }
    env.startOperator();
    env.createPolicy(
        "teams",
        """
        registries: [{instanceId: cri-abc}, {instanceId: ""}]
        targets: {namespaces: {names: [team-0, team-1, team-2]}}
        """);
    env.awaitStatus("teams", status -> status.serviceAccounts() == 3);
    env.awaitReady("teams");
  }

  @AfterEach
  void close() {
    env.close();
  }

  @Test
  @RequiresRealCluster
  void requestsAndWritesNothingAgainAfterAKill() {
    // given
    int calls = env.acr.calls().size();
    awaitQuiet();
    Map<String, Integer> writes = env.writes();

    // when
    env.operator().kill();
    env.startOperator();
    awaitQuiet();

    // then
    assertThat(env.acr.calls()).hasSize(calls);
    assertThat(env.writes()).isEqualTo(writes);

    // and it handles a change made meanwhile or afterwards
    env.createServiceAccount("team-0", "late");
    strip("team-1");
    env.awaitBound("team-1", "default");
    assertThat(env.imagePullSecrets("team-0", "late")).isEmpty();
  }

  /** With its status, a policy of 256 registries is large, and there may be hundreds of them. */
  @Test
  @RequiresRealCluster
  void listsPoliciesInPages() {
    assertThat(env.kube.audited(OperatorTestEnvironment.OPERATOR_USER))
        .filteredOn(entry -> entry.path("verb").asText().equals("list"))
        .extracting(entry -> entry.path("requestURI").asText())
        .filteredOn(uri -> uri.contains("/acrcredentialpolicies"))
        .isNotEmpty()
        .allSatisfy(uri -> assertThat(uri).contains("limit=50"));
  }

  @Test
  void restoresWhatChangedWhileItWasDown() {
    // given
    env.operator().kill();
    env.createNamespace("other", Map.of());

    // when the policy changes, and an entry is removed
    env.patchPolicy("teams", "spec: {targets: {namespaces: {names: [team-1, other]}}}");
    env.startOperator();

    // then
    env.awaitBound("other", "default");
    env.awaitBound("team-1", "default");
    await().atMost(Awaits.PATIENCE).until(() -> env.pullSecret("team-0") == null);
    await().atMost(Awaits.PATIENCE).until(() -> env.pullSecret("team-2") == null);
    assertThat(env.imagePullSecrets("team-0", "default")).isEmpty();
  }

  @Test
  void refreshesOnceIfThatWasRequestedWhileItWasDown() {
    // given
    env.operator().kill();
    int calls = env.acr.calls().size();

    // when
    env.requestRefresh("teams");
    env.startOperator();

    // then
    await().atMost(Awaits.PATIENCE).until(() -> env.acr.calls().size() > calls);
    env.awaitStatus("teams", status -> status.refreshRequestedAt() != null);
    awaitQuiet();
    int refreshed = env.acr.calls().size();

    // when
    env.operator().kill();
    env.startOperator();
    awaitQuiet();

    // then
    assertThat(env.acr.calls()).hasSize(refreshed);

    // when
    env.editPolicy("teams", policy -> policy.getMetadata().setAnnotations(Map.of()));
    env.awaitStatus("teams", status -> status.refreshRequestedAt() == null);
    awaitQuiet();

    // then
    assertThat(env.acr.calls()).as("calls after the annotation is removed").hasSize(refreshed);
  }

  @Test
  @RequiresRealCluster
  void refreshesIfItIsKilledBeforeTheRequestedTokensArrive() {
    // given
    env.acr.inject(Fault.hang().onApi("GetAuthorizationToken"));
    env.requestRefresh("teams");
    await().atMost(Awaits.PATIENCE).until(() -> env.acr.count("GetAuthorizationToken", "Hang") > 0);

    // when a status is written while the tokens are fetched
    env.client.namespaces().withName("team-2").delete();
    AcrCredentialPolicyStatus meanwhile =
        env.awaitStatus("teams", status -> status.serviceAccounts() == 2);

    // then
    assertThat(meanwhile.refreshRequestedAt()).isNull();

    // when
    env.operator().kill();
    env.acr.clearFaults();
    long fetched = env.acr.count("GetAuthorizationToken", "success");
    env.startOperator();

    // then
    env.awaitStatus("teams", status -> status.refreshRequestedAt() != null);
    assertThat(env.acr.count("GetAuthorizationToken", "success"))
        .isGreaterThanOrEqualTo(fetched + 2);
  }

  /** Otherwise a rollout would hang: the old pod ends once the new one is ready. */
  @Test
  void standbyIsReadyAndTakesOver() {
    try (OperatorProcess other = env.startAnother()) {
      other.awaitStarted();
      await()
          .atMost(Awaits.PATIENCE)
          .until(
              () -> {
                String health = other.get("/q/health/ready");
                return health.contains("\"leading\": false")
                    && !health.contains("\"status\": \"DOWN\"");
              });

      // when
      env.operator().stop();

      // then
      other.awaitWorking();
    }
  }

  @Test
  @RequiresRealCluster
  void standbyHasSyncedCachesBeforeItLeads() {
    try (OperatorProcess other = env.startAnother()) {
      other.awaitStarted();
      await().atMost(Awaits.PATIENCE).until(() -> listed("list serviceaccounts") == 2);
      awaitQuiet();
      int calls = env.acr.calls().size();

      // when the leader is killed, and objects change before its lease expires
      env.operator().kill();
      env.createNamespace("late", Map.of());
      env.client.namespaces().withName("team-2").delete();
      strip("team-1");

      // then
      other.awaitWorking();
      env.awaitBound("team-1", "default");
      env.awaitStatus("teams", status -> status.serviceAccounts() == 2);
      assertThat(listed("list serviceaccounts")).isEqualTo(2);
      assertThat(listed("list namespaces")).isEqualTo(2);
      assertThat(env.acr.calls()).hasSize(calls);
    }
  }

  @Test
  void releasesTheLeaseWhenStopped() {
    // when
    env.operator().stop();
    var lease =
        env.client.leases().inNamespace("kube-system").withName("acr-credential-operator").get();

    // then the next can lead immediately; one that is not released keeps its duration
    assertThat(lease.getSpec().getLeaseDurationSeconds()).isLessThanOrEqualTo(1);
    assertThat(env.operator().log()).doesNotContain("ERROR").doesNotContain("Exception");
  }

  private void strip(String namespace) {
    Edits.edit(
        env.client.serviceAccounts().inNamespace(namespace).withName("default"),
        account -> {
          account.setImagePullSecrets(null);
          return account;
        });
  }

  private long listed(String request) {
    return env.requests().stream().filter(request::equals).count();
  }

  private void awaitQuiet() {
    int[] last = {-1};
    await()
        .pollInterval(Duration.ofSeconds(2))
        .atMost(Awaits.PATIENCE)
        .until(
            () -> {
              int now = env.requests().size() + env.acr.calls().size();
              boolean same = now == last[0];
              last[0] = now;
              return same;
            });
  }
}
