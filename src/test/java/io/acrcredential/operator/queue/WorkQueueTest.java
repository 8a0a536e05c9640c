// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import static java.util.stream.IntStream.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.testkit.WorkQueues;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkQueueTest {

  private final AtomicLong nanos = new AtomicLong(-5); // nanoTime may be anything
  private final WorkQueue<String> queue = newQueue();

  private <K> WorkQueue<K> newQueue() {
    return new WorkQueue<>(nanos::get, Duration::ofSeconds, key -> "");
  }

  @Test
  void returnsKeysByPriorityThenInOrderOfArrival() {
    // given
    queue.add("bulk", Priority.BULK);
    queue.add("normal 1", Priority.NORMAL);
    queue.add("normal 2", Priority.NORMAL);
    queue.add("urgent", Priority.URGENT);

    // when
    List<String> taken = drained();

    // then
    assertThat(taken).containsExactly("urgent", "normal 1", "normal 2", "bulk");
  }

  @Test
  void limitsBulkToOneKeyWhileAnUrgentKeyIsInProgress() {
    // given
    range(0, 4).forEach(n -> queue.add("bulk " + n, Priority.BULK));
    queue.add("urgent", Priority.URGENT);
    queue.add("normal", Priority.NORMAL);

    // when / then
    assertThat(queue.poll()).isEqualTo("urgent");
    assertThat(queue.poll()).isEqualTo("normal");
    assertThat(queue.poll()).isEqualTo("bulk 0");
    assertThat(queue.poll()).as("a second one waits").isNull();
    queue.done("bulk 0");
    assertThat(queue.poll()).as("but the renewal goes on").isEqualTo("bulk 1");
    queue.failed("urgent", Priority.URGENT);
    assertThat(List.of(queue.poll(), queue.poll())).containsExactly("bulk 2", "bulk 3");
  }

  /** With threads: a worker that bulk limiting blocks is woken when either key is done. */
  @ParameterizedTest
  @ValueSource(strings = {"urgent", "bulk 0"})
  @Timeout(60)
  void wakesAWaitingWorkerOnceBulkIsAllowedAgain(String done) throws Exception {
    // given
    queue.add("urgent", Priority.URGENT);
    queue.add("bulk 0", Priority.BULK);
    queue.add("bulk 1", Priority.BULK);
    queue.take();
    queue.take();
    FutureTask<String> third = new FutureTask<>(queue::take);
    Thread worker = new Thread(third);
    worker.start();
    await().until(() -> worker.getState() == Thread.State.WAITING);

    // when
    queue.done(done);

    // then
    assertThat(third.get()).isEqualTo("bulk 1");
  }

  @Test
  void returnsNothingWhilePaused() {
    // given
    queue.add("urgent", Priority.URGENT);
    queue.addLater("later", Priority.NORMAL, Duration.ofSeconds(1));
    queue.pause(Duration.ofSeconds(2));
    queue.pause(Duration.ofSeconds(1)); // the longer one holds

    // when, then
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(2) - 1);
    assertThat(drained()).isEmpty();
    nanos.incrementAndGet();
    assertThat(drained()).containsExactly("urgent", "later");
  }

  /** With threads: a worker that waits for the end of a pause is woken. */
  @Test
  @Timeout(60)
  void wakesAWaitingWorkerAfterAPause() throws InterruptedException {
    // given
    WorkQueue<String> real = new WorkQueue<>(System::nanoTime, Duration::ofSeconds, key -> "");
    real.pause(Duration.ofMillis(50));
    real.add("key", Priority.BULK);

    // when, then
    assertThat(real.take()).isEqualTo("key");
  }

  @Test
  void raisesButNeverLowersThePriorityOfAWaitingKey() {
    // given
    queue.add("first", Priority.NORMAL);
    queue.add("moved", Priority.BULK);
    queue.add("moved", Priority.URGENT);
    queue.add("moved", Priority.NORMAL);

    // when
    List<String> taken = drained();

    // then
    assertThat(taken).containsExactly("moved", "first");
  }

  @Test
  void returnsAKeyOnceMoreIfAddedWhileInProgress() {
    // given
    queue.add("a", Priority.NORMAL);
    String taken = queue.poll();
    queue.add("a", Priority.BULK);
    queue.add("a", Priority.URGENT);
    queue.add("b", Priority.NORMAL);

    // when / then
    assertThat(queue.poll()).isEqualTo("b");
    assertThat(queue.poll()).as("a is being worked on").isNull();
    queue.done(taken);
    assertThat(queue.poll()).isEqualTo("a");
    queue.done("a");
    assertThat(queue.poll()).isNull();
  }

  @Test
  void retriesAFailedKeyWithGrowingDelayUntilItSucceeds() {
    queue.add("a", Priority.NORMAL);
    for (int seconds = 1; seconds <= 3; seconds++) {
      // given
      assertThat(queue.poll()).isEqualTo("a");

      // when
      assertThat(queue.failed("a", Priority.NORMAL)).isEqualTo(seconds);

      // then
      pass(Duration.ofSeconds(seconds).minusNanos(1));
      assertThat(queue.poll()).isNull();
      pass(Duration.ofNanos(1));
    }
    assertThat(queue.poll()).isEqualTo("a");
    queue.done("a");
    queue.add("a", Priority.NORMAL);
    queue.poll();
    assertThat(queue.failed("a", Priority.NORMAL)).as("a success starts over").isEqualTo(1);
  }

  @Test
  void retriesOnceDespiteEventsDuringAFailure() {
    // given: a key that fails at every try, and is added by ten events meanwhile
    for (int event = 0; event < 10; event++) {
      queue.add("a", Priority.NORMAL);
      queue.poll();
      queue.failed("a", Priority.NORMAL);
    }

    // when
    int tries = 0;
    for (int second = 0; second < 600; second++) {
      pass(Duration.ofSeconds(1));
      while (queue.poll() != null) {
        tries++;
        queue.failed("a", Priority.NORMAL);
      }
    }

    // then: waits of 11, 12, 13 … seconds
    assertThat(tries).isBetween(20, 40);
  }

  @Test
  void dropsTheWaitingRetryAfterASuccess() {
    // given
    queue.add("a", Priority.NORMAL);
    queue.poll();
    queue.failed("a", Priority.NORMAL);
    queue.add("a", Priority.NORMAL);
    queue.poll();

    // when
    queue.done("a");

    // then
    pass(Duration.ofHours(1));
    assertThat(queue.poll()).isNull();
  }

  @Test
  void returnsDelayedKeysInTheOrderOfTheirTimes() {
    // given
    queue.addLater("late", Priority.URGENT, Duration.ofSeconds(2));
    queue.addLater("early", Priority.BULK, Duration.ofSeconds(1));

    // when / then
    assertThat(queue.poll()).isNull();
    pass(Duration.ofSeconds(1));
    assertThat(queue.poll()).isEqualTo("early");
    assertThat(queue.poll()).isNull();
    pass(Duration.ofSeconds(1));
    assertThat(queue.poll()).isEqualTo("late");
  }

  @Test
  void returnsADelayedKeyOnceAtItsEarliestTime() {
    // given a writer that undoes the work a hundred times a second
    for (int i = 0; i < 100; i++) {
      queue.addLater("a", Priority.NORMAL, Duration.ofSeconds(60));
      pass(Duration.ofMillis(10));
    }
    queue.addLater("a", Priority.NORMAL, Duration.ofSeconds(2));

    // when / then
    pass(Duration.ofSeconds(2));
    assertThat(drained()).containsExactly("a");
    pass(Duration.ofHours(1));
    assertThat(drained()).isEmpty();
  }

  @Test
  void returnsNothingOnceClosed() throws InterruptedException {
    // given
    queue.add("a", Priority.NORMAL);

    // when
    queue.close();

    // then
    assertThat(queue.take()).isNull();
  }

  // ---- the same, held against a model

  private enum Kind {
    ADD,
    ADD_LATER,
    POLL,
    DONE,
    FAILED,
    PASS
  }

  private record Step(Kind kind, int key, Priority priority, int seconds) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.of(Kind.class),
            Arbitraries.integers().between(0, 4),
            Arbitraries.of(Priority.class),
            Arbitraries.integers().between(0, 3))
        .as(Step::new)
        .list()
        .ofMaxSize(120);
  }

  /** A model of the queue in simple code. */
  private static final class Model {
    private record Delayed(long at, int key, Priority priority) {}

    final Map<Integer, Priority> waiting = new LinkedHashMap<>();
    final Map<Integer, Priority> running = new HashMap<>();
    final Map<Integer, Priority> from = new HashMap<>();
    final Map<Integer, Integer> failures = new HashMap<>();
    final Map<Integer, Delayed> retries = new HashMap<>();
    final List<Delayed> later = new ArrayList<>();
    long seconds;

    void add(int key, Priority priority) {
      Map<Integer, Priority> where = running.containsKey(key) ? running : waiting;
      where.merge(key, priority, (a, b) -> a.compareTo(b) <= 0 ? a : b);
    }

    void addLater(Delayed delayed) {
      if (later.stream().noneMatch(l -> l.key() == delayed.key() && l.at() <= delayed.at())) {
        later.removeIf(l -> l.key() == delayed.key());
        later.add(delayed);
      }
    }

    void due() {
      Set<Delayed> due = new HashSet<>(later);
      due.addAll(retries.values());
      due.removeIf(l -> l.at() > seconds);
      later.removeAll(due);
      retries.values().removeAll(due);
      due.forEach(l -> add(l.key(), l.priority()));
    }

    void take(int key) {
      running.put(key, null);
      from.put(key, waiting.remove(key));
    }

    boolean holdsBulkBack() {
      return from.containsValue(Priority.URGENT) && from.containsValue(Priority.BULK);
    }

    void finish(int key) {
      from.remove(key);
      Priority again = running.remove(key);
      if (again != null) {
        add(key, again);
      }
    }
  }

  @Property(tries = 2_000)
  void behavesLikeTheModelForAnyOperations(@ForAll("steps") List<Step> steps) {
    WorkQueue<Integer> real = newQueue();
    Model model = new Model();
    for (Step step : steps) {
      switch (step.kind()) {
        case ADD -> {
          real.add(step.key(), step.priority());
          model.add(step.key(), step.priority());
        }
        case ADD_LATER -> {
          real.addLater(step.key(), step.priority(), Duration.ofSeconds(step.seconds()));
          model.addLater(
              new Model.Delayed(model.seconds + step.seconds(), step.key(), step.priority()));
        }
        case POLL -> poll(real, model);
        case DONE -> {
          if (model.running.containsKey(step.key())) {
            real.done(step.key());
            model.failures.remove(step.key());
            model.retries.remove(step.key());
            model.finish(step.key());
          }
        }
        case FAILED -> {
          if (model.running.containsKey(step.key())) {
            int times = model.failures.merge(step.key(), 1, Integer::sum);
            assertThat(real.failed(step.key(), step.priority())).isEqualTo(times);
            model.finish(step.key());
            model.retries.putIfAbsent(
                step.key(), new Model.Delayed(model.seconds + times, step.key(), step.priority()));
          }
        }
        case PASS -> {
          pass(Duration.ofSeconds(step.seconds()));
          model.seconds += step.seconds();
        }
      }
    }
    // in the end no key is lost
    List.copyOf(model.running.keySet())
        .forEach(
            key -> {
              real.done(key);
              model.retries.remove(key);
              model.finish(key);
            });
    pass(Duration.ofHours(1));
    model.seconds += 3_600;
    for (Integer key = poll(real, model); key != null; key = poll(real, model)) {
      // every poll is compared
      real.done(key);
      model.finish(key);
    }
    assertThat(model.waiting).isEmpty();
  }

  private static Integer poll(WorkQueue<Integer> real, Model model) {
    model.due();
    Integer key = real.poll();
    if (key == null) {
      assertThat(model.waiting.values())
          .allMatch(priority -> priority == Priority.BULK && model.holdsBulkBack());
      return null;
    }
    assertThat(model.running).as("one worker a key").doesNotContainKey(key);
    assertThat(model.waiting).containsKey(key);
    Priority priority = model.waiting.get(key);
    assertThat(model.waiting.values()).allMatch(other -> priority.compareTo(other) <= 0);
    assertThat(priority == Priority.BULK && model.holdsBulkBack()).isFalse();
    model.take(key);
    return key;
  }

  // ---- with real threads

  @Test
  @Timeout(180)
  void losesNoKeyAndSharesNoneAmongConcurrentWorkers() throws InterruptedException {
    // given
    int keys = 40;
    WorkQueue<Integer> shared =
        new WorkQueue<>(System::nanoTime, n -> Duration.ofMillis(1), key -> "");
    AtomicIntegerArray added = new AtomicIntegerArray(keys);
    AtomicIntegerArray served = new AtomicIntegerArray(keys);
    AtomicIntegerArray working = new AtomicIntegerArray(keys);
    AtomicBoolean twice = new AtomicBoolean();
    ExecutorService threads = Executors.newCachedThreadPool();

    // when
    range(0, 6).forEach(w -> threads.execute(() -> serve(shared, added, served, working, twice)));
    range(0, 4)
        .forEach(
            p ->
                threads.execute(
                    () -> {
                      Random random = new Random(p);
                      for (int i = 0; i < 20_000; i++) {
                        int key = random.nextInt(keys);
                        added.incrementAndGet(key);
                        shared.add(key, Priority.values()[random.nextInt(3)]);
                      }
                    }));

    // then
    await()
        .atMost(Duration.ofSeconds(120))
        .until(
            () ->
                range(0, keys).map(added::get).sum() == 80_000
                    && range(0, keys).allMatch(k -> served.get(k) == added.get(k)));
    shared.close();
    threads.shutdown();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).as("take ends").isTrue();
    assertThat(twice).isFalse();
  }

  private static void serve(
      WorkQueue<Integer> queue,
      AtomicIntegerArray added,
      AtomicIntegerArray served,
      AtomicIntegerArray working,
      AtomicBoolean twice) {
    Random random = new Random(7);
    try {
      for (Integer key = queue.take(); key != null; key = queue.take()) {
        if (working.incrementAndGet(key) != 1) {
          twice.set(true);
        }
        int addedBefore = added.get(key);
        Thread.yield();
        working.decrementAndGet(key);
        if (random.nextInt(50) == 0) {
          queue.failed(key, Priority.NORMAL);
        } else {
          served.set(key, addedBefore);
          queue.done(key);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private List<String> drained() {
    return WorkQueues.drained(queue);
  }
}
