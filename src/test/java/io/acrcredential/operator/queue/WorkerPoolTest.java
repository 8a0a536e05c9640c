// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {

  @Test
  void survivesAnErrorAndRetriesItsKey() throws InterruptedException {
    // given work that breaks as often as there are workers
    WorkQueue<WorkItem> queue = new WorkQueue<>(System::nanoTime, n -> Duration.ofMillis(1));
    AtomicInteger tries = new AtomicInteger();
    WorkerPool workers =
        new WorkerPool(
            queue,
            work -> {
              if (tries.incrementAndGet() <= WorkerPool.THREADS) {
                throw new StackOverflowError();
              }
            },
            (work, trouble) -> {});

    // when
    workers.start();
    queue.add(new WorkItem.PullSecret("ns"), Priority.NORMAL);

    // then
    await().atMost(Duration.ofSeconds(30)).until(() -> tries.get() > WorkerPool.THREADS);
    workers.stop(Duration.ofSeconds(20));
    assertThat(queue.poll()).as("nothing is left").isNull();
  }

  /** An admission webhook may answer anything, of any length, the refused Secret among it. */
  @Test
  void reportsARefusalShortenedAndWithoutSecrets() throws InterruptedException {
    // given
    Status status =
        new StatusBuilder()
            .withCode(403)
            .withMessage(
                "admission webhook \"w\" denied\n\u202e the request: "
                    + "it has too much to say ".repeat(20)
                    + "{\"auths\":{\"r\":{\"password\":\"CanaryPassword\"}}}")
            .build();

    // when
    WorkFailures.WorkFailure refused = trouble(new KubernetesClientException(status));
    WorkFailures.WorkFailure quoted =
        trouble(
            new KubernetesClientException(
                new StatusBuilder(status)
                    .withMessage("{\"auths\":{\"r\":{\"password\":\"CanaryPassword\"}}} denied")
                    .build()));
    WorkFailures.WorkFailure silent =
        trouble(
            new KubernetesClientException(
                "PATCH {\"password\":\"CanaryPassword\"} failed",
                new ConnectException("Connection refused: CanaryHost")));
    WorkFailures.WorkFailure defect = trouble(new IllegalStateException("with CanaryPassword"));

    // then
    assertThat(refused.message())
        .contains("admission webhook \"w\" denied  the request: it has too much")
        .hasSizeLessThan(300)
        .endsWith("…");
    assertThat(silent.message()).contains("the connection was refused");
    assertThat(defect.message()).endsWith("IllegalStateException");
    assertThat(List.of(refused, quoted, silent, defect))
        .noneMatch(trouble -> trouble.message().contains("Canary"));
  }

  private static WorkFailures.WorkFailure trouble(RuntimeException failure)
      throws InterruptedException {
    WorkQueue<WorkItem> queue = new WorkQueue<>(System::nanoTime, n -> Duration.ofHours(1));
    BlockingQueue<WorkFailures.WorkFailure> told = new LinkedBlockingQueue<>();
    WorkerPool workers =
        new WorkerPool(
            queue,
            work -> {
              throw failure;
            },
            (work, trouble) -> told.add(trouble));
    workers.start();
    queue.add(new WorkItem.PullSecret("ns"), Priority.NORMAL);
    try {
      return told.poll(30, TimeUnit.SECONDS);
    } finally {
      workers.stop(Duration.ofSeconds(20));
    }
  }

  /** Somebody else's load is no trouble of a policy. */
  @Test
  void retriesTooManyRequestsWithoutReportingThem() throws InterruptedException {
    // given
    WorkQueue<WorkItem> queue = new WorkQueue<>(System::nanoTime, n -> Duration.ofMillis(1));
    AtomicInteger tries = new AtomicInteger();
    Queue<WorkFailures.WorkFailure> told = new ConcurrentLinkedQueue<>();
    WorkerPool workers =
        new WorkerPool(
            queue,
            work -> {
              if (tries.incrementAndGet() <= 3) {
                throw new KubernetesClientException("later", 429, null);
              }
            },
            (work, trouble) -> {
              if (trouble != null) {
                told.add(trouble);
              }
            });

    // when
    workers.start();
    queue.add(new WorkItem.PullSecret("ns"), Priority.NORMAL);

    // then
    await().atMost(Duration.ofSeconds(30)).until(() -> tries.get() > 3);
    workers.stop(Duration.ofSeconds(20));
    assertThat(told).isEmpty();
  }
}
