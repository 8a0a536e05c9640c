// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.queue.WorkItem;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Computes the wait before drift is corrected, per namespace. The first five corrections do not
 * wait; if another client keeps reverting them, the wait doubles from 1 s to 60 s. It resets after
 * 10 quiet minutes. Many objects that are reverted once each count as one round, because a client
 * that applies its manifests once does that.
 */
public final class DriftBackoff {

  private static final int IMMEDIATE_ROUNDS = 5;
  private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long MAX_NANOS = Duration.ofSeconds(60).toNanos();
  private static final long QUIET_NANOS = Duration.ofMinutes(10).toNanos();
  private static final long PURGE_NANOS = Duration.ofMinutes(1).toNanos();

  private record Drift(int rounds, long lastNanos, Set<WorkItem> reverted) {
    Duration currentWait() {
      return rounds <= IMMEDIATE_ROUNDS
          ? Duration.ZERO
          : Duration.ofNanos(
              Math.min(MAX_NANOS, FIRST_NANOS << Math.min(rounds - IMMEDIATE_ROUNDS - 1, 10)));
    }
  }

  private final LongSupplier nanoTime;
  private final Map<String, Drift> driftByNamespace = new HashMap<>();
  private long purgedNanos;

  public DriftBackoff(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.purgedNanos = nanoTime.getAsLong();
  }

  /** Another client reverted this work. Returns the wait before it is done again. */
  synchronized Duration onReverted(WorkItem reverted) {
    long now = nanoTime.getAsLong();
    purge(now);
    Drift before = driftByNamespace.get(reverted.namespace());
    if (before != null && isOver(before, now)) {
      before = null;
    }
    Drift drift;
    if (before == null || before.reverted().contains(reverted)) {
      drift = new Drift(before == null ? 1 : before.rounds() + 1, now, new HashSet<>());
    } else {
      drift = new Drift(before.rounds(), now, before.reverted());
    }
    drift.reverted().add(reverted);
    driftByNamespace.put(reverted.namespace(), drift);
    return drift.currentWait();
  }

  /** At most once a minute, because another client may revert thousands of namespaces at once. */
  private void purge(long now) {
    if (now - purgedNanos >= PURGE_NANOS) {
      purgedNanos = now;
      driftByNamespace.values().removeIf(drift -> isOver(drift, now));
    }
  }

  private static boolean isOver(Drift drift, long now) {
    return now - drift.lastNanos() > QUIET_NANOS;
  }

  /** The rest of the last wait. Other changes of the object do not shorten it. */
  synchronized Duration remainingWait(String namespace) {
    Drift drift = driftByNamespace.get(namespace);
    if (drift == null) {
      return Duration.ZERO;
    }
    Duration remaining = drift.currentWait().minusNanos(nanoTime.getAsLong() - drift.lastNanos());
    return remaining.isNegative() ? Duration.ZERO : remaining;
  }
}
