// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.bench.Sender.Write;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What the operator is held against: a program that knows beforehand what to write, has the
 * operator's watches open, and writes the same bodies from as many threads in the same kind of JVM,
 * a process of its own. It decides nothing and remembers nothing.
 */
final class BareWriter implements AutoCloseable {

  /** Of the Secrets it writes, so that the operator leaves them alone. */
  static final String SECRET = "acr-bench-bare-writer";

  /** Under this name it is found in the audit log. */
  static final String NAME = "bare-writer";

  private static final String END_OF_BATCH = ".";
  private static final char SEPARATOR = '\t';

  private final Process process;
  private final BufferedWriter orders;
  private final BufferedReader answers;
  final Instant started;

  private BareWriter(Process process, Instant started) {
    this.process = process;
    this.started = started;
    this.orders = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts one and waits until its watches are open. */
  static BareWriter start(List<String> java, Path kubeconfig) {
    List<String> command = new ArrayList<>(java);
    command.addAll(
        List.of(
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            "-cp",
            System.getProperty("java.class.path"),
            BareWriter.class.getName(),
            kubeconfig.toString()));
    try {
      Instant now = Instant.now();
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      BareWriter writer = new BareWriter(process, now);
      writer.awaitAnswer();
      return writer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has these written, and waits until they are. */
  void write(List<Write> writes) {
    writes.forEach(this::order);
    await();
  }

  /** Has this written, soon. */
  synchronized void order(Write write) {
    try {
      orders.write(write.method() + SEPARATOR + write.path() + SEPARATOR + write.body() + '\n');
      orders.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until all that was ordered is written. */
  void await() {
    try {
      synchronized (this) {
        orders.write(END_OF_BATCH + "\n");
        orders.flush();
      }
      awaitAnswer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitAnswer() throws IOException {
    String line = answers.readLine();
    while (line != null && !line.equals(END_OF_BATCH)) {
      System.err.println("bare writer: " + line);
      line = answers.readLine();
    }
    if (line == null) {
      throw new IllegalStateException("the bare writer ended");
    }
  }

  /** Since its start. */
  double cpuSeconds() {
    return BenchmarkEnvironment.cpuSeconds(process.pid());
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }

  /** The process itself: takes orders on standard input, one a line. */
  public static void main(String[] args) throws IOException {
    Path kubeconfig = Path.of(args[0]);
    KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
            .build();
    client.namespaces().watch(new Deaf<>());
    client.serviceAccounts().inAnyNamespace().watch(new Deaf<>());
    client.secrets().inAnyNamespace().withField("metadata.name", SECRET).watch(new Deaf<>());
    Sender sender = new Sender(kubeconfig, NAME);
    System.out.println(END_OF_BATCH);
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      if (line.equals(END_OF_BATCH)) {
        sender.await();
        System.out.println(END_OF_BATCH);
      } else {
        String[] parts = line.split(String.valueOf(SEPARATOR), 3);
        sender.send(new Write(parts[0], parts[1], parts[2]), reply -> {});
      }
    }
    System.exit(0);
  }

  /** Hears everything and does nothing. */
  private static final class Deaf<T> implements Watcher<T> {
    @Override
    public void eventReceived(Action action, T resource) {
      // its cost is what is wanted of it
    }

    @Override
    public void onClose(WatcherException cause) {
      System.out.println("a watch has ended: " + cause);
    }
  }
}
