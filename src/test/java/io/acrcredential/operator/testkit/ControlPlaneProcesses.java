// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The processes of a control plane of {@code dev/cluster}. They are killed, never stopped. */
public final class ControlPlaneProcesses {

  /** A process. */
  public enum Part {
    ETCD("etcd"),
    API_SERVER("kube-apiserver"),
    CONTROLLER_MANAGER("kube-controller-manager");

    private final String process;

    Part(String process) {
      this.process = process;
    }
  }

  private final Path folder;
  private final KubernetesClient client;

  ControlPlaneProcesses(Path folder, KubernetesClient client) {
    this.folder = folder;
    this.client = client;
  }

  /** Ends a process with SIGKILL. */
  public void kill(Part part) {
    ProcessHandle process = find(part);
    process.destroyForcibly();
    await().atMost(PATIENCE).until(() -> !runs(process));
  }

  /** Starts a process that was killed. Does not wait until it serves. */
  public void start(Part part) {
    ControlPlane.relaunch(folder, part.process);
  }

  /** Stops a process with SIGSTOP: its connections stay open. */
  public void freeze(Part part) {
    signal("STOP", find(part).pid());
  }

  /** Continues a frozen process. */
  public void thaw(Part part) {
    signal("CONT", find(part).pid());
  }

  /** Sends a signal such as STOP to a process. */
  public static void signal(String signal, long pid) {
    run("kill", "-" + signal, Long.toString(pid));
  }

  /** Waits until the API server replies. */
  public void awaitServing() {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> client.namespaces().withName("default").get() != null);
  }

  /** Copies the data of etcd, as it is after a crash. */
  public Path snapshot() {
    try {
      Path copy = Files.createTempDirectory(folder, "snapshot-");
      freeze(Part.ETCD);
      try {
        run("cp", "-R", folder.resolve("etcd").toString(), copy.toString());
      } finally {
        thaw(Part.ETCD);
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Puts a snapshot in the place of etcd's data, and uses it up. The other processes are restarted,
   * as Kubernetes' documentation of a restore demands, because their caches have newer versions.
   */
  public void restore(Path snapshot) {
    List.of(Part.API_SERVER, Part.ETCD).forEach(this::kill);
    run("rm", "-r", folder.resolve("etcd").toString());
    run("mv", snapshot.resolve("etcd").toString(), folder.toString());
    List.of(Part.ETCD, Part.API_SERVER).forEach(this::start);
    // Not together with the others: the watchdog of dev/cluster deletes a cluster that has ended.
    kill(Part.CONTROLLER_MANAGER);
    start(Part.CONTROLLER_MANAGER);
  }

  /** Compacts etcd at its current revision: no older one can be listed or watched. */
  public void compact() {
    String revision =
        post("/v3/kv/range", "{\"key\": \"AA==\"}").replaceAll(".*\"revision\":\"(\\d+)\".*", "$1");
    post("/v3/kv/compaction", "{\"revision\": \"%s\", \"physical\": true}".formatted(revision));
  }

  private String post(String path, String body) {
    try {
      HttpResponse<String> response =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(etcd().resolve(path))
                      .timeout(PATIENCE)
                      .POST(HttpRequest.BodyPublishers.ofString(body))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IllegalStateException("etcd: " + response.body());
      }
      return response.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private URI etcd() throws IOException {
    String command = Files.readString(folder.resolve("etcd.command"));
    List<String> words = Arrays.asList(command.split("\0"));
    return URI.create(words.get(words.indexOf("--advertise-client-urls") + 1));
  }

  /** The process that was started last. The PIDs of its predecessors may be those of others now. */
  private ProcessHandle find(Part part) {
    try (Stream<String> pids = Files.lines(folder.resolve("pids"))) {
      return pids.map(line -> line.split(" "))
          .filter(words -> words[0].equals(part.process))
          .reduce((earlier, later) -> later)
          .flatMap(words -> ProcessHandle.of(Long.parseLong(words[1])))
          .filter(process -> executable(process).equals(part.process))
          .orElseThrow(() -> new IllegalStateException(part.process + " does not run"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String executable(ProcessHandle process) {
    return process.info().command().map(path -> Path.of(path).getFileName().toString()).orElse("");
  }

  /** A killed process may stay as a zombie, which has no command. */
  private static boolean runs(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }

  private static void run(String... command) {
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      if (process.waitFor() != 0) {
        throw new IllegalStateException("failed: " + String.join(" ", command));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
