// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.node;

import static io.acrcredential.operator.node.NodeEnvironment.OPERATOR;
import static io.acrcredential.operator.node.NodeEnvironment.OPERATOR_USER;
import static io.acrcredential.operator.node.NodeEnvironment.PATIENCE;
import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.admission.AdmissionManifest;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.KubeNode;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresNode;
import io.acrcredential.operator.testkit.TokenRegistry;
import io.acrcredential.operator.testkit.TokenRegistry.Exchange;
import io.acrcredential.operator.testkit.simulator.SimToken;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A kubelet pulls private images with what the operator writes. */
@RequiresNode
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NodeIT {

  private static final int APPLIES = 20;

  @TempDir private static Path folder;
  private static NodeEnvironment node;
  private static OperatorTestEnvironment env;

  @BeforeAll
  static void start() throws Exception {
    node = NodeEnvironment.start(folder);
    env = node.env;
    env.createPolicy(
        "team",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {selector: {matchLabels: {team: "yes"}}}
          serviceAccounts: {names: ["*"]}
        healPods: true
        """);
    env.createPolicy(
        "applied",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {selector: {matchLabels: {applied: "yes"}}}
          serviceAccounts: {names: ["*"]}
        """);
  }

  @AfterAll
  static void stop() {
    if (node != null) {
      node.close();
    }
  }

  @Test
  @Order(1)
  void runsADeploymentOnAPrivateImage() {
    // given
    env.createNamespace("covered", Map.of("team", "yes"));
    env.createNamespace("uncovered", Map.of());
    env.awaitHosts("covered", NodeEnvironment.HOST);
    env.awaitBound("covered", "default");

    // when
    node.deploy("covered", node.image("covered"));
    node.deploy("uncovered", node.image("uncovered"));

    // then
    node.awaitRunning("covered");
    node.awaitPullFailure("uncovered");
    assertThat(exchanges("covered", "manifests", 200))
        .isNotEmpty()
        .allSatisfy(
            exchange -> assertThat(exchange.credential()).hasValue(tokenOf("covered", "cri-abc")));
    assertThat(exchanges("uncovered", "manifests", 401))
        .isNotEmpty()
        .noneMatch(Exchange::authorized);
    assertThat(exchanges("uncovered", "manifests", 200)).isEmpty();
  }

  /** Continues with the pod that cannot pull its image. */
  @Test
  @Order(2)
  void healsAPodThatWasCreatedTooEarly() {
    // given
    Pod early = node.awaitPullFailure("uncovered");
    assertThat(early.getSpec().getImagePullSecrets()).isEmpty();

    // when
    Edits.edit(
        env.client.namespaces().withName("uncovered"),
        namespace ->
            new NamespaceBuilder(namespace)
                .editMetadata()
                .addToLabels("team", "yes")
                .endMetadata()
                .build());

    // then
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                node.pods("uncovered").stream()
                    .anyMatch(pod -> carriesEntry(pod) && Readiness.isPodReady(pod)));
    Awaits.soon()
        .untilAsserted(
            () ->
                assertThat(env.client.v1().events().inNamespace("uncovered").list().getItems())
                    .filteredOn(event -> event.getReason().equals("PodEvicted"))
                    .extracting(event -> event.getInvolvedObject().getName())
                    .contains(early.getMetadata().getName()));
  }

  /** The figures are those of docs/nodes.md. */
  @Test
  @Order(3)
  void asksTheRegistryAsOftenAsDocumented() throws Exception {
    // given
    String image = node.image("remembered");
    List<String> namespaces =
        List.of("first", "same-login", "other-login", "other-login-too", "unknown");
    for (String namespace : namespaces) {
      env.createNamespace(namespace, Map.of("team", "yes"));
      env.awaitHosts(namespace, NodeEnvironment.HOST);
      env.awaitBound(namespace, "default");
    }
    List<Integer> requests = new ArrayList<>();

    // when
    requests.add(requestsOfANewPod("first", image));
    System.out.println("A pull: " + node.registry.exchanges());
    requests.add(requestsOfANewPod("first", image));
    requests.add(requestsOfANewPod("same-login", image));
    rotate(namespaces);
    requests.add(requestsOfANewPod("other-login", image));
    requests.add(requestsOfANewPod("other-login-too", image));
    requests.add(requestsOfANewPod("first", image));
    requests.add(requestsOfANewPod("same-login", image));
    rotate(namespaces);
    node.registry.reachable(false);
    // before another pod tells kubelet that the new login is good
    node.createPod("unknown", "pod-0", image);
    node.awaitPullFailure("unknown");
    requests.add(requestsOfANewPod("first", image));
    node.registry.reachable(true);

    // then
    System.out.println("Requests of a new pod to the registry: " + requests);
    assertThat(figures("docs/nodes.md")).isEqualTo(requests);
    assertThat(figures("docs/zh/nodes.md")).isEqualTo(requests);
  }

  @Test
  @Order(4)
  void sendsTheCredentialOfTheMostSpecificKeyFirst() {
    // given two accounts whose repositories share a host
    env.acr.configure(
        more ->
            more.account("1002")
                .accessKey("LTAI5tAccountB", "account-b-secret")
                .personal("cn-hangzhou"));
    String host = "registry.cn-hangzhou.aliyuncs.com";
    TokenRegistry shared =
        TokenRegistry.startPersonal(env.acr, "cn-hangzhou").running(KubeNode.program());
    shared.addImage("team-a/app", "1", "1001");
    shared.addImage("team-b/app", "1", "1002");
    node.node.redirect(host, shared);
    env.createKeySecret(OPERATOR, "account-b", "LTAI5tAccountB", "account-b-secret");
    env.createNamespace("accounts", Map.of());
    env.createPolicy(
        "accounts",
        """
        registries:
          - {}
          - {repositoryPrefixes: [team-b], credentials: {secretRef: {name: account-b}}}
        targets: {namespaces: {names: [accounts]}}
        """);
    env.awaitHosts("accounts", host, host + "/team-b/");
    env.awaitBound("accounts", "default");
    addForeignSecret("accounts", host);

    try (shared) {
      // when the key of the operator is more specific
      node.createPod("accounts", "team-b", host + "/team-b/app:1");
      node.awaitRunning("accounts");

      // then
      assertThat(shared.exchanges())
          .filteredOn(Exchange::authorized)
          .isNotEmpty()
          .allSatisfy(exchange -> assertThat(account(exchange)).isEqualTo("1002"));

      // when both Secrets have the same key
      shared.forgetExchanges();
      node.createPod("accounts", "team-a", host + "/team-a/app:1");
      node.awaitRunning("accounts");

      // then the Secret that the pod lists first is tried first
      List<String> tried =
          shared.exchanges().stream().filter(Exchange::authorized).map(NodeIT::account).toList();
      assertThat(tried).startsWith("refused").endsWith("1001").doesNotContain("1002");
    }
  }

  /** The admission policy binds the ServiceAccount before a controller can create its pod. */
  @Test
  @Order(5)
  void runsWhatIsAppliedAllAtOnce() {
    // given
    int without = applyEverything("without");
    env.createNamespace("probe", Map.of("applied", "yes"));
    Manifests.create(env.client, Manifests.shipped("admission/bind-at-creation.yaml"));
    AdmissionManifest.awaitEntry(env.client, "probe", PULL_SECRET);

    // when
    int with = applyEverything("with");

    // then
    assertThat(with).as("%d without binding at creation", without).isEqualTo(APPLIES);
  }

  @Test
  @Order(6)
  void operatorRunsWithinItsLimitsAndSurvivesSigkill() throws Exception {
    // given
    Pod before = node.operatorPod();
    ProcessHandle process = node.operatorProcess();
    String status = Files.readString(Path.of("/proc", process.pid() + "", "status"));
    String root =
        Files.readAllLines(Path.of("/proc", process.pid() + "", "mounts")).stream()
            .filter(line -> line.split(" ")[1].equals("/"))
            .findFirst()
            .orElseThrow();
    long limit =
        Quantity.getAmountInBytes(
                before.getSpec().getContainers().get(0).getResources().getLimits().get("memory"))
            .longValueExact();
    long peak = KubeNode.peakMemory(process);
    System.out.printf("Memory of the operator: %d of %d MiB%n", peak >> 20, limit >> 20);
    assertThat(peak).isLessThan(limit * 9 / 10);
    assertThat(status)
        .containsPattern("Uid:\\s+1001\\s+1001")
        .containsPattern("CapEff:\\s+0{16}\n")
        .containsPattern("NoNewPrivs:\\s+1")
        .containsPattern("Seccomp:\\s+2");
    assertThat(root.split(" ")[3]).as(root).startsWith("ro,");
    assertThat(restarts(before)).isZero();
    env.awaitReady("team");
    env.awaitReady("accounts");
    // the pull Secrets of namespaces that an earlier test deletes
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                env.client.namespaces().list().getItems().stream()
                    .allMatch(namespace -> namespace.getMetadata().getDeletionTimestamp() == null));
    int calls = env.acr.calls().size();
    long writes = node.secretWrites();

    // when
    process.destroyForcibly();

    // then
    await()
        .atMost(PATIENCE)
        .until(() -> restarts(node.operatorPod()) == 1 && Readiness.isPodReady(node.operatorPod()));
    env.createNamespace("afterwards", Map.of("team", "yes"));
    env.awaitBound("afterwards", "default");
    env.awaitHosts("afterwards", NodeEnvironment.HOST);
    Awaits.steady().until(() -> node.secretWrites() <= writes + 1);
    assertThat(node.secretWrites()).as("the Secret of the new namespace").isEqualTo(writes + 1);
    assertThat(env.acr.calls()).hasSize(calls);
    assertThat(node.operatorPod().getMetadata().getUid()).isEqualTo(before.getMetadata().getUid());
  }

  /** Looks at all requests of all tests. */
  @Test
  @Order(7)
  void operatorIsDeniedNothing() {
    assertThat(env.kube.audited(OPERATOR_USER))
        .filteredOn(entry -> entry.at("/responseStatus/code").asInt() == 403)
        .filteredOn(entry -> !entry.path("requestURI").asText().contains("dryRun=All"))
        // nobody may create an object in a namespace that is being deleted
        .filteredOn(
            entry ->
                !entry.at("/responseStatus/message").asText().contains("it is being terminated"))
        .extracting(JsonNode::toString)
        .isEmpty();
  }

  // ---- helpers

  private static List<Exchange> exchanges(String image, String kind, int status) {
    return node.registry.exchanges().stream()
        .filter(exchange -> exchange.path().startsWith("/v2/team/" + image + "/" + kind + "/"))
        .filter(exchange -> exchange.status() == status)
        .toList();
  }

  /** What the login in the pull Secret of the namespace stands for. */
  private static SimToken tokenOf(String namespace, String instance) {
    JsonNode login = env.dockerAuths(namespace).path(NodeEnvironment.HOST);
    SimToken token =
        env.acr
            .token(login.path("username").asText(), login.path("password").asText())
            .orElseThrow();
    assertThat(token.instanceId()).isEqualTo(instance);
    return token;
  }

  private static String account(Exchange exchange) {
    return exchange.credential().map(SimToken::accountUid).orElse("refused");
  }

  private static boolean carriesEntry(Pod pod) {
    return pod.getSpec().getImagePullSecrets().stream()
        .map(LocalObjectReference::getName)
        .anyMatch(PULL_SECRET::equals);
  }

  private static int restarts(Pod pod) {
    return pod.getStatus().getContainerStatuses().get(0).getRestartCount();
  }

  private static int requestsOfANewPod(String namespace, String image) {
    node.registry.forgetExchanges();
    node.createPod(namespace, "pod-" + node.pods(namespace).size(), image);
    node.awaitRunning(namespace);
    return (int) node.registry.exchanges().stream().filter(NodeIT::isNeeded).count();
  }

  /**
   * containerd tries POST at the token service first, which ACR does not document; see "Token
   * Authentication Specification" and "OAuth2".
   */
  private static boolean isNeeded(Exchange exchange) {
    return exchange.status() != 405;
  }

  /** Waits until the namespaces have another login. */
  private static void rotate(List<String> namespaces) {
    JsonNode before = env.dockerAuths(namespaces.get(0));
    env.requestRefresh("team");
    Awaits.soon()
        .until(
            () ->
                namespaces.stream().map(env::dockerAuths).noneMatch(auths -> auths.equals(before)));
  }

  /** The column of figures in the table of what a new pod costs; the last row has none. */
  private static List<Integer> figures(String page) throws Exception {
    try (Stream<String> lines = Files.lines(Path.of(page))) {
      return lines
          .dropWhile(line -> !line.startsWith("<!-- measured by NodeIT -->"))
          .takeWhile(line -> !line.isBlank())
          .filter(line -> line.matches("\\|.*\\| \\d+ \\|"))
          .map(line -> Integer.valueOf(line.replaceAll("\\|.*\\| (\\d+) \\|", "$1")))
          .toList();
    }
  }

  /** A Secret of somebody else, before the operator's, with a login that the registry refuses. */
  private static void addForeignSecret(String namespace, String host) {
    env.create(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: own, namespace: %s}
        type: kubernetes.io/dockerconfigjson
        stringData:
          .dockerconfigjson: '{"auths": {"%s": {"username": "own", "password": "wrong"}}}'
        """
            .formatted(namespace, host));
    Edits.edit(
        env.client.serviceAccounts().inNamespace(namespace).withName("default"),
        account ->
            new ServiceAccountBuilder(account)
                .withImagePullSecrets(
                    new LocalObjectReference("own"), new LocalObjectReference(PULL_SECRET))
                .build());
  }

  /**
   * Creates a namespace, a ServiceAccount and a Deployment, one right after the other, as {@code
   * kubectl apply} of a file with all three does, many times.
   *
   * @return the number of pods that carry the entry, and run
   */
  private static int applyEverything(String prefix) {
    List<String> namespaces = new ArrayList<>();
    for (int i = 0; i < APPLIES; i++) {
      String namespace = prefix + "-" + i;
      String image = node.image(namespace);
      namespaces.add(namespace);
      env.create(
          """
          apiVersion: v1
          kind: Namespace
          metadata: {name: %1$s, labels: {applied: "yes"}}
          ---
          apiVersion: v1
          kind: ServiceAccount
          metadata: {name: app, namespace: %1$s}
          """
              .formatted(namespace));
      env.client.resource(node.deployment(namespace, "app", image)).create();
    }
    int carrying = 0;
    int atFirst = 0;
    for (String namespace : namespaces) {
      await().atMost(PATIENCE).until(() -> !node.pods(namespace).isEmpty());
      if (carriesEntry(node.pods(namespace).get(0))) {
        carrying++;
        node.awaitRunning(namespace);
        atFirst += node.hasFailures(namespace) ? 0 : 1;
      }
    }
    System.out.printf(
        "%s binding at creation, %d of %d pods carry the entry and run, %d after the first pull%n",
        prefix, carrying, APPLIES, atFirst);
    namespaces.forEach(namespace -> env.client.namespaces().withName(namespace).delete());
    return carrying;
  }
}
