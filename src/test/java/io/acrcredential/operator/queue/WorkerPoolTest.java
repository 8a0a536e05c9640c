// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
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
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {

  /** Logs the stack trace of every defect, which these tests cause. */
  private static final Logger DEFECTS = Logger.getLogger(WorkerPool.class.getName());

  private static Level level;

  @BeforeAll
  static void silence() {
    level = DEFECTS.getLevel();
    DEFECTS.setLevel(Level.OFF);
  }

  @AfterAll
  static void restoreLevel() {
    DEFECTS.setLevel(level);
  }

  @Test
  void survivesAnErrorAndRetriesItsKey() throws InterruptedException {
    // given work that fails as often as there are workers
    WorkQueue<WorkItem> queue =
        new WorkQueue<>(System::nanoTime, n -> Duration.ofMillis(1), WorkItem::namespace);
    AtomicInteger tries = new AtomicInteger();
    WorkerPool workers =
        new WorkerPool(
            queue,
            work -> {
              if (tries.incrementAndGet() <= WorkerPool.THREADS) {
                throw new StackOverflowError();
              }
            },
            (work, failure) -> {});

    // when
    workers.resume();
    queue.add(new WorkItem.PullSecret("ns"), Priority.NORMAL);

    // then
    await().atMost(Duration.ofSeconds(30)).until(() -> tries.get() > WorkerPool.THREADS);
    workers.stop(Duration.ofSeconds(20));
    assertThat(queue.poll()).as("the queue is empty").isNull();
  }

  /** An admission webhook may return a text of any length, with the refused Secret in it. */
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
    WorkFailure refused = failureOf(new KubernetesClientException(status));
    WorkFailure quoted =
        failureOf(
            new KubernetesClientException(
                new StatusBuilder(status)
                    .withMessage("{\"auths\":{\"r\":{\"password\":\"CanaryPassword\"}}} denied")
                    .build()));
    WorkFailure silent =
        failureOf(
            new KubernetesClientException(
                "PATCH {\"password\":\"CanaryPassword\"} failed",
                new ConnectException("Connection refused: CanaryHost")));
    WorkFailure defect = failureOf(new IllegalStateException("with CanaryPassword"));

    // then
    assertThat(refused.message())
        .startsWith("pull Secret of namespace ns: an admission rule denies the write")
        .contains("admission webhook \"w\" denied  the request: it has too much")
        .hasSizeLessThan(400)
        .endsWith("…");
    assertThat(silent.message()).contains("the connection was refused");
    assertThat(defect.message()).endsWith("IllegalStateException");
    assertThat(List.of(refused, quoted, silent, defect))
        .noneMatch(failure -> failure.message().contains("Canary"));
  }

  private static WorkFailure failureOf(RuntimeException exception) throws InterruptedException {
    WorkQueue<WorkItem> queue =
        new WorkQueue<>(System::nanoTime, n -> Duration.ofHours(1), WorkItem::namespace);
    BlockingQueue<WorkFailure> reported = new LinkedBlockingQueue<>();
    WorkerPool workers =
        new WorkerPool(
            queue,
            work -> {
              throw exception;
            },
            (work, failure) -> reported.add(failure));
    workers.resume();
    queue.add(new WorkItem.PullSecret("ns"), Priority.NORMAL);
    try {
      return reported.poll(30, TimeUnit.SECONDS);
    } finally {
      workers.stop(Duration.ofSeconds(20));
    }
  }

  /** The load of the API server is a failure of a policy only if it lasts. */
  @Test
  void reportsTooManyRequestsAsTransientUntilARetrySucceeds() throws InterruptedException {
    // given
    WorkQueue<WorkItem> queue =
        new WorkQueue<>(System::nanoTime, n -> Duration.ofMillis(1), WorkItem::namespace);
    AtomicInteger tries = new AtomicInteger();
    WorkFailures failures = new WorkFailures();
    Queue<WorkFailure> reported = new ConcurrentLinkedQueue<>();
    WorkerPool workers =
        new WorkerPool(
            queue,
            work -> {
              if (tries.incrementAndGet() <= 3) {
                throw new KubernetesClientException("later", 429, null);
              }
            },
            (work, failure) -> {
              if (failure == null) {
                failures.recordSuccess(work);
              } else {
                failures.recordFailure(work, failure);
                reported.add(failure);
              }
            });

    // when
    workers.resume();
    queue.add(new WorkItem.PullSecret("ns"), Priority.NORMAL);

    // then
    await().atMost(Duration.ofSeconds(30)).until(() -> tries.get() > 3);
    workers.stop(Duration.ofSeconds(20));
    assertThat(reported)
        .hasSize(3)
        .allMatch(failure -> failure.message().contains("namespace ns"))
        .noneMatch(WorkFailure::permanent);
    assertThat(failures.worst(namespace -> true)).isEmpty();
  }
}
