// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * A deduplicating priority queue of keys. Each key is queued at most once and has one worker at a
 * time; a failed key is retried with back-off. The queue does not know the work: a worker acts on
 * the state that it finds when it takes a key, so a key that is added twice is processed once.
 *
 * <p>Whoever may write in one namespace cannot delay the work of others by much: within a priority
 * namespaces take turns, one namespace has {@link #NAMESPACE_SHARE} workers at most while others
 * wait, and only a number of its keys are urgent.
 *
 * <p>Invariants: the queue holds keys, never the work itself; it does not drop a key that is added
 * while it is in progress; no two workers have the same key.
 */
public final class WorkQueue<K> {

  /** Which keys go first. */
  public enum Priority {
    /**
     * A new ServiceAccount, because its pods may start at once, and state that must survive a
     * crash.
     */
    URGENT,
    /**
     * The ServiceAccounts of a namespace whose pull Secret has been written, so that a namespace is
     * finished before the next one begins.
     */
    FOLLOW_UP,
    /** A namespace, or drift. */
    NORMAL,
    /**
     * A refreshed token, because the token that it replaces is still valid. While urgent keys are
     * in progress, only one of these is, so that urgent keys do not wait for the API server.
     */
    BULK
  }

  /**
   * @param priority with which it was taken
   * @param again the priority with which it was added meanwhile; null = it was not added
   */
  private record Running(Priority priority, Priority again) {
    Running addedAgain(Priority newPriority) {
      return new Running(priority, higher(again, newPriority));
    }
  }

  private record Delayed<K>(long dueNanos, long order, K key, Priority priority) {}

  /** The number of keys of one namespace in progress while keys of others wait. */
  static final int NAMESPACE_SHARE = WorkerPool.THREADS / 4;

  private final LongSupplier nanoTime;
  private final IntFunction<Duration> backoff;
  private final Function<K, String> namespaceOf;
  private final UrgentAllowance urgentAllowance = new UrgentAllowance();
  private final Map<Priority, NamespaceTurns<K>> queues = new EnumMap<>(Priority.class);

  /** The priority of a queued key. The same key in the queue of another priority is obsolete. */
  private final Map<K, Priority> waiting = new HashMap<>();

  /** Keys in progress. */
  private final Map<K, Running> running = new HashMap<>();

  private final Map<K, Integer> failures = new HashMap<>();

  /** A failed key has one retry, however often it fails again before the retry is due. */
  private final Map<K, Delayed<K>> retries = new HashMap<>();

  /** A key is delayed once, until the earliest time that was requested. */
  private final Map<K, Delayed<K>> delayed = new HashMap<>();

  private final PriorityQueue<Delayed<K>> delayedQueue =
      new PriorityQueue<>(
          Comparator.<Delayed<K>>comparingLong(Delayed::dueNanos)
              .thenComparingLong(Delayed::order));
  private long order;
  private boolean closed;

  /** While suspended, no key is taken. */
  private boolean suspended;

  /** No key is taken before this time; null = no pause. */
  private Long pausedUntil;

  /**
   * @param nanoTime a monotonic clock
   * @param backoff the wait after the given number of consecutive failures
   * @param namespaceOf the namespace that a key is for; empty = none, and no share limits it
   */
  public WorkQueue(
      LongSupplier nanoTime, IntFunction<Duration> backoff, Function<K, String> namespaceOf) {
    this.nanoTime = nanoTime;
    this.backoff = backoff;
    this.namespaceOf = namespaceOf;
    for (Priority priority : Priority.values()) {
      queues.put(priority, new NamespaceTurns<>());
    }
  }

  /**
   * Adds the key. Raises the priority of a queued key, never lowers it. Urgent keys of a namespace
   * that has had many of them lately are normal.
   */
  public synchronized void add(K key, Priority priority) {
    if (closed) {
      return;
    }
    if (running.computeIfPresent(key, (same, now) -> now.addedAgain(priority)) != null) {
      return;
    }
    String namespace = namespaceOf.apply(key);
    Priority admitted =
        priority == Priority.URGENT && !isUrgentAllowed(namespace) ? Priority.NORMAL : priority;
    Priority before = waiting.get(key);
    if (before == null || admitted.compareTo(before) < 0) {
      waiting.put(key, admitted);
      queues.get(admitted).add(namespace, key);
      notify();
    }
  }

  private boolean isUrgentAllowed(String namespace) {
    return namespace.isEmpty() || urgentAllowance.take(namespace, nanoTime.getAsLong());
  }

  /** Adds the key after the wait, which may be zero. */
  public void add(K key, Priority priority, Duration wait) {
    if (wait.isZero()) {
      add(key, priority);
    } else {
      addLater(key, priority, wait);
    }
  }

  /** Adds the key after the wait. It may be added earlier by another call. */
  public synchronized void addLater(K key, Priority priority, Duration wait) {
    Delayed<K> before = delayed.get(key);
    long dueNanos = nanoTime.getAsLong() + wait.toNanos();
    if (closed || before != null && before.dueNanos() - dueNanos <= 0) {
      return;
    }
    if (before != null) {
      delayedQueue.remove(before);
    }
    delayed.put(key, schedule(key, priority, wait));
  }

  private Delayed<K> schedule(K key, Priority priority, Duration wait) {
    Delayed<K> scheduled =
        new Delayed<>(nanoTime.getAsLong() + wait.toNanos(), order++, key, priority);
    delayedQueue.add(scheduled);
    notify();
    return scheduled;
  }

  /** Pauses the queue. Work in progress continues. */
  public synchronized void pause(Duration time) {
    long until = nanoTime.getAsLong() + time.toNanos();
    if (pausedUntil == null || until - pausedUntil > 0) {
      pausedUntil = until;
    }
  }

  /**
   * Gives out no key until {@link #resume}. Keys are still added, and work in progress continues.
   */
  public synchronized void suspend() {
    suspended = true;
  }

  /** Ends {@link #suspend}. */
  public synchronized void resume() {
    suspended = false;
    notifyAll();
  }

  /** Waits for the next key; null = the queue is closed. */
  synchronized K take() throws InterruptedException {
    while (!closed) {
      if (suspended) {
        wait();
        continue;
      }
      K key = poll();
      if (key != null) {
        if (!delayedQueue.isEmpty()) {
          // This worker may have waited for the next delayed key; another one has to do that now.
          notify();
        }
        return key;
      }
      Long next =
          pausedUntil != null
              ? pausedUntil
              : delayedQueue.isEmpty() ? null : (Long) delayedQueue.peek().dueNanos();
      long wait = next == null ? 0 : next - nanoTime.getAsLong();
      if (next == null) {
        wait();
      } else if (wait > 0) {
        wait(wait / 1_000_000, (int) (wait % 1_000_000));
      }
    }
    return null;
  }

  /** The next key; null = there is none now. */
  public synchronized K poll() {
    long now = nanoTime.getAsLong();
    if (suspended || pausedUntil != null && pausedUntil - now > 0) {
      return null;
    }
    pausedUntil = null;
    while (!delayedQueue.isEmpty() && delayedQueue.peek().dueNanos() - now <= 0) {
      Delayed<K> due = delayedQueue.poll();
      retries.remove(due.key(), due);
      delayed.remove(due.key(), due);
      add(due.key(), due.priority());
    }
    K key = next(this::isBelowShare);
    // No worker is idle while anything waits.
    return key == null ? next(namespace -> true) : key;
  }

  private K next(Predicate<String> namespaces) {
    for (Priority priority : Priority.values()) {
      K key =
          isHeldBack(priority)
              ? null
              : queues.get(priority).poll(namespaces, queued -> waiting.get(queued) == priority);
      if (key != null) {
        waiting.remove(key);
        running.put(key, new Running(priority, null));
        return key;
      }
    }
    return null;
  }

  /** A scan is cheap, because there are at most as many keys in progress as workers. */
  private boolean isBelowShare(String namespace) {
    return namespace.isEmpty()
        || running.keySet().stream().filter(key -> namespaceOf.apply(key).equals(namespace)).count()
            < NAMESPACE_SHARE;
  }

  /** The work succeeded. */
  public synchronized void done(K key) {
    failures.remove(key);
    Delayed<K> retry = retries.remove(key);
    if (retry != null) {
      delayedQueue.remove(retry);
    }
    finish(key);
  }

  /** The work failed. Returns the number of consecutive failures. */
  synchronized int failed(K key, Priority priority) {
    int count = failures.merge(key, 1, Integer::sum);
    finish(key);
    if (!closed && !retries.containsKey(key)) {
      retries.put(key, schedule(key, priority, backoff.apply(count)));
    }
    return count;
  }

  private boolean isHeldBack(Priority priority) {
    return priority == Priority.BULK
        && isInProgress(Priority.URGENT)
        && isInProgress(Priority.BULK);
  }

  private boolean isInProgress(Priority priority) {
    return running.values().stream().anyMatch(key -> key.priority() == priority);
  }

  private void finish(K key) {
    Running finished = running.remove(key);
    if (finished.priority() != Priority.NORMAL && !isInProgress(finished.priority())) {
      // Workers may have been held back because of it.
      notifyAll();
    }
    if (finished.again() != null) {
      add(key, finished.again());
    }
  }

  /** Closes the queue. Work in progress continues. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Waits until no key is in progress, at most the given time. */
  synchronized void awaitIdle(Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    while (!running.isEmpty()) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return;
      }
      wait(Math.min(millis, 20));
    }
  }

  private static Priority higher(Priority a, Priority b) {
    return a == null || b != null && b.compareTo(a) < 0 ? b : a;
  }
}
