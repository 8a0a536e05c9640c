// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;

import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Injects one step of the plan after the other, and waits for convergence after each. */
final class ChaosRun implements AutoCloseable {

  private static final Duration START = Duration.ofSeconds(120);

  /** So that a step which healed too late does not fail those that follow. */
  private static final Duration GRACE = Duration.ofMinutes(3);

  private static final Duration POLL = Duration.ofMillis(250);

  /**
   * The result of a step.
   *
   * @param healed from the end of its faults to convergence
   */
  record Step(List<ChaosFault> faults, Duration healed, Duration limit, List<String> violations) {}

  private final ChaosOptions options;
  private final ChaosEnvironment chaos;
  private final KubernetesClient client;
  private final Writers writers;
  private final Oracle oracle;

  ChaosRun(ChaosOptions options)
      throws IOException, GeneralSecurityException, InterruptedException {
    this.options = options;
    this.chaos = new ChaosEnvironment();
    // The default repeats a failed request for minutes.
    this.client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(chaos.env.client.getConfiguration())
                    .withRequestRetryBackoffLimit(0)
                    .withRequestTimeout(5_000)
                    .build())
            .build();
    List<String> namespaces = IntStream.range(0, 3).mapToObj(i -> "team-" + i).toList();
    this.writers = new Writers(client, namespaces, options.seed());
    this.oracle = new Oracle(chaos, client, writers);
  }

  /** How many writes of other controllers were interleaved with those of the operator. */
  int interleavedWrites() {
    return writers.acknowledged();
  }

  List<Step> run() throws InterruptedException {
    List<List<ChaosFault>> plan = ChaosPlan.of(options);
    List<String> differences = awaitConvergence(START);
    if (!differences.isEmpty()) {
      throw new IllegalStateException("Without any fault: " + differences);
    }
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < plan.size(); i++) {
      steps.add(step(i + 1, plan.size(), plan.get(i)));
    }
    return steps;
  }

  private Step step(int number, int steps, List<ChaosFault> faults) throws InterruptedException {
    Random random = new Random(options.seed() * 1_000_003 + number);
    StringBuilder parameters = new StringBuilder();
    Scene scene = new Scene(chaos, client, oracle, writers, random, parameters);
    String name = faults.stream().map(ChaosFault::name).collect(Collectors.joining(" + "));
    System.out.printf("[%3d/%d] %s%n", number, steps, name);
    long least = options.leastHold().toMillis();
    long hold = least + random.nextLong(options.mostHold().toMillis() - least + 1);
    Deque<Runnable> ends = new ArrayDeque<>();
    faults.forEach(fault -> ends.push(fault.effect().begin(scene)));
    TimeUnit.MILLISECONDS.sleep(hold / 2);
    change("during-" + number, random);
    TimeUnit.MILLISECONDS.sleep(hold - hold / 2);
    ends.forEach(Runnable::run);
    long ended = System.nanoTime();
    change("after-" + number, random);
    Duration limit =
        faults.stream()
            .map(ChaosFault::healWithin)
            .max(Duration::compareTo)
            .orElseThrow()
            .plus(options.slack());
    List<String> differences = awaitConvergence(limit);
    List<String> violations = new ArrayList<>(differences);
    if (!differences.isEmpty()) {
      System.out.println("    NOT HEALED after " + limit + ": " + differences);
      violations.addAll(awaitConvergence(GRACE));
      writers.pause();
      writers.accept(client.serviceAccounts().inAnyNamespace().list().getItems());
      writers.resume();
    }
    Duration healed = Duration.ofNanos(System.nanoTime() - ended);
    violations.addAll(chaos.violations.take());
    System.out.printf(
        "          %s%s for %.1f s, healed in %.1f s%n",
        parameters,
        parameters.isEmpty() ? "lasted" : ", lasted",
        hold / 1e3,
        healed.toMillis() / 1e3);
    removeServiceAccounts(number);
    return new Step(faults, healed, limit, violations);
  }

  /** Gives the operator something to do: a new ServiceAccount, and an entry that was removed. */
  private void change(String name, Random random) {
    String namespace = "team-" + random.nextInt(6);
    try {
      client
          .resource(
              new ServiceAccountBuilder()
                  .withNewMetadata()
                  .withName(name)
                  .withNamespace(namespace)
                  .endMetadata()
                  .build())
          .create();
      ServiceAccount other =
          client.serviceAccounts().inNamespace(namespace).withName("default").get();
      Writers.remove(client, other, PULL_SECRET);
    } catch (KubernetesClientException e) {
      // The API server does not serve in some faults.
    }
  }

  private void removeServiceAccounts(int number) {
    for (ServiceAccount account : client.serviceAccounts().inAnyNamespace().list().getItems()) {
      if (account.getMetadata().getName().matches("(during|after)-" + number)) {
        client.resource(account).delete();
      }
    }
  }

  /** The differences that are left after this time; empty as soon as there are none. */
  private List<String> awaitConvergence(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    List<String> differences = oracle.differences();
    while (!differences.isEmpty() && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
      differences = oracle.differences();
    }
    return differences;
  }

  @Override
  public void close() {
    writers.close();
    oracle.close();
    client.close();
    chaos.close();
  }
}
