package io.acrcredential.operator.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.operator.WorkQueue.Lane;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkersTest {

  @Test
  void noErrorEndsAWorkerOrLosesItsKey() throws InterruptedException {
    // given work that breaks as often as there are workers
    WorkQueue<Work> queue = new WorkQueue<>(System::nanoTime, n -> Duration.ofMillis(1));
    AtomicInteger tries = new AtomicInteger();
    Workers workers =
        new Workers(
            queue,
            work -> {
              if (tries.incrementAndGet() <= Workers.THREADS) {
                throw new StackOverflowError();
              }
            },
            (work, trouble) -> {});

    // when
    workers.start();
    queue.add(new Work.PullSecret("ns"), Lane.NORMAL);

    // then
    await().atMost(Duration.ofSeconds(30)).until(() -> tries.get() > Workers.THREADS);
    workers.stop(Duration.ofSeconds(20));
    assertThat(queue.size()).isZero();
  }

  /** Somebody else's load is no trouble of a policy. */
  @Test
  void aRefusalForTooManyRequestsIsTriedAgainAndToldToNobody() throws InterruptedException {
    // given
    WorkQueue<Work> queue = new WorkQueue<>(System::nanoTime, n -> Duration.ofMillis(1));
    AtomicInteger tries = new AtomicInteger();
    Queue<Troubles.Trouble> told = new ConcurrentLinkedQueue<>();
    Workers workers =
        new Workers(
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
    queue.add(new Work.PullSecret("ns"), Lane.NORMAL);

    // then
    await().atMost(Duration.ofSeconds(30)).until(() -> tries.get() > 3);
    workers.stop(Duration.ofSeconds(20));
    assertThat(told).isEmpty();
  }
}
