// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.node;

import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.image.ImageTar;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.KubeNode;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.TokenRegistry;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A cluster with a node, on which the operator runs as a pod from its image, installed by the
 * shipped manifests; a simulator of Alibaba Cloud; and the registry of its instance cri-abc. The
 * pods that tests create run images of that registry.
 */
final class NodeEnvironment implements AutoCloseable {

  /** A host of the instance cri-abc. */
  static final String HOST = "acme-registry.cn-hangzhou.cr.aliyuncs.com";

  /** The operator's namespace. */
  static final String OPERATOR = "acr-credential-operator";

  /** The operator's identity at the API server. */
  static final String OPERATOR_USER = "system:serviceaccount:" + OPERATOR + ":" + OPERATOR;

  /** A pull is tried again after 10, 20 and 40 s. */
  static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final String IMAGE = "acr-credential-operator:test";
  private static final List<String> MANIFESTS =
      List.of(
          "namespace.yaml",
          "crd.yaml",
          "serviceaccount.yaml",
          "rbac.yaml",
          "aggregated-roles.yaml",
          "confinement/policies.yaml",
          "stuck-pods/rbac.yaml");

  final OperatorTestEnvironment env;
  final KubernetesClient client;
  final TokenRegistry registry;
  final KubeNode node;

  private NodeEnvironment(Path folder) throws Exception {
    env = OperatorTestEnvironment.createOnNewClusterWithWorkloads();
    client = env.client;
    try {
      node = KubeNode.start(env.kube);
      System.out.println("Runs on " + node);
      registry = TokenRegistry.start(env.acr, "cri-abc").running(KubeNode.program());
      node.redirect(HOST, registry);
      installOperator(folder);
    } catch (Exception e) {
      env.close();
      throw e;
    }
  }

  /**
   * Starts all of it and waits until the operator is ready.
   *
   * @param folder for temporary files
   */
  static NodeEnvironment start(Path folder) throws Exception {
    return new NodeEnvironment(folder);
  }

  // ---- the operator

  /** As {@code kubectl apply} does; the environment has some of the objects for its other users. */
  private void installOperator(Path folder) throws Exception {
    Path tar = folder.resolve("image.tar");
    ImageTar.writeRunnable(Path.of("src/main/docker/Dockerfile.jvm"), tar, IMAGE);
    node.load(tar);
    MANIFESTS.forEach(file -> apply(Manifests.shipped(file)));
    apply(deployment());
    await()
        .atMost(Duration.ofMinutes(5))
        .until(() -> pods(OPERATOR).stream().anyMatch(Readiness::isPodReady));
  }

  private void apply(String text) {
    for (HasMetadata object : Manifests.objects(client, text)) {
      client.resource(object).forceConflicts().serverSideApply();
    }
  }

  /**
   * The shipped one, with the image's name, the addresses of what simulates Alibaba Cloud, and what
   * a network needs that is shared with the machine: a port that is free, and the address of the
   * API server.
   */
  private String deployment() {
    int port = FreePort.next();
    URI server = URI.create(client.getConfiguration().getMasterUrl());
    Map<String, String> variables = new TreeMap<>(env.acr.environment());
    variables.put("ACR_REGION", "cn-hangzhou");
    variables.put("ACR_STUCK_PODS", "heal"); // as the component stuck-pods of kustomize does
    variables.put("QUARKUS_HTTP_HOST", "127.0.0.1");
    variables.put("QUARKUS_HTTP_PORT", String.valueOf(port));
    variables.put("KUBERNETES_SERVICE_HOST", server.getHost());
    variables.put("KUBERNETES_SERVICE_PORT", String.valueOf(server.getPort()));
    StringBuilder lines = new StringBuilder("          env:\n");
    variables.forEach(
        (name, value) ->
            lines.append("            - {name: %s, value: \"%s\"}%n".formatted(name, value)));
    String text = Manifests.shipped("deployment.yaml");
    text = Manifests.replace(text, "image: acr-credential-operator\n", "image: " + IMAGE + "\n");
    text = Manifests.replace(text, "containerPort: 8080", "containerPort: " + port);
    return Manifests.replace(text, "          env:\n", lines.toString());
  }

  /** The operator's pod. */
  Pod operatorPod() {
    return pods(OPERATOR).get(0);
  }

  /** The operator's process in its pod. */
  ProcessHandle operatorProcess() {
    return node.processes(operatorPod(), "java").get(0);
  }

  /** How many Secrets the operator has written. */
  long secretWrites() {
    return env.kube.audited(OPERATOR_USER).stream()
        .filter(entry -> entry.at("/objectRef/resource").asText().equals("secrets"))
        .filter(entry -> !entry.path("verb").asText().matches("get|list|watch"))
        // the proof at start that the admission policies confine it
        .filter(entry -> !entry.path("requestURI").asText().contains("dryRun=All"))
        .count();
  }

  // ---- pods

  /** {@code HOST/team/NAME:1}, which the registry has from now on. */
  String image(String name) {
    registry.addImage("team/" + name, "1");
    return HOST + "/team/" + name + ":1";
  }

  /** Creates a Deployment of one pod that uses the ServiceAccount default. */
  void deploy(String namespace, String image) {
    client.resource(deployment(namespace, "default", image)).create();
  }

  /** A Deployment of one pod. */
  Deployment deployment(String namespace, String serviceAccount, String image) {
    return (Deployment)
        Manifests.objects(
                client,
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: app, namespace: %s}
                spec:
                  selector: {matchLabels: {app: app}}
                  template:
                    metadata: {labels: {app: app}}
                    spec:
                      serviceAccountName: %s
                      terminationGracePeriodSeconds: 1
                      containers:
                        - {name: app, image: "%s"}
                """
                    .formatted(namespace, serviceAccount, image))
            .get(0);
  }

  /** Creates a pod that uses the ServiceAccount default. */
  Pod createPod(String namespace, String name, String image) {
    return client.resource(KubeNode.pod(namespace, name, image)).create();
  }

  List<Pod> pods(String namespace) {
    return client.pods().inNamespace(namespace).list().getItems();
  }

  /** Waits until the namespace has a pod, and all of its pods run. */
  void awaitRunning(String namespace) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> pods(namespace),
            pods -> !pods.isEmpty() && pods.stream().allMatch(Readiness::isPodReady));
  }

  /** Waits until kubelet could not pull the image of the only pod of the namespace. */
  Pod awaitPullFailure(String namespace) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> pods(namespace), pods -> pods.size() == 1 && KubeNode.waitsForImage(pods.get(0)));
    return pods(namespace).get(0);
  }

  /** Whether kubelet has reported a failure in the namespace. */
  boolean hasFailures(String namespace) {
    return client.v1().events().inNamespace(namespace).list().getItems().stream()
        .anyMatch(event -> event.getReason().equals("Failed"));
  }

  @Override
  public void close() {
    node.close();
    registry.close();
    env.close();
  }
}
