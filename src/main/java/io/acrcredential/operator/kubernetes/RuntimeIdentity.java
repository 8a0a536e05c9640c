package io.acrcredential.operator.kubernetes;

import io.acrcredential.operator.Settings;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.utils.Utils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/** Where this process runs, and under which name it stands for election. */
public final class RuntimeIdentity {

  private static final String OUTSIDE = "kube-system";

  private RuntimeIdentity() {}

  /** As set; else the pod's own namespace; outside a pod {@code kube-system}. */
  public static String credentialsNamespace(Settings settings) {
    return settings
        .credentialsNamespace()
        .orElseGet(() -> inPod() ? read(namespaceFile()) : OUTSIDE);
  }

  /**
   * A container that restarts in its pod leads again at once, since the process before it is dead
   * for certain; outside a pod nothing is, so every process has a name of its own.
   */
  public static String identity() {
    String host = System.getenv().getOrDefault("HOSTNAME", "local");
    return inPod() ? host : host + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  private static boolean inPod() {
    return Files.isReadable(namespaceFile());
  }

  /** Of the pod's ServiceAccount; empty outside a pod. It changes: read it when it is needed. */
  public static Optional<String> token() throws IOException {
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

  /** Where the Kubernetes client looks too: by its own setting, else where kubelet mounts it. */
  private static Path mounted(String setting, String usual) {
    return Path.of(Utils.getSystemPropertyOrEnvVar(setting, usual));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
