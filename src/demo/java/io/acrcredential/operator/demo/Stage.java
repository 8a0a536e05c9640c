// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import io.acrcredential.operator.testkit.KubeCluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The Kubernetes API that the demo plays on: one of its own, or the user's, where it is a guest and
 * its namespaces bear a name that nobody else's do.
 *
 * @param about what it is, short enough for a line of 80 characters
 * @param advice how to get something truer; empty = there is nothing truer
 * @param kubeconfig as in the environment variable; empty = the default place
 */
record Stage(
    String about,
    String advice,
    boolean guest,
    String kubeconfig,
    KubernetesClient client,
    AutoCloseable stop) {

  private static final String GUEST = "acr-demo-";

  /** Starts the truest API that is there at once. */
  static Stage own() {
    KubeCluster cluster = KubeCluster.startCached();
    Path file = Path.of("").toAbsolutePath().relativize(cluster.kubeconfig().toAbsolutePath());
    if (cluster.real()) {
      String version =
          cluster.client().getKubernetesVersion() == null
              ? ""
              : cluster.client().getKubernetesVersion().getGitVersion();
      return new Stage(
          "real: kube-apiserver " + version + ", etcd, controllers",
          "",
          false,
          file.toString(),
          cluster.client(),
          cluster);
    }
    return new Stage(
        "fabric8's, in this JVM; real one: dev/cluster build",
        "This ran on fabric8's in-JVM API server. For a real kube-apiserver, once:"
            + " dev/cluster build (needs Go 1.26, takes minutes).",
        false,
        file.toString(),
        cluster.client(),
        cluster);
  }

  /** The cluster of KUBECONFIG, or of ~/.kube/config. Changes nothing yet. */
  static Stage user() {
    String wanted = Optional.ofNullable(System.getenv("KUBECONFIG")).orElse("");
    String files =
        wanted.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".kube/config").toString()
            : wanted;
    if (Stream.of(files.split(File.pathSeparator))
        .noneMatch(one -> Files.isReadable(Path.of(one)))) {
      throw new DemoException("There is no kubeconfig to read: " + files);
    }
    Config config;
    try {
      config =
          new ConfigBuilder(Config.autoConfigure(null))
              .withRequestRetryBackoffLimit(0)
              .withConnectionTimeout(5_000)
              .build();
    } catch (RuntimeException e) {
      throw new DemoException(
          "The kubeconfig " + files + " can't be read: " + firstLine(e.getMessage()), e);
    }
    String server = config.getMasterUrl();
    KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build();
    Stage stage = new Stage("yours: " + server, "", true, wanted, client, client::close);
    try {
      stage.refuseIfInhabited();
    } catch (KubernetesClientException e) {
      client.close();
      throw new DemoException("The cluster at " + server + " can't be used: " + reason(e), e);
    } catch (DemoException e) {
      client.close();
      throw e;
    }
    return stage;
  }

  private void refuseIfInhabited() {
    String crd = "acrcredentialpolicies.acrcredential.io";
    if (client.apiextensions().v1().customResourceDefinitions().withName(crd).get() != null) {
      throw new DemoException(
          "The CRD "
              + crd
              + " is in this cluster already, so an operator may be at work here. The demo keeps"
              + " out of its way: take another cluster, or none (./demo without --cluster).");
    }
    List<String> ours = namespaces().stream().filter(name -> name.startsWith(GUEST)).toList();
    if (!ours.isEmpty()) {
      throw new DemoException(
          "These namespaces of an earlier demo are still there: "
              + String.join(" ", ours)
              + ". Delete them first: kubectl delete namespace -l "
              + DemoEnvironment.LABEL);
    }
  }

  /** Whether kubectl can find out what is served. */
  boolean servesKubectl() {
    return advice.isEmpty();
  }

  List<String> namespaces() {
    return client.namespaces().list().getItems().stream()
        .map(namespace -> namespace.getMetadata().getName())
        .toList();
  }

  /** How a namespace of the story is called here. */
  String namespace(String plain) {
    return guest ? GUEST + plain : plain;
  }

  /** Where the operator's AccessKeys and state are. */
  String credentialsNamespace() {
    return namespace("kube-system");
  }

  private static String reason(Throwable thrown) {
    Throwable last = thrown;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return firstLine(last.getMessage());
  }

  static String firstLine(String message) {
    return message == null ? "no reason given" : message.lines().findFirst().orElse("");
  }
}
