// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A user's machine with an empty cluster: a folder with the repository's files for installing,
 * kubectl and Helm on the PATH, and a simulator in place of ACR. A value file configures the
 * simulator, which the {@code helm} on the PATH adds to every install and upgrade, and so does
 * {@code deployment.yaml}; the commands themselves are those of the pages.
 */
public final class InstallEnvironment implements AutoCloseable {

  private static final String REGION = "cn-hangzhou";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Events are history; a ComponentStatus is computed on request. */
  private static final String EVERYTHING =
      """
      kinds=$(kubectl api-resources --verbs=list -o name \
        | grep -vx -e events -e events.events.k8s.io -e componentstatuses | paste -sd, -)
      kubectl get "$kinds" -A -o json 2>/dev/null
      """;

  public final KubeCluster kube;
  public final KubernetesClient client;
  public final AcrSimulator acr;
  public final Kubelet kubelet;
  private final Path folder;
  private final Map<String, Object> values = new HashMap<>();
  private final String chart;

  private InstallEnvironment(Path folder) throws IOException {
    this.folder = folder;
    acr =
        AcrSimulator.start(
            setup ->
                setup
                    .account("1001")
                    .accessKey(OperatorTestEnvironment.KEY_ID, OperatorTestEnvironment.KEY_SECRET)
                    .enterprise("cri-abc", REGION, "acme"));
    kube = KubeCluster.startWithWorkloads();
    client = kube.client();
    System.out.println("Runs on " + kube.describe());
    kubelet = new Kubelet(kube, Files.createDirectories(folder.resolve("node")));
    copy(Path.of("helm"));
    copy(Path.of("src", "main", "kubernetes"));
    chart = Files.readString(folder.resolve("helm/Chart.yaml"));
    Files.writeString(folder.resolve("id.txt"), OperatorTestEnvironment.KEY_ID);
    Files.writeString(folder.resolve("secret.txt"), OperatorTestEnvironment.KEY_SECRET);
    simulatorInPlainManifests();
    reset();
    helmOnThePath();
  }

  /** Forgets values, version and logs of the test before; the cluster is what that test left. */
  public void reset() throws IOException {
    Files.writeString(folder.resolve("helm/Chart.yaml"), chart);
    kubelet.forgetLogs();
    kube.forgetAudit();
    values.clear();
    value(
        "endpoints",
        Map.of(
            "registryByRegion",
            Map.of(REGION, acr.endpoint(REGION).toString()),
            "sts",
            acr.stsEndpoint().toString(),
            "metadata",
            ""));
  }

  /** Sets it up in an empty folder. */
  public static InstallEnvironment create(Path folder) throws IOException {
    return new InstallEnvironment(folder);
  }

  private void copy(Path part) throws IOException {
    try (Stream<Path> files = Files.walk(part)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = folder.resolve(file.toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
  }

  private void simulatorInPlainManifests() throws IOException {
    Path file = folder.resolve("src/main/kubernetes/deployment.yaml");
    StringBuilder variables = new StringBuilder("          env:\n");
    acr.environment()
        .forEach(
            (name, value) ->
                variables.append(
                    "            - {name: %s, value: \"%s\"}%n".formatted(name, value)));
    String before = Files.readString(file);
    String after = before.replace("          env:\n", variables.toString());
    if (after.equals(before)) {
      throw new IllegalStateException("no env in " + file);
    }
    Files.writeString(file, after);
  }

  private void helmOnThePath() throws IOException {
    Path script = Files.createDirectories(folder.resolve("bin")).resolve("helm");
    Files.writeString(
        script,
        """
        #!/usr/bin/env bash
        case $1 in
          install | upgrade) exec %1$s "$@" --values %2$s ;;
          *) exec %1$s "$@" ;;
        esac
        """
            .formatted(
                Path.of("dev", "helm").toAbsolutePath(),
                folder.resolve("values-of-the-test.yaml")));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A value of the chart, from the next install or upgrade on. */
  public void value(String name, Object value) throws IOException {
    values.put(name, value);
    Files.writeString(folder.resolve("values-of-the-test.yaml"), Serialization.asYaml(values));
  }

  /** Makes the chart in the user's folder one of this version. */
  public void chartVersion(String version) throws IOException {
    Files.writeString(
        folder.resolve("helm/Chart.yaml"),
        chart.replaceAll("(?m)^(version|appVersion): .*$", "$1: " + version));
  }

  /** Runs the only block of the page that contains this text; returns its output. */
  public String run(String page, String part) {
    return run(DocPage.read(Path.of(page)).command(part));
  }

  /** Runs Helm in the operator's namespace. */
  public String helm(String... words) {
    return run("helm --namespace acr-credential-operator " + String.join(" ", words));
  }

  /** Runs kubectl. */
  public String kubectl(String words) {
    return run("kubectl " + words);
  }

  private String run(String command) {
    return DocPage.run(
        // A loaded machine is slower than the cluster of a reader.
        command.replaceAll("--timeout=\\d+s", "--timeout=5m"),
        folder,
        kube,
        Map.of(
            "PATH", folder.resolve("bin") + ":" + System.getenv("PATH"),
            "KUBECACHEDIR", folder.resolve("cache").toString(),
            "HELM_CACHE_HOME", folder.resolve("helm-cache").toString(),
            "HELM_CONFIG_HOME", folder.resolve("helm-config").toString(),
            "HELM_DATA_HOME", folder.resolve("helm-data").toString()));
  }

  /**
   * Every object of the cluster, of whatever kind it can list, by {@code Kind namespace/name}; but
   * for what changes by itself.
   */
  public Map<String, Object> everything() {
    try {
      Map<String, Object> all = new TreeMap<>();
      for (JsonNode item : JSON.readTree(run(EVERYTHING)).path("items")) {
        ObjectNode object = (ObjectNode) item;
        ObjectNode metadata = (ObjectNode) object.get("metadata");
        metadata.remove(List.of("managedFields", "resourceVersion", "generation"));
        object.remove("status");
        if (object.path("kind").asText().equals("Lease")) {
          object.remove("spec");
        }
        all.put(
            "%s %s/%s"
                .formatted(
                    object.path("kind").asText(),
                    metadata.path("namespace").asText(),
                    metadata.path("name").asText()),
            object);
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What was added, removed and changed. */
  public static List<String> differences(Map<String, Object> before, Map<String, Object> after) {
    List<String> differences = new ArrayList<>();
    after.forEach(
        (name, object) -> {
          if (!before.containsKey(name)) {
            differences.add("added " + name);
          } else if (!before.get(name).equals(object)) {
            differences.add("changed " + name + " from " + before.get(name) + " to " + object);
          }
        });
    before.keySet().stream()
        .filter(name -> !after.containsKey(name))
        .forEach(name -> differences.add("removed " + name));
    return differences;
  }

  @Override
  public void close() {
    kubelet.close();
    acr.close();
    kube.close();
  }
}
