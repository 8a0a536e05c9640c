// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.acrcredential.operator.testkit.KubeCluster.Running;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A real control plane, started by {@code dev/cluster}. */
final class ControlPlane {

  private static Optional<String> obstacle;

  private ControlPlane() {}

  /**
   * Why there can be none here, if so. Where the binaries are not cached, this builds them, which
   * takes minutes.
   */
  static synchronized Optional<String> obstacle() {
    if (obstacle == null) {
      Result build = script("build");
      obstacle = build.succeeded() ? Optional.empty() : Optional.of(build.lastWords());
    }
    return obstacle;
  }

  /** Whether the binaries are already built; builds nothing. */
  static boolean cached() {
    return script("where").succeeded();
  }

  /**
   * @param options of {@code dev/cluster start}
   */
  static Running start(Path folder, String... options) {
    Result start =
        script(
            "start",
            Stream.concat(Stream.of(folder.toString()), Stream.of(options)).toArray(String[]::new));
    if (!start.succeeded()) {
      throw new IllegalStateException("dev/cluster start: " + start.lastWords());
    }
    Path kubeconfig = folder.resolve("kubeconfig");
    return new Running(
        KubeCluster.Kind.REAL,
        "kube-apiserver "
            + version(kubeconfig)
            + " with etcd and kube-controller-manager, built by dev/cluster",
        kubeconfig,
        folder.resolve("operator.kubeconfig"),
        folder.resolve("audit.log"),
        () -> {
          Result stop = script("stop", folder.toString());
          if (!stop.succeeded()) {
            throw new IllegalStateException("dev/cluster stop: " + stop.lastWords());
          }
        });
  }

  /** Starts a process of the control plane in this folder again, after it was killed. */
  static void relaunch(Path folder, String process) {
    Result relaunch = script("relaunch", folder.toString(), process);
    if (!relaunch.succeeded()) {
      throw new IllegalStateException("dev/cluster relaunch: " + relaunch.lastWords());
    }
  }

  /** The folder that has {@code dev/cluster}, from wherever below it the tests run. */
  static Path repository() {
    Path here = Path.of("").toAbsolutePath();
    return Stream.iterate(here, folder -> folder != null, Path::getParent)
        .filter(folder -> Files.isRegularFile(folder.resolve("dev/cluster")))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no dev/cluster in or above " + here));
  }

  /** As reported by the server; ACR_KUBE_VERSION selects the version that the script builds. */
  private static String version(Path kubeconfig) {
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
            .build()) {
      return client.getKubernetesVersion().getGitVersion();
    }
  }

  private record Result(boolean succeeded, String lastWords) {}

  /** Prints progress immediately: a first build takes long, and silence looks like a hang. */
  private static Result script(String command, String... arguments) {
    List<String> line =
        Stream.concat(Stream.of("bash", "dev/cluster", command), Stream.of(arguments)).toList();
    ProcessBuilder builder = new ProcessBuilder(line).directory(repository().toFile());
    builder
        .environment()
        .put("ACR_CLUSTER_OWNER_PID", Long.toString(ProcessHandle.current().pid()));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    try {
      Process process = builder.start();
      String last = "";
      try (BufferedReader progress = process.errorReader()) {
        for (String said = progress.readLine(); said != null; said = progress.readLine()) {
          System.err.println(said);
          last = said;
        }
      }
      return new Result(process.waitFor() == 0, last.replaceFirst("^dev/cluster: ", ""));
    } catch (IOException e) {
      return new Result(false, "dev/cluster does not run here: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for dev/cluster " + command, e);
    }
  }
}
