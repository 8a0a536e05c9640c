// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * Keys that want work, each at most once, each with one worker at a time, urgent ones first; a key
 * that fails comes back later and later. The queue knows nothing of what the work is: who takes a
 * key looks at the world as it is then, so a key added twice is work done once.
 *
 * <p>Must not: hold work itself, drop a key that was added while it was being worked on, or let two
 * workers have the same key.
 */
public final class WorkQueue<K> {

  /** Which keys go first. */
  public enum Priority {
    /** A new ServiceAccount: somebody's pod may start any moment. And what a kill must not lose. */
    URGENT,
    /** A namespace or a drift. */
    NORMAL,
    /**
     * A refreshed token: what it replaces is still valid. While urgent keys are being worked on,
     * one of these at a time is: more would take the API server from those who wait for it.
     */
    BULK
  }

  /**
   * @param lane it was taken from
   * @param again the lane in which it was added meanwhile; null = it was not
   */
  private record Running(Priority lane, Priority again) {
    Running added(Priority to) {
      return new Running(lane, first(again, to));
    }
  }

  private record Delayed<K>(long at, long order, K key, Priority lane) {}

  private final LongSupplier nanoTime;
  private final IntFunction<Duration> backoff;
  private final Map<Priority, Queue<K>> lanes = new EnumMap<>(Priority.class);

  /** The lane in which a key waits; the same key in another lane's queue is a leftover. */
  private final Map<K, Priority> waiting = new HashMap<>();

  /** Keys being worked on. */
  private final Map<K, Running> running = new HashMap<>();

  private final Map<K, Integer> failures = new HashMap<>();

  /** A failed key has one retry, however many events make it fail again before that is due. */
  private final Map<K, Delayed<K>> retries = new HashMap<>();

  /** A key waits for its time once, for the earliest that was asked for. */
  private final Map<K, Delayed<K>> delayed = new HashMap<>();

  private final PriorityQueue<Delayed<K>> later =
      new PriorityQueue<>(
          Comparator.<Delayed<K>>comparingLong(Delayed::at).thenComparingLong(Delayed::order));
  private long order;
  private boolean closed;

  /** Before this time no key is given out; null = it is past. */
  private Long paused;

  /**
   * @param nanoTime a monotonic clock
   * @param backoff the wait after so many failures of a key in a row
   */
  public WorkQueue(LongSupplier nanoTime, IntFunction<Duration> backoff) {
    this.nanoTime = nanoTime;
    this.backoff = backoff;
    for (Priority lane : Priority.values()) {
      lanes.put(lane, new ArrayDeque<>());
    }
  }

  /** The key wants work, now. Moves a waiting key forward, never back. */
  public synchronized void add(K key, Priority lane) {
    if (closed) {
      return;
    }
    if (running.computeIfPresent(key, (same, now) -> now.added(lane)) != null) {
      return;
    }
    Priority before = waiting.get(key);
    if (before == null || lane.compareTo(before) < 0) {
      waiting.put(key, lane);
      lanes.get(lane).add(key);
      notify();
    }
  }

  /** The key wants work after the wait, which may be zero. */
  public void add(K key, Priority lane, Duration wait) {
    if (wait.isZero()) {
      add(key, lane);
    } else {
      addLater(key, lane, wait);
    }
  }

  /** The key wants work in a while; it may well be added before. */
  public synchronized void addLater(K key, Priority lane, Duration wait) {
    Delayed<K> before = delayed.get(key);
    long at = nanoTime.getAsLong() + wait.toNanos();
    if (closed || before != null && before.at() - at <= 0) {
      return;
    }
    if (before != null) {
      later.remove(before);
    }
    delayed.put(key, schedule(key, lane, wait));
  }

  private Delayed<K> schedule(K key, Priority lane, Duration wait) {
    Delayed<K> scheduled = new Delayed<>(nanoTime.getAsLong() + wait.toNanos(), order++, key, lane);
    later.add(scheduled);
    notify();
    return scheduled;
  }

  /** Gives out no key for so long; what is being worked on goes on. */
  public synchronized void pause(Duration time) {
    long until = nanoTime.getAsLong() + time.toNanos();
    if (paused == null || until - paused > 0) {
      paused = until;
    }
  }

  /** The next key, once there is one; null when closed. */
  synchronized K take() throws InterruptedException {
    while (!closed) {
      K key = poll();
      if (key != null) {
        if (!later.isEmpty()) {
          // This worker may be the one that waited for that time, and now another has to.
          notify();
        }
        return key;
      }
      Long next = paused != null ? paused : later.isEmpty() ? null : (Long) later.peek().at();
      long wait = next == null ? 0 : next - nanoTime.getAsLong();
      if (next == null) {
        wait();
      } else if (wait > 0) {
        wait(wait / 1_000_000, (int) (wait % 1_000_000));
      }
    }
    return null;
  }

  /** The next key if there is one now. */
  public synchronized K poll() {
    long now = nanoTime.getAsLong();
    if (paused != null && paused - now > 0) {
      return null;
    }
    paused = null;
    while (!later.isEmpty() && later.peek().at() - now <= 0) {
      Delayed<K> due = later.poll();
      retries.remove(due.key(), due);
      delayed.remove(due.key(), due);
      add(due.key(), due.lane());
    }
    for (Priority lane : Priority.values()) {
      Queue<K> queue = lanes.get(lane);
      while (!queue.isEmpty() && !holdsBack(lane)) {
        K key = queue.poll();
        if (waiting.remove(key, lane)) {
          running.put(key, new Running(lane, null));
          return key;
        }
      }
    }
    return null;
  }

  /** The work on the key went well. */
  public synchronized void done(K key) {
    failures.remove(key);
    Delayed<K> retry = retries.remove(key);
    if (retry != null) {
      later.remove(retry);
    }
    finish(key);
  }

  /** The work on the key failed; answers how often in a row. */
  synchronized int failed(K key, Priority lane) {
    int times = failures.merge(key, 1, Integer::sum);
    finish(key);
    if (!closed && !retries.containsKey(key)) {
      retries.put(key, schedule(key, lane, backoff.apply(times)));
    }
    return times;
  }

  private boolean holdsBack(Priority lane) {
    return lane == Priority.BULK && isWorkedOn(Priority.URGENT) && isWorkedOn(Priority.BULK);
  }

  /** There are no more keys to look through than workers. */
  private boolean isWorkedOn(Priority lane) {
    return running.values().stream().anyMatch(key -> key.lane() == lane);
  }

  private void finish(K key) {
    Running finished = running.remove(key);
    if (finished.lane() != Priority.NORMAL && !isWorkedOn(finished.lane())) {
      // Either was why workers were held back.
      notifyAll();
    }
    if (finished.again() != null) {
      add(key, finished.again());
    }
  }

  /** Gives out nothing more; what is being worked on is finished by its workers. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Waits until no key is being worked on, at most so long. */
  synchronized void awaitIdle(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (!running.isEmpty()) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return;
      }
      wait(Math.min(millis, 20));
    }
  }

  private static Priority first(Priority a, Priority b) {
    return a == null || b != null && b.compareTo(a) < 0 ? b : a;
  }
}
