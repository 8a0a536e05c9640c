// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A Kubernetes API server for one test run: the most realistic one available. Other processes reach
 * it through {@link #kubeconfig()}. {@code ACR_TEST_CLUSTER=real} or {@code in-jvm}, as environment
 * variable or system property, selects the kind.
 *
 * <p>Threads of the client's Vert.x outlive {@link #close()}: a {@code main} ends with {@code
 * System.exit}, as test runners do.
 */
public final class KubeCluster implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The kinds of servers, the most realistic first. */
  public enum Kind {
    /** kube-apiserver, etcd and kube-controller-manager, started by {@code dev/cluster}. */
    REAL,
    /**
     * kube-apiserver and etcd by fabric8's kube-api-test: no RBAC for the operator, no audit log,
     * no controllers.
     */
    API_TEST,
    /** fabric8's in-JVM server: stores and watches objects, checks next to nothing. */
    IN_JVM
  }

  /** A server that runs. {@code auditLog} is null where there is none. */
  record Running(
      Kind kind,
      String description,
      Path kubeconfig,
      Path operatorKubeconfig,
      Path auditLog,
      AutoCloseable stop) {}

  private final Running server;
  private final KubernetesClient client;
  private final NamespaceController controller;
  private volatile long auditFrom;

  private KubeCluster(Running server) {
    this.server = server;
    this.client = newClient(server.kubeconfig());
    this.controller = server.kind() == Kind.REAL ? null : new NamespaceController(client);
  }

  /**
   * Starts a cluster of its own, in a second (in the JVM) or some five; where nothing is built yet,
   * builds first.
   */
  public static KubeCluster start() {
    return over(startServer());
  }

  /**
   * A real one, whose controllers create the Pods of Deployments and Jobs too; they are run by a
   * {@link Kubelet}.
   */
  public static KubeCluster startWithWorkloads() {
    return over(ControlPlane.start(newFolder(), "--workloads"));
  }

  /** Starts the most realistic one that is already built; builds and downloads nothing. */
  public static KubeCluster startCached() {
    if (requestedKind().equals("in-jvm")) {
      return over(startServer());
    }
    if (ControlPlane.cached()) {
      return over(ControlPlane.start(newFolder()));
    }
    if (requestedKind().equals("real")) {
      throw new IllegalStateException(
          "ACR_TEST_CLUSTER=real, but its binaries are not built yet: dev/cluster build");
    }
    return over(InJvmApiServer.start(newFolder(), "the real one's binaries are not built yet"));
  }

  private static KubeCluster over(Running server) {
    try {
      return new KubeCluster(server);
    } catch (RuntimeException e) {
      stop(server);
      throw e;
    }
  }

  private static Running startServer() {
    String requested = requestedKind();
    if (requested.equals("in-jvm")) {
      return InJvmApiServer.start(newFolder(), "selected by ACR_TEST_CLUSTER=in-jvm");
    }
    Optional<String> obstacle = ControlPlane.obstacle();
    if (obstacle.isEmpty()) {
      return ControlPlane.start(newFolder());
    }
    if (requested.equals("real")) {
      throw new IllegalStateException("ACR_TEST_CLUSTER=real, but " + obstacle.get());
    }
    Path folder = newFolder();
    try {
      return ApiTestServer.start(folder);
    } catch (ApiTestServer.UnavailableException e) {
      return InJvmApiServer.start(folder, obstacle.get() + "; " + e.getMessage());
    }
  }

  /** The reason why {@link #start()} can't start a {@link Kind#REAL} cluster; empty if it can. */
  static Optional<String> whyNotReal() {
    return switch (requestedKind()) {
      case "in-jvm" -> Optional.of("ACR_TEST_CLUSTER=in-jvm");
      case "real" ->
          Optional.empty(); // if unavailable, the test must fail instead of being skipped
      default -> ControlPlane.obstacle();
    };
  }

  private static String requestedKind() {
    String name = "ACR_TEST_CLUSTER";
    String requested =
        Optional.ofNullable(System.getProperty(name))
            .or(() -> Optional.ofNullable(System.getenv(name)))
            .orElse("");
    return switch (requested) {
      case "", "real", "in-jvm" -> requested;
      default ->
          throw new IllegalArgumentException(
              name + " is " + requested + "; it can be real or in-jvm");
    };
  }

  private static Path newFolder() {
    try {
      return Files.createTempDirectory(
          Files.createDirectories(DevScript.repository().resolve("target/kube")), "run-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static KubernetesClient newClient(Path kubeconfig) {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    // The client repeats a request that times out, and a repeated creation is refused. It is 10 s.
    config.setRequestTimeout((int) Awaits.PATIENCE.toMillis());
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  public Kind kind() {
    return server.kind();
  }

  public boolean real() {
    return kind() == Kind.REAL;
  }

  /** Of a cluster administrator. */
  public Path kubeconfig() {
    return server.kubeconfig();
  }

  /**
   * Of the user {@code acr-operator}, who may do nothing until a (Cluster)RoleBinding says so; the
   * administrator's where the cluster is not {@link #real()}.
   */
  public Path operatorKubeconfig() {
    return server.operatorKubeconfig();
  }

  /** As administrator; closed with the cluster. */
  public KubernetesClient client() {
    return client;
  }

  /**
   * Every request but the API server's own, one JSON object ({@code audit.k8s.io/v1 Event}) a line.
   */
  public Optional<Path> auditLog() {
    return Optional.ofNullable(server.auditLog());
  }

  /** From now on {@link #audited} ignores what the audit log has so far. */
  void forgetAudit() {
    try {
      auditFrom = Files.size(auditLog().orElseThrow());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The processes of a {@link #real()} cluster, for tests that end or freeze them. */
  public ControlPlaneProcesses processes() {
    if (!real()) {
      throw new IllegalStateException("not processes of dev/cluster: " + describe());
    }
    return new ControlPlaneProcesses(server.kubeconfig().getParent(), client);
  }

  /** The requests of one user in the audit log, oldest first. */
  public List<JsonNode> audited(String user) {
    try (InputStream log = Files.newInputStream(auditLog().orElseThrow());
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(log, StandardCharsets.UTF_8))) {
      log.skipNBytes(auditFrom);
      return lines
          .lines()
          .filter(line -> line.contains(user))
          .map(KubeCluster::parsed)
          .filter(entry -> entry.at("/user/username").asText().equals(user))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode parsed(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      // The last line may be incomplete.
      return JSON.createObjectNode();
    }
  }

  /**
   * What this is, for test reports; where it is not the real thing, why not and how to get that.
   */
  public String describe() {
    return server.description();
  }

  @Override
  public String toString() {
    return describe();
  }

  @Override
  public void close() {
    if (controller != null) {
      controller.close();
    }
    client.close();
    stop(server);
  }

  private static void stop(Running server) {
    try {
      server.stop().close();
    } catch (Exception e) {
      throw new IllegalStateException("could not stop " + server.description(), e);
    }
  }
}
