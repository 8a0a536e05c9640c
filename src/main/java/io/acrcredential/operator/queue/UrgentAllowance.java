// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How many keys of a namespace may be urgent. Urgent work delays that of all other namespaces, and
 * whoever may create ServiceAccounts in one namespace can make any number of it. Not thread-safe.
 */
final class UrgentAllowance {

  /** A Helm chart with many ServiceAccounts stays below it. */
  static final int KEYS = 50;

  static final Duration PERIOD = Duration.ofSeconds(10);

  private final Map<String, Integer> taken = new HashMap<>();
  private long periodStart;

  /** Whether one more key of the namespace is urgent. */
  boolean take(String namespace, long nanoTime) {
    if (taken.isEmpty() || nanoTime - periodStart >= PERIOD.toNanos()) {
      taken.clear();
      periodStart = nanoTime;
    }
    return taken.merge(namespace, 1, Integer::sum) <= KEYS;
  }
}
