// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.testkit.KubeNode;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.TokenRegistry;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * {@code ./demo --node}: pods run on a private image on a real node, and beside each step is how
 * often the node asked the registry for it. Needs what {@code dev/node} needs.
 */
final class NodeDemo {

  private static final String HOST = "acme-registry.cn-hangzhou.cr.aliyuncs.com";
  private static final String IMAGE = HOST + "/team/app:1";
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final PrintStream out;
  private OperatorTestEnvironment env;
  private TokenRegistry registry;
  private boolean passed = true;

  NodeDemo(PrintStream out) {
    this.out = out;
  }

  /** Runs it; returns the exit code of {@link Demo}. */
  int run() {
    Optional<String> obstacle = KubeNode.obstacle();
    if (obstacle.isPresent()) {
      out.println("No real node here: " + obstacle.get());
      return 2;
    }
    out.println("Starting a control plane and a node, without Docker ...");
    try (OperatorTestEnvironment cluster =
            OperatorTestEnvironment.createOnNewClusterWithWorkloads();
        KubeNode node = KubeNode.start(cluster.kube);
        TokenRegistry images =
            TokenRegistry.start(cluster.acr, "cri-abc").running(KubeNode.program())) {
      env = cluster;
      registry = images;
      registry.addImage("team/app", "1");
      node.redirect(HOST, registry);
      out.println(cluster.kube.describe());
      out.println(node);
      env.startOperator();
      show();
    }
    out.println(passed ? "All of it as expected." : "NOT AS EXPECTED.");
    return passed ? 0 : 1;
  }

  private void show() {
    env.createPolicy(
        "team",
        """
        registries: [{instanceId: cri-abc}]
        targets: {namespaces: {selector: {matchLabels: {team: "yes"}}}}
        """);
    for (String namespace : List.of("team-a", "team-b", "team-c")) {
      env.createNamespace(namespace, Map.of("team", "yes"));
      env.awaitHosts(namespace, HOST);
      env.awaitBound(namespace, "default");
    }
    env.createNamespace("elsewhere", Map.of());
    out.printf(
        "%nPods of the private image %s. Requests = what the registry was asked for each.%n%n",
        IMAGE);
    out.printf("%8s  %7s  %s%n", "requests", "time", "");
    step("a pod of team-a pulls the image and runs", () -> runs("team-a", "one"));
    step("a pod of team-b: the same token, nothing to ask", () -> runs("team-b", "one"));
    step("a pod of elsewhere, which no policy covers, fails", () -> fails("elsewhere", "one"));
    JsonNode before = env.dockerAuths("team-a");
    step("the token is renewed, in all namespaces", () -> renewed(before));
    step("a new pod of team-a: its Secret is known", () -> runs("team-a", "two"));
    step("a new pod of team-c, whose Secret is not known", () -> runs("team-c", "one"));
    registry.reachable(false);
    step("the registry is away; a new pod of team-b runs", () -> runs("team-b", "two"));
    out.println();
  }

  private void step(String what, BooleanSupplier action) {
    registry.forgetExchanges();
    long start = System.nanoTime();
    boolean good = action.getAsBoolean();
    passed &= good;
    out.printf(
        "%8d  %7s  %s%s%n",
        // containerd tries POST at the token service first
        registry.exchanges().stream().filter(exchange -> exchange.status() != 405).count(),
        ProgressView.seconds(Duration.ofNanos(System.nanoTime() - start)),
        what,
        good ? "" : ": NO");
  }

  private boolean renewed(JsonNode before) {
    env.requestRefresh("team");
    return Poll.until(
        PATIENCE,
        () ->
            List.of("team-a", "team-b", "team-c").stream()
                .map(env::dockerAuths)
                .noneMatch(auths -> auths.equals(before)));
  }

  private boolean runs(String namespace, String name) {
    boolean carriesEntry = create(namespace, name);
    return carriesEntry
        && Poll.until(
            PATIENCE,
            () ->
                Readiness.isPodReady(
                    env.client.pods().inNamespace(namespace).withName(name).get()));
  }

  private boolean fails(String namespace, String name) {
    boolean carriesEntry = create(namespace, name);
    return !carriesEntry
        && Poll.until(
            PATIENCE,
            () ->
                KubeNode.waitsForImage(
                    env.client.pods().inNamespace(namespace).withName(name).get()));
  }

  /** Returns whether the pod references the pull Secret. */
  private boolean create(String namespace, String name) {
    return env
        .client
        .resource(KubeNode.pod(namespace, name, IMAGE))
        .create()
        .getSpec()
        .getImagePullSecrets()
        .stream()
        .anyMatch(entry -> PULL_SECRET.equals(entry.getName()));
  }
}
