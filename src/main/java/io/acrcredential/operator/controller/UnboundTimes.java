// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.sync.PolicyStatusEventSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Since when a policy has ServiceAccounts that wait for their binding. */
final class UnboundTimes {

  private static final Duration MARGIN = Duration.ofMillis(100);

  private final PolicyStatusEventSource statusEvents;
  private final Clock clock;
  private final Map<String, Instant> unboundSince = new ConcurrentHashMap<>();

  UnboundTimes(PolicyStatusEventSource statusEvents, Clock clock) {
    this.statusEvents = statusEvents;
    this.clock = clock;
  }

  /** Records whether the policy has unbound ServiceAccounts now; returns since when, or null. */
  Instant update(String policy, boolean unbound) {
    if (!unbound) {
      unboundSince.remove(policy);
      return null;
    }
    return unboundSince.computeIfAbsent(
        policy,
        p -> {
          // Nothing else happens when the grace period ends, so the status is reconciled then.
          statusEvents.reconcileAfter(p, BoundCondition.GRACE_PERIOD.plus(MARGIN).toMillis());
          return clock.instant();
        });
  }

  void remove(String policy) {
    unboundSince.remove(policy);
  }
}
