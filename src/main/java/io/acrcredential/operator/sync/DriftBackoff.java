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
 * How long to wait before a drift is healed: not at all the first times, then longer and longer
 * while somebody keeps undoing it, per namespace; a quiet while and all is forgotten. Many objects
 * undone once each are one round: somebody has applied his manifests, no more.
 */
public final class DriftBackoff {

  private static final int FREE = 5;
  private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long MAX_NANOS = Duration.ofSeconds(60).toNanos();
  private static final long QUIET_NANOS = Duration.ofMinutes(10).toNanos();
  private static final long PURGE_NANOS = Duration.ofMinutes(1).toNanos();

  private record Drift(int rounds, long lastNanos, Set<WorkItem> undone) {
    Duration waitNow() {
      return rounds <= FREE
          ? Duration.ZERO
          : Duration.ofNanos(Math.min(MAX_NANOS, FIRST_NANOS << Math.min(rounds - FREE - 1, 10)));
    }
  }

  private final LongSupplier nanoTime;
  private final Map<String, Drift> fights = new HashMap<>();
  private long purgedNanos;

  public DriftBackoff(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.purgedNanos = nanoTime.getAsLong();
  }

  /** Somebody undid this work: the wait before it is done again. */
  synchronized Duration next(WorkItem undone) {
    long now = nanoTime.getAsLong();
    purge(now);
    Drift before = fights.get(undone.namespace());
    if (before != null && isOver(before, now)) {
      before = null;
    }
    Drift fight;
    if (before == null || before.undone().contains(undone)) {
      fight = new Drift(before == null ? 1 : before.rounds() + 1, now, new HashSet<>());
    } else {
      fight = new Drift(before.rounds(), now, before.undone());
    }
    fight.undone().add(undone);
    fights.put(undone.namespace(), fight);
    return fight.waitNow();
  }

  /** Not each time: somebody may undo the work of thousands of namespaces at once. */
  private void purge(long now) {
    if (now - purgedNanos >= PURGE_NANOS) {
      purgedNanos = now;
      fights.values().removeIf(fight -> isOver(fight, now));
    }
  }

  private static boolean isOver(Drift fight, long now) {
    return now - fight.lastNanos() > QUIET_NANOS;
  }

  /** What is left of the wait that was told last: another change of the object ends none. */
  synchronized Duration left(String namespace) {
    Drift fight = fights.get(namespace);
    if (fight == null) {
      return Duration.ZERO;
    }
    Duration left = fight.waitNow().minusNanos(nanoTime.getAsLong() - fight.lastNanos());
    return left.isNegative() ? Duration.ZERO : left;
  }
}
