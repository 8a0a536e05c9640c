// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.fabric8.kubernetes.api.model.NodeSystemInfo;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The node of a real cluster: kubelet, kube-scheduler and containerd, started by {@code dev/node}.
 * Its pods share the network of the machine, so they reach what listens on loopback.
 */
public final class KubeNode implements AutoCloseable {

  private static final DevScript SCRIPT = new DevScript("node");

  private static Optional<String> obstacle;

  private final Path folder;
  private final String description;

  private KubeNode(KubeCluster cluster) {
    folder = cluster.kubeconfig().getParent();
    SCRIPT.mustRun("start", folder.toString());
    NodeSystemInfo info =
        cluster.client().nodes().withName("localhost").get().getStatus().getNodeInfo();
    description =
        "kubelet %s with %s on Linux %s"
            .formatted(
                info.getKubeletVersion(),
                info.getContainerRuntimeVersion(),
                info.getKernelVersion());
  }

  /**
   * Why there can be none here, if so. Where the binaries are not cached, this builds them, which
   * takes minutes.
   */
  public static synchronized Optional<String> obstacle() {
    if (obstacle == null) {
      DevScript.Result build = SCRIPT.run("build");
      obstacle = build.succeeded() ? Optional.empty() : Optional.of(build.lastWords());
    }
    return obstacle;
  }

  /** Starts it and waits until it is ready. It ends with the cluster. */
  public static KubeNode start(KubeCluster cluster) {
    return new KubeNode(cluster);
  }

  /** A statically linked program that waits until it is told to end, for images. */
  public static Path program() {
    return Path.of(SCRIPT.mustRun("where"), "pause");
  }

  /** A pod of one container that uses the ServiceAccount default. */
  public static Pod pod(String namespace, String name, String image) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withTerminationGracePeriodSeconds(1L)
        .addNewContainer()
        .withName("app")
        .withImage(image)
        .endContainer()
        .endSpec()
        .build();
  }

  /** Whether kubelet could not pull the image of a container. */
  public static boolean waitsForImage(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .map(container -> container.getState().getWaiting())
        .anyMatch(
            waiting ->
                waiting != null
                    && List.of("ErrImagePull", "ImagePullBackOff").contains(waiting.getReason()));
  }

  /** Sends the pulls of a host's images to a registry on loopback, without TLS. */
  public void redirect(String host, TokenRegistry registry) {
    try {
      Path hosts = Files.createDirectories(folder.resolve("node/hosts").resolve(host));
      Files.writeString(
          hosts.resolve("hosts.toml"), "server = \"http://%s\"%n".formatted(registry.host()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts the images of a file of {@code docker save} on the node. */
  public void load(Path tar) {
    SCRIPT.mustRun("ctr", folder.toString(), "images", "import", tar.toAbsolutePath().toString());
  }

  /** The processes of a pod's containers that run this command, such as {@code java}. */
  public List<ProcessHandle> processes(Pod pod, String command) {
    return ProcessHandle.allProcesses()
        .filter(process -> runs(process, command))
        .filter(process -> cgroup(process).contains("/pod" + pod.getMetadata().getUid()))
        .toList();
  }

  private static boolean runs(ProcessHandle process, String command) {
    return process.info().command().filter(path -> path.endsWith("/" + command)).isPresent();
  }

  private static String cgroup(ProcessHandle process) {
    return read(process, "cgroup");
  }

  /** The largest memory that a process has used so far, in bytes. */
  public static long peakMemory(ProcessHandle process) {
    return read(process, "status")
            .lines()
            .filter(line -> line.startsWith("VmHWM:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst()
            .orElseThrow()
        << 10;
  }

  /** Empty if the process has ended. */
  private static String read(ProcessHandle process, String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
    } catch (IOException e) {
      return "";
    }
  }

  /** What the containers of a pod have printed, one text for each start. */
  public List<String> logs(Pod pod) {
    Path logs =
        folder.resolve(
            "node/log/pods/%s_%s_%s"
                .formatted(
                    pod.getMetadata().getNamespace(),
                    pod.getMetadata().getName(),
                    pod.getMetadata().getUid()));
    try (Stream<Path> files = Files.walk(logs)) {
      List<Path> found = files.filter(Files::isRegularFile).sorted().toList();
      return found.stream().map(Manifests::read).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** What this is, for test reports. */
  @Override
  public String toString() {
    return description;
  }

  @Override
  public void close() {
    SCRIPT.mustRun("stop", folder.toString());
  }
}
