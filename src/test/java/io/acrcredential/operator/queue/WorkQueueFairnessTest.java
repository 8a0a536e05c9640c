// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import static java.util.stream.IntStream.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.queue.WorkItem.Bind;
import io.acrcredential.operator.queue.WorkItem.PullSecret;
import io.acrcredential.operator.queue.WorkItem.SaveState;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.testkit.WorkQueues;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** One namespace does not delay the work of others by much. */
class WorkQueueFairnessTest {

  private static final String TENANT = "tenant";

  private final AtomicLong nanos = new AtomicLong(-5); // nanoTime may be anything
  private final WorkQueue<WorkItem> queue = newQueue(nanos);

  private static WorkQueue<WorkItem> newQueue(AtomicLong nanos) {
    return new WorkQueue<>(nanos::get, Duration::ofSeconds, WorkItem::namespace);
  }

  @Test
  void namespacesTakeTurnsAndKeepTheOrderOfTheirOwnKeys() {
    // given
    range(0, 3).forEach(n -> queue.add(bind(TENANT, n), Priority.NORMAL));
    queue.add(bind("b", 0), Priority.NORMAL);
    queue.add(bind("c", 0), Priority.NORMAL);
    queue.add(bind("b", 1), Priority.NORMAL);

    // when
    List<WorkItem> taken = drained();

    // then
    assertThat(taken)
        .containsExactly(
            bind(TENANT, 0),
            bind("b", 0),
            bind("c", 0),
            bind(TENANT, 1),
            bind("b", 1),
            bind(TENANT, 2));
  }

  @Test
  void finishesANamespaceBeforeItBeginsTheNext() {
    // given
    queue.add(new PullSecret("a"), Priority.NORMAL);
    queue.add(new PullSecret("b"), Priority.NORMAL);
    WorkItem first = queue.poll();

    // when
    range(0, 2).forEach(n -> queue.add(bind("a", n), Priority.FOLLOW_UP));
    queue.done(first);
    queue.add(bind("new", 0), Priority.URGENT);

    // then
    assertThat(first).isEqualTo(new PullSecret("a"));
    assertThat(drained())
        .containsExactly(bind("new", 0), bind("a", 0), bind("a", 1), new PullSecret("b"));
  }

  /** A namespace with thousands of ServiceAccounts must not be finished before others begin. */
  @Test
  void givesANamespaceOnlyItsShareOfTheWorkersWhileOthersWait() {
    // given
    range(0, 100).forEach(n -> queue.add(bind(TENANT, n), Priority.FOLLOW_UP));
    range(0, 20).forEach(n -> queue.add(new PullSecret("n" + n), Priority.BULK));

    // when
    List<WorkItem> inProgress = range(0, WorkerPool.THREADS).mapToObj(n -> queue.poll()).toList();

    // then
    assertThat(inProgress)
        .filteredOn(work -> work.namespace().equals(TENANT))
        .hasSize(WorkQueue.NAMESPACE_SHARE);
  }

  @Test
  void givesANamespaceAllWorkersIfNothingElseWaits() {
    // given
    range(0, 100).forEach(n -> queue.add(bind(TENANT, n), Priority.URGENT));

    // then
    assertThat(range(0, WorkerPool.THREADS).mapToObj(n -> queue.poll())).doesNotContainNull();
  }

  @Test
  void limitsHowManyKeysOfANamespaceAreUrgent() {
    // given
    range(0, UrgentAllowance.KEYS + 1).forEach(n -> queue.add(bind(TENANT, n), Priority.URGENT));
    queue.add(new PullSecret("other"), Priority.FOLLOW_UP);
    queue.add(bind("other", 0), Priority.URGENT);
    queue.add(new SaveState(), Priority.URGENT);

    // when
    List<WorkItem> taken = drained();

    // then
    assertThat(taken.subList(0, 3)).contains(bind("other", 0), new SaveState());
    assertThat(taken)
        .endsWith(new PullSecret("other"), bind(TENANT, UrgentAllowance.KEYS))
        .hasSize(UrgentAllowance.KEYS + 4);

    // and it has the same number again later
    nanos.addAndGet(UrgentAllowance.PERIOD.toNanos());
    queue.add(new PullSecret("other"), Priority.FOLLOW_UP);
    queue.add(bind(TENANT, 0), Priority.URGENT);
    assertThat(drained()).containsExactly(bind(TENANT, 0), new PullSecret("other"));
  }

