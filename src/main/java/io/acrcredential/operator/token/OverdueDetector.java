// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.policy.RegistryRef;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Finds registries that make no progress although nothing holds them back. Measures from one check
 * to another by the monotonic clock, so it works even if the timer stopped or the clock jumped. Not
 * thread-safe: guarded by the lock of its owner.
 */
final class OverdueDetector {

  /**
   * A due registry is requested within a second. If it takes longer than this, the request will
   * never be sent.
   */
  private static final Duration OVERDUE = Duration.ofMinutes(5);

  private final Map<RegistryRef, Long> waitingSince = new HashMap<>();

  /** The registry was requested, or its response arrived. */
  void onProgress(RegistryRef ref) {
    waitingSince.remove(ref);
  }

  /**
   * How many of these have been waiting for 5 minutes.
   *
   * @param waiting the registries that wait for their call or its response now
   * @param nanos of the monotonic clock
   */
  int count(Set<RegistryRef> waiting, long nanos) {
    waitingSince.keySet().retainAll(waiting);
    waiting.forEach(ref -> waitingSince.putIfAbsent(ref, nanos));
    return (int)
        waitingSince.values().stream().filter(since -> nanos - since >= OVERDUE.toNanos()).count();
  }
}
