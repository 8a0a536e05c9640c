// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.token.RegistryState;
import java.time.Clock;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The desired content of pull Secrets. It is computed once for all namespaces that the same
 * policies cover, and again after a policy or a token has changed.
 */
public final class PullSecretContentCache {

  private final Function<RegistryRef, RegistryState> states;
  private final Clock clock;

  /** By the identity of the list that {@link PolicyIndex} shares among namespaces. */
  private final Map<List<PolicyPlan>, PullSecretContent> byPolicies = new IdentityHashMap<>();

  public PullSecretContentCache(Function<RegistryRef, RegistryState> states, Clock clock) {
    this.states = states;
    this.clock = clock;
  }

  public synchronized PullSecretContent get(List<PolicyPlan> policies) {
    return byPolicies.computeIfAbsent(
        policies, list -> PullSecretContent.of(list, states, clock.instant()));
  }

  /** Drops all contents, because a policy or a token has changed. */
  public synchronized void clear() {
    byPolicies.clear();
  }
}
