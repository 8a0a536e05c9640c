// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.bench.ParallelRequestSender.Write;
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
import java.util.List;

/**
 * The baseline of the operator: a process with the same JVM flags that has the operator's watches
 * open, knows beforehand what to write, and sends the same bodies from as many threads. It decides
 * and keeps nothing.
 */
final class BareWriter implements AutoCloseable {

  /** Name of the Secrets that it writes; the operator ignores them. */
  static final String SECRET = "acr-bench-bare-writer";

  /** Its name in the audit log. */
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
    Instant now = Instant.now();
    Process process = BareProcess.start(java, BareWriter.class, kubeconfig.toString());
    BareWriter writer = new BareWriter(process, now);
    try {
      writer.awaitAnswer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return writer;
  }

  /** Sends these requests and waits until all are answered. */
  void write(List<Write> writes) {
    writes.forEach(this::order);
    await();
  }

  /** Sends this request asynchronously. */
  synchronized void order(Write write) {
    try {
      orders.write(write.method() + SEPARATOR + write.path() + SEPARATOR + write.body() + '\n');
      orders.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until all requests are answered. */
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

  /** CPU time of the process since its start, in seconds. */
  double cpuSeconds() {
    return BenchmarkEnvironment.cpuSeconds(process.pid());
  }

  @Override
  public void close() {
    BareProcess.stop(process);
  }

  /** Main method of the process: reads requests from standard input, one per line. */
  public static void main(String[] args) throws IOException {
    Path kubeconfig = Path.of(args[0]);
    KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
            .build();
    client.namespaces().watch(new NoOpWatcher<>());
    client.serviceAccounts().inAnyNamespace().watch(new NoOpWatcher<>());
    client.secrets().inAnyNamespace().withField("metadata.name", SECRET).watch(new NoOpWatcher<>());
    ParallelRequestSender sender = new ParallelRequestSender(kubeconfig, NAME);
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

  /** Receives all events and ignores them. */
  private static final class NoOpWatcher<T> implements Watcher<T> {
    @Override
    public void eventReceived(Action action, T resource) {
      // Only the cost of receiving the event matters.
    }

    @Override
    public void onClose(WatcherException cause) {
      System.out.println("a watch has ended: " + cause);
    }
  }
}
