// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.acrcredential.operator.testkit.http.BreakableLine;
import io.acrcredential.operator.testkit.http.TlsFront;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged operator on a real API server that it must not trust any more, or that does not
 * accept its token any more.
 */
@RequiresRealCluster
class TrustIT {

  private static final String TEAM = "team";
  private static final String REPLICA = "replica";
  private static final String DISTRUST = "do not trust each other any more";

  /** The API server remembers for 10 s that a token was valid. */
  private static final Duration TOKEN_CACHE = Duration.ofSeconds(10);

  @TempDir private Path folder;
  private OperatorTestEnvironment env;
  private URI server;

  @BeforeEach
  void create() {
    env = OperatorTestEnvironment.createOnNewCluster(setup -> {});
    server = URI.create(env.client.getMasterUrl().toString().replaceAll("/$", ""));
    env.createNamespace(TEAM, Map.of());
  }

  @AfterEach
  void close() {
    env.close();
  }

  /** Both in one test, side by side, because each takes more than a minute. */
  @Test
  void endsOnceAfterAMinuteWithoutTrustAndWorksAgainWithTheNewCaAndToken() throws Exception {
    // given
    try (BreakableLine line = BreakableLine.to(server);
        TlsFront newCa = TlsFront.start(folder, "localhost", "127.0.0.1", 0, server)) {
      OperatorProcess leader =
          env.startOperator(kubeconfig("leader", "https://" + line.authority(), null));
      serve();
      OperatorProcess standby = env.startAnother(kubeconfig("standby", "" + server, token()));
      Awaits.soon().until(() -> standby.probe("/q/health/ready"));

      // when
      long start = System.nanoTime();
      line.divert(URI.create("https://127.0.0.1:" + newCa.port()));
      env.client.serviceAccounts().inNamespace(TEAM).withName(REPLICA).delete();

      // then, looked at side by side, because they end a minute later
      Set<OperatorProcess> notReady = new HashSet<>();
      Set<OperatorProcess> running = new HashSet<>(Set.of(leader, standby));
      await()
          .atMost(TrustFailures.LIMIT.plus(TOKEN_CACHE).plus(Awaits.PATIENCE))
          .until(
              () -> {
                for (OperatorProcess each : List.copyOf(running)) {
                  boolean ready = each.probe("/q/health/ready");
                  if (!each.alive()) {
                    running.remove(each);
                  } else if (!ready) {
                    notReady.add(each);
                  }
                }
                return running.isEmpty();
              });
      assertThat(notReady).as("while they ran").containsExactlyInAnyOrder(leader, standby);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThan(TrustFailures.LIMIT.minusSeconds(1));
      assertEnded(leader, "the certificate's CA is not trusted");
      assertEnded(standby, "Unauthorized");

      // when
      OperatorProcess next =
          env.startOperator(kubeconfig("next", "https://localhost:" + newCa.port(), null));

      // then
      env.createServiceAccount(TEAM, "after");
      env.awaitBound(TEAM, "after");

      // when
      OperatorProcess nextStandby =
          env.startAnother(kubeconfig("next-standby", "" + server, token()));
      Awaits.soon().until(() -> nextStandby.probe("/q/health/ready"));
      next.close();

      // then
      env.createServiceAccount(TEAM, "last");
      env.awaitBound(TEAM, "last");
    }
  }

  private static void assertEnded(OperatorProcess operator, String reason) {
    assertThat(operator.awaitEnd()).isEqualTo(1);
    assertThat(operator.log().lines().filter(text -> text.contains(DISTRUST)))
        .singleElement()
        .asString()
        .contains(reason, "Exiting, so that a new process reads the CA and the token");
  }

  private void serve() {
    env.createPolicy(
        "one",
        """
        registries: [{instanceId: cri-abc, region: cn-hangzhou}]
        targets: {namespaces: {names: [team]}, serviceAccounts: {names: ["*"]}}
        """);
    env.awaitReady("one");
  }

  /**
   * A kubeconfig.
   *
   * @param address of the API server; its CA is that of the front if the host is localhost
   * @param token null = that of the operator's user
   */
  private Path kubeconfig(String name, String address, String token) throws IOException {
    String text =
        Files.readString(env.kube.operatorKubeconfig()).replace(server.toString(), address);
    if (address.contains("localhost")) {
      String ca = Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve("ca.crt")));
      text =
          text.replaceFirst(
              "certificate-authority-data: \\S+", "certificate-authority-data: " + ca);
    }
    if (token != null) {
      text = text.replaceFirst("token: \\S+", "token: " + token);
    }
    return Files.writeString(folder.resolve(name), text);
  }

  /** A token of a new ServiceAccount with all rights, which is invalid once that is deleted. */
  private String token() {
    env.createServiceAccount(TEAM, REPLICA);
    Edits.createOrReplace(
        env.client
            .rbac()
            .clusterRoleBindings()
            .resource(
                new ClusterRoleBindingBuilder()
                    .withNewMetadata()
                    .withName("test-" + REPLICA)
                    .endMetadata()
                    .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "cluster-admin")
                    .addNewSubject("", "ServiceAccount", REPLICA, TEAM)
                    .build()));
    TokenRequest request =
        new TokenRequestBuilder().withNewSpec().withExpirationSeconds(3600L).endSpec().build();
    return env.client
        .serviceAccounts()
        .inNamespace(TEAM)
        .withName(REPLICA)
        .tokenRequest(request)
        .getStatus()
        .getToken();
  }
}