  /**
   * A rotation of 300 namespaces while one tenant creates ServiceAccounts as fast as the API server
   * allows, with 16 workers and requests of a fixed duration.
   */
  @Property(tries = 60)
  void aTenantSlowsARotationByAFactorOfTwoAtMost(
      @ForAll @IntRange(min = 1, max = 2_000) int createdPerSecond,
      @ForAll @IntRange(min = 3, max = 60) int requestMillis,
      @ForAll @IntRange(min = 0, max = 9_999) int startMillis) {
    // when
    long alone = new Simulation(0, requestMillis).rotation(startMillis);
    long withTenant = new Simulation(createdPerSecond, requestMillis).rotation(startMillis);

    // then: urgent keys hold the rotation back, but there are not many
    long urgent = TimeUnit.MILLISECONDS.toNanos((long) UrgentAllowance.KEYS * requestMillis);
    assertThat(withTenant).isLessThanOrEqualTo(2 * alone + urgent);
  }

  @Test
  void aTenantOfAHundredServiceAccountsASecondSlowsARotationByAFactorOfTwoAtMost() {
    // given: one that has used up what it may have urgently
    int start = 2_000;

    // when
    long alone = new Simulation(0, 12).rotation(start);
    long withTenant = new Simulation(107, 12).rotation(start);

    // then
    assertThat(withTenant).isLessThanOrEqualTo(2 * alone);
  }

  /** Drives a queue with a simulated clock: arrivals, and workers that are busy for a while. */
  private static final class Simulation {
    private record Done(long atNanos, WorkItem work) {}

    private static final int NAMESPACES = 300;

    private final AtomicLong now = new AtomicLong();
    private final WorkQueue<WorkItem> queue = newQueue(now);
    private final PriorityQueue<Done> busy =
        new PriorityQueue<>(Comparator.comparingLong(Done::atNanos));
    private final long arrivalPeriod;
    private final long requestNanos;
    private int arrived;
    private int rotated;

    /**
     * @param createdPerSecond ServiceAccounts of the tenant; 0 = none
     */
    Simulation(int createdPerSecond, int requestMillis) {
      arrivalPeriod =
          createdPerSecond == 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(1) / createdPerSecond;
      requestNanos = TimeUnit.MILLISECONDS.toNanos(requestMillis);
    }

    /** How long a rotation takes that starts at this time, in nanoseconds. */
    long rotation(int startMillis) {
      long start = TimeUnit.MILLISECONDS.toNanos(startMillis);
      runUntil(start);
      range(0, NAMESPACES).forEach(n -> queue.add(new PullSecret("n" + n), Priority.BULK));
      startWork();
      while (rotated < NAMESPACES) {
        step();
      }
      return now.get() - start;
    }

    private void runUntil(long time) {
      while (Math.min(nextArrival(), nextDone()) < time) {
        step();
      }
      now.set(time);
    }

    private void step() {
      now.set(Math.min(nextArrival(), nextDone()));
      if (now.get() == nextArrival()) {
        queue.add(bind(TENANT, arrived++), Priority.URGENT);
      } else {
        WorkItem done = busy.remove().work();
        queue.done(done);
        rotated += done instanceof PullSecret ? 1 : 0;
      }
      startWork();
    }

    private void startWork() {
      while (busy.size() < WorkerPool.THREADS) {
        WorkItem work = queue.poll();
        if (work == null) {
          return;
        }
        busy.add(new Done(now.get() + requestNanos, work));
      }
    }

    private long nextArrival() {
      return arrivalPeriod == Long.MAX_VALUE ? Long.MAX_VALUE : arrived * arrivalPeriod;
    }

    private long nextDone() {
      return busy.isEmpty() ? Long.MAX_VALUE : busy.peek().atNanos();
    }
  }

  private static WorkItem bind(String namespace, int serviceAccount) {
    return new Bind(namespace, "app-" + serviceAccount);
  }

  private List<WorkItem> drained() {
    return WorkQueues.drained(queue);
  }
}
