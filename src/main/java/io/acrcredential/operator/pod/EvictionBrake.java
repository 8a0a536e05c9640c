// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Limits evictions, because the Eviction API does not honor disruption budgets for pending pods. At
 * most 5 evictions of one controller and 10 in one namespace are in progress at a time. If the
 * successors need an eviction too, the controller waits 30 s, then 60 s, and after three rounds its
 * pods are not evicted any more until an hour has passed without an eviction. Thread-safe.
 */
final class EvictionBrake {

  static final int PER_CONTROLLER = 5;
  static final int PER_NAMESPACE = 10;
  static final int MAX_ROUNDS = 3;

  /** An eviction is in progress for this time at least, and until its pod is gone. */
  static final Duration HOLD = Duration.ofSeconds(10);

  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(30);
  private static final long FORGET_NANOS = Duration.ofHours(1).toNanos();

  private record Eviction(String group, long nanos) {}

  /** Evictions of pods that had been seen before the first of them. */
  private record Round(int number, long startNanos, long lastNanos) {}

  private static final class Namespace {
    /** By the UID of the pod. */
    private final Map<String, Eviction> inProgress = new HashMap<>();

    private final Map<String, Round> rounds = new HashMap<>();

    /** When a pod was first seen waiting, by its UID. */
    private final Map<String, Long> firstSeen = new HashMap<>();

    private boolean isStale(long now) {
      return firstSeen.isEmpty()
          && rounds.values().stream().allMatch(round -> now - round.lastNanos() > FORGET_NANOS);
    }
  }

  private final LongSupplier nanoTime;
  private final Map<String, Namespace> namespaces = new HashMap<>();

  /**
   * @param nanoTime a monotonic clock
   */
  EvictionBrake(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Takes what was observed: evictions whose pod is gone are no longer in progress after {@link
   * #HOLD}.
   *
   * @param present the UIDs of the namespace's pending pods
   * @param waiting those of them that wait for an image
   */
  synchronized void observe(String namespace, Set<String> present, Set<String> waiting) {
    long now = nanoTime.getAsLong();
    Namespace state = namespaces.computeIfAbsent(namespace, n -> new Namespace());
    state
        .inProgress
        .entrySet()
        .removeIf(
            each ->
                !present.contains(each.getKey())
                    && now - each.getValue().nanos() >= HOLD.toNanos());
    state.rounds.values().removeIf(round -> now - round.lastNanos() > FORGET_NANOS);
    state.firstSeen.keySet().retainAll(new HashSet<>(waiting));
    waiting.forEach(uid -> state.firstSeen.putIfAbsent(uid, now));
    if (state.inProgress.isEmpty() && state.rounds.isEmpty() && waiting.isEmpty()) {
      namespaces.remove(namespace);
    }
  }

  /**
   * How long to wait before an observed pod may be evicted.
   *
   * @param group see {@link ObservedPod.Controller#group()}
   * @return zero = it may be evicted now; empty = evictions do not help this controller's pods
   */
  synchronized Optional<Duration> waitFor(String namespace, String group, String uid) {
    long now = nanoTime.getAsLong();
    Namespace state = namespaces.get(namespace);
    Round round = state.rounds.get(group);
    if (round != null && isSuccessor(state, uid, round)) {
      if (round.number() >= MAX_ROUNDS) {
        return Optional.empty();
      }
      long due = round.startNanos() + FIRST_BACKOFF.toNanos() * (1L << (round.number() - 1));
      if (due - now > 0) {
        return Optional.of(Duration.ofNanos(due - now));
      }
    }
    long ofController =
        state.inProgress.values().stream().filter(each -> each.group().equals(group)).count();
    boolean full =
        ofController >= PER_CONTROLLER
            || state.inProgress.size() >= PER_NAMESPACE
            || state.inProgress.containsKey(uid);
    return Optional.of(full ? HOLD : Duration.ZERO);
  }

  /** A pod was evicted. */
  synchronized void onEvicted(String namespace, String group, String uid) {
    long now = nanoTime.getAsLong();
    Namespace state = namespaces.get(namespace);
    namespaces.values().removeIf(each -> each != state && each.isStale(now));
    state.inProgress.put(uid, new Eviction(group, now));
    Round round = state.rounds.get(group);
    state.rounds.put(
        group,
        round == null
            ? new Round(1, now, now)
            : isSuccessor(state, uid, round)
                ? new Round(round.number() + 1, now, now)
                : new Round(round.number(), round.startNanos(), now));
  }

  private static boolean isSuccessor(Namespace state, String uid, Round round) {
    Long seen = state.firstSeen.get(uid);
    return seen != null && seen - round.startNanos() > 0;
  }

  /** For how many namespaces something is kept. */
  synchronized int size() {
    return namespaces.size();
  }
}
