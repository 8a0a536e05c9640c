// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The packaged operator in a process of its own, as users run it. That is the JAR, or the native
 * binary that the system property {@link #BINARY} names.
 */
public final class OperatorProcess implements AutoCloseable {

  /** Path of the native binary; Quarkus' own name for it. Absent = the JAR. */
  public static final String BINARY = "native.image.path";

  private static final Path JAR = Path.of("target", "quarkus-app", "quarkus-run.jar");
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** More than the grace period of the manifest: beside other tests a stop takes longer. */
  private static final Duration END_PATIENCE = Duration.ofSeconds(90);

  private static final Duration REPLY_PATIENCE = Duration.ofSeconds(20);

  /** As in the start-up probe of the manifest, which allows 5 minutes. */
  private static final Duration START_PATIENCE = Duration.ofMinutes(5);

  private final Process process;
  private final Path log;
  private final URI base;
  private final HttpClient http = HttpClient.newHttpClient();

  private OperatorProcess(Process process, Path log, URI base) {
    this.process = process;
    this.log = log;
    this.base = base;
  }

  /**
   * Starts it without waiting.
   *
   * @param environment on top of an environment that knows no cluster and no account
   */
  public static OperatorProcess start(Path kubeconfig, Map<String, String> environment) {
    return start(command(), kubeconfig, environment);
  }

  /** Starts it with another command line. */
  public static OperatorProcess start(
      List<String> command, Path kubeconfig, Map<String, String> environment) {
    try {
      int port = FreePort.next();
      Path log = logFile("operator-");
      ProcessBuilder builder = builder(command, port, kubeconfig, environment);
      Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
      OperatorProcess operator =
          new OperatorProcess(process, log, URI.create("http://127.0.0.1:" + port));
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      return operator;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts it as the container of a pod: it inherits nothing and has no kubeconfig.
   *
   * @param environment the container's, and where it finds its ServiceAccount
   */
  static OperatorProcess startInPod(List<String> arguments, Map<String, String> environment) {
    try {
      int port = FreePort.next();
      Path log = logFile("pod-");
      List<String> command = command();
      command.addAll(arguments);
      ProcessBuilder builder = new ProcessBuilder(command);
      Map<String, String> env = builder.environment();
      env.clear();
      env.put("QUARKUS_HTTP_HOST", "127.0.0.1");
      env.put("QUARKUS_HTTP_PORT", String.valueOf(port));
      env.putAll(environment);
      Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      return new OperatorProcess(process, log, URI.create("http://127.0.0.1:" + port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ProcessBuilder builder(
      List<String> command, int port, Path kubeconfig, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> env = builder.environment();
    env.keySet().removeIf(name -> name.startsWith("ACR_") || name.startsWith("ALIBABA_CLOUD_"));
    env.put("KUBECONFIG", kubeconfig.toAbsolutePath().toString());
    env.put("QUARKUS_HTTP_HOST", "127.0.0.1");
    env.put("QUARKUS_HTTP_PORT", String.valueOf(port));
    env.putAll(environment);
    return builder;
  }

  private static Path logFile(String prefix) throws IOException {
    Path logs = Files.createDirectories(Path.of("target", "operator-logs"));
    return Files.createTempFile(logs, prefix, ".log");
  }

  /**
   * The result of a command.
   *
   * @param printed to standard output
   * @param logged to standard error
   */
  public record Ended(int exitCode, String printed, String logged) {}

  /** Runs a command of the same binary to its end. */
  public static Ended run(Path kubeconfig, Map<String, String> environment, String... arguments) {
    try {
      Path out = logFile("out-");
      Path err = logFile("err-");
      List<String> command = command();
      command.addAll(List.of(arguments));
      Process process =
          builder(command, FreePort.next(), kubeconfig, environment)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new IllegalStateException(
            String.join(" ", arguments) + " has not ended:\n" + Files.readString(err));
      }
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Starts it and waits until it leads and is ready. */
  public static OperatorProcess startAndAwait(Path kubeconfig, Map<String, String> environment) {
    OperatorProcess operator = start(kubeconfig, environment);
    try {
      operator.awaitWorking();
      return operator;
    } catch (RuntimeException e) {
      operator.close();
      throw e;
    }
  }

  /** Makes later starts faster. */
  static void archiveClasses() {
    if (System.getProperty(BINARY, "").isEmpty() && Files.isRegularFile(JAR)) {
      ClassDataArchive.createOnce(JAR);
    }
  }

  /** The program, to which its own arguments may be added. */
  public static List<String> command() {
    String binary = System.getProperty(BINARY, "");
    if (!binary.isEmpty()) {
      return new ArrayList<>(List.of(Path.of(binary).toAbsolutePath().toString()));
    }
    if (!Files.isRegularFile(JAR)) {
      throw new IllegalStateException(JAR + " is missing: run ./mvnw package -DskipTests first");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Xmx256m");
    command.addAll(ClassDataArchive.flags(JAR));
    command.add("-jar");
    command.add(JAR.toAbsolutePath().toString());
    return command;
  }

  /**
   * Waits until it answers probes, whatever it answers; throws with its log if it exits before.
   * What follows is the operator's own time, without a JVM that starts beside other tests.
   */
  public void awaitStarted() {
    await(START_PATIENCE, "has not started", () -> !get("/q/health/live").isEmpty());
  }

  /** Waits until it leads and is ready; throws with its log if it exits before. */
  public void awaitWorking() {
    awaitStarted();
    await(
        PATIENCE,
        "does not work",
        () -> {
          String health = get("/q/health/ready");
          return health.contains("\"leading\": true") && health.contains("\"status\": \"UP\"");
        });
  }

  private void await(Duration patience, String otherwise, BooleanSupplier condition) {
    long end = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < end) {
      if (!process.isAlive()) {
        throw new IllegalStateException("The operator ended:\n" + log());
      }
      if (condition.getAsBoolean()) {
        return;
      }
      pause();
    }
    throw new IllegalStateException(
        "The operator %s after %s:\n%s".formatted(otherwise, patience, log()));
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The body of the reply; empty without a reply within 20 s. */
  public String get(String path) {
    try {
      return http.send(
              HttpRequest.newBuilder(base.resolve(path)).timeout(REPLY_PATIENCE).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** Whether the path replies with success for a probe: 2xx or 3xx. */
  public boolean probe(String path) {
    try {
      int status =
          http.send(
                  HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofSeconds(3)).build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode();
      return status >= 200 && status < 400;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Whether the process runs. */
  public boolean alive() {
    return process.isAlive();
  }

  /** The base address of health and metrics. */
  public URI base() {
    return base;
  }

  /** Its whole output. */
  public String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file with its output. */
  public Path logFile() {
    return log;
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Kills it, as the failure of a node does. */
  public void kill() {
    process.destroyForcibly();
    await();
  }

  /** Stops it as Kubernetes does; returns its exit code. */
  public int stop() {
    process.destroy();
    return await();
  }

  /** Waits until it exits; returns its exit code. */
  public int awaitEnd() {
    return await();
  }

  private int await() {
    try {
      if (!process.waitFor(END_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      stop();
    }
  }
}
