package io.acrcredential.operator.operator;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How long to wait before a drift is healed: not at all the first times, then longer and longer
 * while somebody keeps undoing it, per namespace; a quiet while and all is forgotten.
 */
final class Fights {

  private static final int FREE = 5;
  private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long MAX_NANOS = Duration.ofSeconds(60).toNanos();
  private static final long QUIET_NANOS = Duration.ofMinutes(10).toNanos();

  private record Fight(int rounds, long lastNanos) {}

  private final LongSupplier nanoTime;
  private final Map<String, Fight> fights = new HashMap<>();

  Fights(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Another drift in the namespace: the wait before it is healed. */
  synchronized Duration next(String namespace) {
    long now = nanoTime.getAsLong();
    fights.values().removeIf(fight -> now - fight.lastNanos() > QUIET_NANOS);
    Fight before = fights.get(namespace);
    int rounds = before == null ? 1 : before.rounds() + 1;
    fights.put(namespace, new Fight(rounds, now));
    if (rounds <= FREE) {
      return Duration.ZERO;
    }
    return Duration.ofNanos(Math.min(MAX_NANOS, FIRST_NANOS << Math.min(rounds - FREE - 1, 10)));
  }
}
