// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.acrcredential.operator.testkit.KubeCluster.Running;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** A real control plane, started by {@code dev/cluster}. */
final class ControlPlane {

  private static final DevScript SCRIPT = new DevScript("cluster");

  private static Optional<String> obstacle;

  private ControlPlane() {}

  /**
   * Why there can be none here, if so. Where the binaries are not cached, this builds them, which
   * takes minutes.
   */
  static synchronized Optional<String> obstacle() {
    if (obstacle == null) {
      DevScript.Result build = SCRIPT.run("build");
      obstacle = build.succeeded() ? Optional.empty() : Optional.of(build.lastWords());
    }
    return obstacle;
  }

  /** Whether the binaries are already built; builds nothing. */
  static boolean cached() {
    return SCRIPT.run("where").succeeded();
  }

  /**
   * @param options of {@code dev/cluster start}
   */
  static Running start(Path folder, String... options) {
    SCRIPT.mustRun(
        "start",
        Stream.concat(Stream.of(folder.toString()), Stream.of(options)).toArray(String[]::new));
    Path kubeconfig = folder.resolve("kubeconfig");
    return new Running(
        KubeCluster.Kind.REAL,
        "kube-apiserver "
            + version(kubeconfig)
            + " with etcd and kube-controller-manager, built by dev/cluster",
        kubeconfig,
        folder.resolve("operator.kubeconfig"),
        folder.resolve("audit.log"),
        () -> SCRIPT.mustRun("stop", folder.toString()));
  }

  /** Starts a process of the control plane in this folder again, after it was killed. */
  static void relaunch(Path folder, String process) {
    SCRIPT.mustRun("relaunch", folder.toString(), process);
  }

  /** As reported by the server; ACR_KUBE_VERSION selects the version that the script builds. */
  private static String version(Path kubeconfig) {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    config.setRequestTimeout((int) Awaits.PATIENCE.toMillis());
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
      return client.getKubernetesVersion().getGitVersion();
    }
  }
}
