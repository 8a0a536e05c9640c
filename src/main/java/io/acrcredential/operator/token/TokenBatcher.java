// SPDX-License-Identifier: Apache-2.0
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
 * Collects responses that are not reported yet, so that registries requested together are reported
 * together. Not thread-safe: guarded by the lock of its owner.
 */
final class TokenBatcher {

  /** The longest time that the first response of a batch waits for the others. */
  static final Duration MAX_WAIT = Duration.ofMillis(200);

  /**
   * The longest time that a refreshed token waits for registries held back by our own rate limit,
   * while the previous token is still valid. Otherwise fifty registries of one region would cause
   * twenty writes in each namespace.
   */
  static final Duration MAX_HOLD = Duration.ofSeconds(10);

  private static final int HOLD_FRACTION = 20;

  /** New tokens and domains, and how long they may wait for the rate limit. */
  private final Map<RegistryRef, Instant> changed = new HashMap<>();

  /** Registries with a response, successful or not. */
  private final Set<RegistryRef> answered = new HashSet<>();

  /** What to report now. */
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

  /** Removes and returns everything that need not wait any longer. */
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
   * Until when a token may wait that replaces an equally good one: {@link #MAX_HOLD}, or a fraction
   * of its lifetime.
   *
   * @return the past if the previous one is not as good: it expires soon, or another key requested
   *     it
   */
  static Instant holdUntil(RegistryToken before, RegistryToken now, Instant at) {
    if (before == null || now == null || !before.keyFingerprint().equals(now.keyFingerprint())) {
      return Instant.MIN;
    }
    Duration part = before.lifetime().dividedBy(HOLD_FRACTION);
    Instant until = at.plus(part.compareTo(MAX_HOLD) < 0 ? part : MAX_HOLD);
    return before.earliestExpiry().isAfter(until) ? until : Instant.MIN;
  }
}
