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
 * The Kubernetes API that the demo uses: one that it starts itself, or the user's cluster, where
 * the demo's namespaces have a prefix of their own.
 *
 * @param about description that fits a line of 80 characters
 * @param advice how to get a real kube-apiserver; empty = it is one
 * @param userCluster whether it is the user's cluster
 * @param kubeconfig value for KUBECONFIG; empty = the default file
 */
record DemoCluster(
    String about,
    String advice,
    boolean userCluster,
    String kubeconfig,
    KubernetesClient client,
    AutoCloseable stop) {

  private static final String NAMESPACE_PREFIX = "acr-demo-";

  /** Starts a real kube-apiserver if one has been built, else the API server in this JVM. */
  static DemoCluster startLocal() {
    KubeCluster cluster = KubeCluster.startCached();
    Path file = Path.of("").toAbsolutePath().relativize(cluster.kubeconfig().toAbsolutePath());
    if (cluster.real()) {
      String version =
          cluster.client().getKubernetesVersion() == null
              ? ""
              : cluster.client().getKubernetesVersion().getGitVersion();
      return new DemoCluster(
          "real: kube-apiserver " + version + ", etcd, controllers",
          "",
          false,
          file.toString(),
          cluster.client(),
          cluster);
    }
    return new DemoCluster(
        "fabric8's, in this JVM; real one: dev/cluster build",
        "This ran on fabric8's in-JVM API server. For a real kube-apiserver, once:"
            + " dev/cluster build (needs Go 1.26, takes minutes).",
        false,
        file.toString(),
        cluster.client(),
        cluster);
  }

  /** The cluster of KUBECONFIG, or of ~/.kube/config. Only reads. */
  static DemoCluster fromKubeconfig() {
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
    DemoCluster demoCluster =
        new DemoCluster("yours: " + server, "", true, wanted, client, client::close);
    try {
      demoCluster.ensureUnused();
    } catch (KubernetesClientException e) {
      client.close();
      throw new DemoException("The cluster at " + server + " can't be used: " + reason(e), e);
    } catch (DemoException e) {
      client.close();
      throw e;
    }
    return demoCluster;
  }

  private void ensureUnused() {
    String crd = "acrcredentialpolicies.acrcredential.io";
    if (client.apiextensions().v1().customResourceDefinitions().withName(crd).get() != null) {
      throw new DemoException(
          "The CRD "
              + crd
              + " exists in this cluster already, so an operator may run here. Use another"
              + " cluster, or ./demo without --cluster.");
    }
    List<String> ours =
        namespaces().stream().filter(name -> name.startsWith(NAMESPACE_PREFIX)).toList();
    if (!ours.isEmpty()) {
      throw new DemoException(
          "These namespaces of an earlier demo still exist: "
              + String.join(" ", ours)
              + ". Delete them first: kubectl delete namespace -l "
              + DemoEnvironment.LABEL);
    }
  }

  /** Whether kubectl can discover the API's resources. */
  boolean servesKubectl() {
    return advice.isEmpty();
  }

  List<String> namespaces() {
    return client.namespaces().list().getItems().stream()
        .map(namespace -> namespace.getMetadata().getName())
        .toList();
  }

  /** The name of one of the demo's namespaces in this cluster. */
  String namespace(String plain) {
    return userCluster ? NAMESPACE_PREFIX + plain : plain;
  }

  /** The namespace of the operator's AccessKeys and state. */
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
