package io.acrcredential.operator.operator;

import io.acrcredential.operator.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Where this process runs, and under which name it stands for election. */
final class Where {

  private static final Path POD_NAMESPACE =
      Path.of("/var/run/secrets/kubernetes.io/serviceaccount/namespace");
  private static final String OUTSIDE = "kube-system";

  private Where() {}

  /** As set; else the pod's own namespace; outside a pod {@code kube-system}. */
  static String credentialsNamespace(Settings settings) {
    return settings.credentialsNamespace().orElseGet(() -> inPod() ? read(POD_NAMESPACE) : OUTSIDE);
  }

  /**
   * A container that restarts in its pod leads again at once, since the process before it is dead
   * for certain; outside a pod nothing is, so every process has a name of its own.
   */
  static String identity() {
    String host = System.getenv().getOrDefault("HOSTNAME", "local");
    return inPod() ? host : host + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  private static boolean inPod() {
    return Files.isReadable(POD_NAMESPACE);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
