package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.policy.RegistryRef;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What has arrived and has not been told yet, so that what was asked for together is told together.
 * Not safe for threads: its owner's lock is.
 */
final class TokenBatcher {

  /** So long at most the first answer of a wave waits for the others: DESIGN section 4. */
  static final Duration MAX_WAIT = Duration.ofMillis(200);

  /**
   * So long at most a refreshed token waits for those that our own limiter holds back, while the
   * one before it lives on; and no longer than this part of its life. Or fifty registries of one
   * region would be twenty writes in each namespace.
   */
  static final Duration MAX_HOLD = Duration.ofSeconds(10);

  private static final int HOLD_FRACTION = 20;

  /** New tokens and domains, and until when they may wait for what is queued. */
  private final Map<RegistryRef, Instant> changed = new HashMap<>();

  /** All that has been answered for, well or not. */
  private final Set<RegistryRef> answered = new HashSet<>();

  /** What is to be told now. */
  record Batch(Set<RegistryRef> changed, Set<RegistryRef> answered) {
    static final Batch NOTHING = new Batch(Set.of(), Set.of());
  }

  boolean isEmpty() {
    return changed.isEmpty() && answered.isEmpty();
  }

  void addAnswer(RegistryRef ref) {
    answered.add(ref);
  }

  /**
   * @param until see {@link #holdUntil}
   */
  void addChange(RegistryRef ref, Instant until) {
    changed.put(ref, until);
  }

  /** Takes out all but what may wait longer than this for others that are queued. */
  Batch take(Instant now, Predicate<RegistryRef> waitsForRateLimit) {
    Set<RegistryRef> due = new HashSet<>();
    changed.forEach(
        (ref, until) -> {
          if (!now.isBefore(until) || !waitsForRateLimit.test(ref)) {
            due.add(ref);
          }
        });
    changed.keySet().removeAll(due);
    Set<RegistryRef> all = Set.copyOf(answered);
    answered.clear();
    return new Batch(due, all);
  }

  /**
   * How long a token may wait that takes the place of one that is as good: {@link #MAX_HOLD}, or a
   * part of its life.
   *
   * @return the past where it is not as good: expired soon, or asked for with another key
   */
  static Instant holdUntil(RegistryToken before, RegistryToken now, Instant at) {
    if (before == null || now == null || !before.keyFingerprint().equals(now.keyFingerprint())) {
      return Instant.MIN;
    }
    Duration part = before.lifetime().dividedBy(HOLD_FRACTION);
    Instant until = at.plus(part.compareTo(MAX_HOLD) < 0 ? part : MAX_HOLD);
    return before.expiresAt().isAfter(until) ? until : Instant.MIN;
  }
}
