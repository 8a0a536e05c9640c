// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import io.acrcredential.operator.testkit.ControlPlaneProcesses;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.http.ApiFaultProxy;
import io.acrcredential.operator.testkit.http.BreakableLine;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Everything that can fail: a control plane, a proxy before it, two replicas of the operator with a
 * line to the proxy each, and a simulator of ACR behind a line for each region and one for STS.
 *
 * <p>Two policies cover the namespaces with the label {@code chaos}: one with the operator's own
 * identity, one with a role of another account. Tokens live for two minutes, so that each is
 * renewed about every 48 s.
 */
final class ChaosEnvironment implements AutoCloseable {

  /** The ACR instances' domains in each covered namespace, by instance. */
  static final Map<String, List<String>> HOSTS =
      Map.of(
          "cri-abc",
          List.of(
              "acme-registry.cn-hangzhou.cr.aliyuncs.com",
              "acme-registry-vpc.cn-hangzhou.cr.aliyuncs.com"),
          "cri-def",
          List.of(
              "other-registry.cn-beijing.cr.aliyuncs.com",
              "other-registry-vpc.cn-beijing.cr.aliyuncs.com"));

  static final List<String> POLICIES = List.of("own", "role");
  static final Duration TOKEN_LIFETIME = Duration.ofMinutes(2);
  static final Map<String, String> COVERED = Map.of("chaos", "on");

  private static final String ROLE = "acs:ram::1002:role/pull";
  private static final int NAMESPACES = 6;
  private static final int SERVICE_ACCOUNTS = 4;

  final Violations violations = new Violations();
  final OperatorTestEnvironment env;
  final ControlPlaneProcesses controlPlane;
  final ApiFaultProxy proxy;
  final List<Replica> replicas;
  final BreakableLine hangzhou;
  final BreakableLine beijing;
  final BreakableLine sts;
  private final ScheduledExecutorService supervisor = Executors.newSingleThreadScheduledExecutor();

  ChaosEnvironment() throws IOException, GeneralSecurityException, InterruptedException {
    env =
        OperatorTestEnvironment.createOnNewCluster(
            more ->
                more.account("1002")
                    .enterprise("cri-def", "cn-beijing", "other")
                    .role(ROLE)
                    .trusts("1001"));
    AcrSimulator acr = env.acr;
    acr.tokenLifetime(TOKEN_LIFETIME);
    hangzhou = BreakableLine.to(acr.endpoint("cn-hangzhou"));
    beijing = BreakableLine.to(acr.endpoint("cn-beijing"));
    sts = BreakableLine.to(acr.stsEndpoint());
    env.withVariable("ACR_ENDPOINT_REGISTRY_CN_HANGZHOU", "http://" + hangzhou.authority())
        .withVariable("ACR_ENDPOINT_REGISTRY_CN_BEIJING", "http://" + beijing.authority())
        .withVariable("ACR_ENDPOINT_STS", "http://" + sts.authority());
    controlPlane = env.kube.processes();
    Path folder = Files.createTempDirectory(env.kube.kubeconfig().getParent(), "proxy-");
    proxy = ApiFaultProxy.start(URI.create(env.client.getMasterUrl().toString()), folder);
    createObjects();
    Path ca = folder.resolve("ca.crt").toAbsolutePath();
    replicas =
        List.of(
            new Replica("replica-a", env, proxy.address(), ca, violations),
            new Replica("replica-b", env, proxy.address(), ca, violations));
    supervisor.scheduleWithFixedDelay(this::supervise, 0, 200, TimeUnit.MILLISECONDS);
  }

  private void supervise() {
    try {
      replicas.forEach(Replica::supervise);
    } catch (RuntimeException e) {
      violations.add("the supervisor failed: " + e);
    }
  }

  private void createObjects() {
    for (int i = 0; i < NAMESPACES; i++) {
      env.createNamespace("team-" + i, COVERED);
      for (int j = 1; j < SERVICE_ACCOUNTS; j++) {
        env.createServiceAccount("team-" + i, "app-" + j);
      }
    }
    env.createNamespace("tenant", COVERED);
    env.createNamespace("outside", Map.of());
    createPolicies();
  }

  void createPolicies() {
    String targets =
        """
        targets:
          namespaces: {selector: {matchLabels: {chaos: "on"}}}
          serviceAccounts: {names: ["*"]}
        """;
    env.createPolicy("own", "registries: [{instanceId: cri-abc}]\n" + targets);
    env.createPolicy(
        "role",
        """
        registries:
          - instanceId: cri-def
            region: cn-beijing
            credentials: {assumeRole: {roleArn: "%s"}}
        """
                .formatted(ROLE)
            + targets);
  }

  /** The replica that leads, or the first one. */
  Replica leader() {
    return replicas.stream().filter(Replica::isLeading).findFirst().orElse(replicas.get(0));
  }

  Replica standby() {
    Replica leader = leader();
    return replicas.stream().filter(one -> one != leader).findFirst().orElseThrow();
  }

  @Override
  public void close() {
    supervisor.shutdownNow();
    replicas.forEach(Replica::close);
    proxy.close();
    List.of(hangzhou, beijing, sts).forEach(BreakableLine::close);
    env.close();
  }
}
