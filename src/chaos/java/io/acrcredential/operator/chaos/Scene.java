// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import io.acrcredential.operator.testkit.http.BreakableLine;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What a fault works with.
 *
 * @param client of an administrator, which does not repeat failed requests
 * @param random of this step alone, so that its parameters depend on seed and number only
 */
record Scene(
    ChaosEnvironment chaos,
    KubernetesClient client,
    Oracle oracle,
    Writers writers,
    Random random,
    StringBuilder parameters) {

  /** Shows a parameter beside the fault's name. */
  void note(String parameter) {
    parameters.append(parameters.isEmpty() ? "" : ", ").append(parameter);
  }

  int between(int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  /** The lines to the API server of the leader, of the standby, or of both. */
  List<BreakableLine> lines() {
    int choice = random.nextInt(3);
    note(List.of("leader", "standby", "both").get(choice));
    return switch (choice) {
      case 0 -> List.of(chaos.leader().line());
      case 1 -> List.of(chaos.standby().line());
      default -> chaos.replicas.stream().map(Replica::line).toList();
    };
  }

  /** The line to ACR in one region. */
  BreakableLine region() {
    boolean first = random.nextBoolean();
    note(first ? "cn-hangzhou" : "cn-beijing");
    return first ? chaos.hangzhou : chaos.beijing;
  }

  /** Makes the operator ask ACR now, if the API server lets us. */
  void requestTokens() {
    try {
      ChaosEnvironment.POLICIES.forEach(chaos.env::requestRefresh);
    } catch (RuntimeException e) {
      System.out.println("    no refresh requested: " + e.getMessage());
    }
  }

  /** Repeats this about every so many milliseconds until it is ended. */
  Runnable repeatedly(int millis, Runnable action) {
    CountDownLatch ended = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              try {
                while (!ended.await(millis, TimeUnit.MILLISECONDS)) {
                  try {
                    action.run();
                  } catch (KubernetesClientException e) {
                    // Another fault of this step prevents it.
                  }
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "fault");
    thread.setDaemon(true);
    thread.start();
    return () -> {
      ended.countDown();
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }
}
