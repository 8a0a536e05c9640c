// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.acrcredential.operator.testkit.http.BreakableLine;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Lease of the packaged operator on a real API server. */
@RequiresRealCluster
class LeaseIT {

  private OperatorTestEnvironment env;

  @BeforeEach
  void create() {
    env = OperatorTestEnvironment.create();
    env.createNamespace("team", Map.of());
  }

  @AfterEach
  void close() {
    env.close();
  }

  @Test
  void worksAgainAfterAnOutageInTheSameProcess(@TempDir Path folder) throws IOException {
    // given
    String kubeconfig = Files.readString(env.kube.operatorKubeconfig());
    String server = env.client.getMasterUrl().toString().replaceAll("/$", "");
    try (BreakableLine line = BreakableLine.to(URI.create(server))) {
      Path through = folder.resolve("kubeconfig");
      Files.writeString(through, kubeconfig.replace(server, "https://" + line.authority()));
      OperatorProcess operator = env.startOperator(through);
      serve();

      // when
      line.cut();
      Awaits.soon().until(() -> operator.log().contains("The Lease is lost"));
      env.createServiceAccount("team", "during");
      Awaits.soon().until(() -> operator.get("/q/health/live").contains("\"status\": \"UP\""));
      line.mend();

      // then
      env.awaitBound("team", "during");
      env.createServiceAccount("team", "after");
      env.awaitBound("team", "after");
      env.awaitReady("one");
      assertThat(lease().getLeaseTransitions()).as("no other process led").isZero();
      operator.close();
    }
  }

  /** The informers of a process that does not lead go on, so it has seen the request before. */
  @Test
  void refreshesWhatWasRequestedWhileAnotherProcessLed() {
    // given
    OperatorProcess operator = env.startOperator();
    serve();
    Edits.edit(
        leaseResource(),
        lease -> {
          lease.getSpec().setHolderIdentity("another");
          return lease;
        });
    Awaits.soon().until(() -> operator.log().contains("The Lease is lost"));
    int calls = env.acr.calls().size();

    // when
    env.requestRefresh("one");

    // then
    Awaits.soon().until(() -> env.acr.calls().size() > calls);
    env.awaitStatus("one", status -> status.refreshRequestedAt() != null);
  }

  @Test
  void failsOverAtOnceAfterAStopAndAfterTheLeaseAfterAKill() {
    // given
    OperatorProcess first = env.startOperator();
    serve();
    String firstHolder = lease().getHolderIdentity();
    try (OperatorProcess second = env.startAnother()) {
      awaitReady(second);

      // when
      first.close();
      long stopped = System.nanoTime();
      Awaits.soon().until(() -> isHeldByAnother(firstHolder));

      // then; a standby asks each period, and what is not released is free after the duration
      assertThat(Duration.ofNanos(System.nanoTime() - stopped))
          .isLessThan(LeaderElection.LEASE_DURATION.minus(LeaderElection.PERIOD));
      env.createServiceAccount("team", "after-stop");
      env.awaitBound("team", "after-stop");

      // when
      String secondHolder = lease().getHolderIdentity();
      try (OperatorProcess third = env.startAnother()) {
        awaitReady(third);
        second.kill();
        long killed = System.nanoTime();
        Awaits.soon().until(() -> isHeldByAnother(secondHolder));

        // then; 15 s, and as much for a process that a loaded machine does not run
        assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(30));
        env.createServiceAccount("team", "after-kill");
        env.awaitBound("team", "after-kill");
      }
    }
  }

  private void serve() {
    env.createPolicy(
        "one",
        """
        registries: [{instanceId: cri-abc, region: cn-hangzhou}]
        targets: {namespaces: {names: [team]}, serviceAccounts: {names: ["*"]}}
        """);
    env.awaitReady("one");
    env.awaitBound("team", "default");
  }

  private static void awaitReady(OperatorProcess standby) {
    Awaits.soon().until(() -> standby.probe("/q/health/ready"));
  }

  private boolean isHeldByAnother(String holder) {
    String current = lease().getHolderIdentity();
    return current != null && !current.equals(holder);
  }

  private LeaseSpec lease() {
    return leaseResource().get().getSpec();
  }

  private Resource<Lease> leaseResource() {
    return env.client.leases().inNamespace("kube-system").withName(LeaderElection.NAME);
  }
}
