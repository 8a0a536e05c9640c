// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.acrcredential.operator.Settings;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.utils.Utils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The namespace of this process, its identity in the leader election, and its token. */
public final class RuntimeIdentity {

  private static final String NAMESPACE_OUTSIDE_POD = "kube-system";
  private static final String POD_NAME = "POD_NAME";

  private RuntimeIdentity() {}

  /** The setting; without it the namespace of the pod, or {@code kube-system} outside a pod. */
  public static String credentialsNamespace(Settings settings) {
    return settings.credentialsNamespace().orElseGet(RuntimeIdentity::namespace);
  }

  /** The namespace of the pod, or {@code kube-system} outside a pod. */
  public static String namespace() {
    return inPod() ? read(namespaceFile()) : NAMESPACE_OUTSIDE_POD;
  }

  /**
   * The identity of this process in the leader election. In a pod it is the pod's name, which the
   * manifests set from the downward API: the process before a container restart has certainly
   * ended, so the new one may lead at once. The host name is no substitute, because pods with
   * {@code hostNetwork} share that of their node.
   */
  public static String identity() {
    return identity(System.getenv());
  }

  static String identity(Map<String, String> environment) {
    String pod = environment.getOrDefault(POD_NAME, "").strip();
    if (!pod.isEmpty()) {
      return pod;
    }
    String host = environment.getOrDefault("HOSTNAME", "local");
    return host + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  private static boolean inPod() {
    return Files.isReadable(namespaceFile());
  }

  /**
   * The token of the pod's ServiceAccount; empty outside a pod. Kubelet rotates it, so do not keep
   * it.
   */
  public static Optional<String> serviceAccountToken() throws IOException {
    Path file =
        mounted(
            Config.KUBERNETES_AUTH_SERVICEACCOUNT_TOKEN_FILE_SYSTEM_PROPERTY,
            Config.KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH);
    return inPod() && Files.isReadable(file)
        ? Optional.of(Files.readString(file).strip())
        : Optional.empty();
  }

  private static Path namespaceFile() {
    return mounted(Config.KUBERNETES_NAMESPACE_FILE, Config.KUBERNETES_NAMESPACE_PATH);
  }

  /** The path that the Kubernetes client uses: from its setting, else where kubelet mounts it. */
  private static Path mounted(String setting, String defaultPath) {
    return Path.of(Utils.getSystemPropertyOrEnvVar(setting, defaultPath));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
