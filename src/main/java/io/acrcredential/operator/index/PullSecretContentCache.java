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
 * policies cover, and again after a policy or a token has changed, or if the contents of more than
 * {@link #MAX_LENGTH} have been needed meanwhile.
 */
public final class PullSecretContentCache {

  /**
   * The most characters of encoded docker configs to keep; with the entries they consist of, a
   * content takes some two bytes for each. Where each namespace has policies of its own, there are
   * as many contents as namespaces.
   */
  static final int MAX_LENGTH = 12 * 1024 * 1024;

  private final Function<RegistryRef, RegistryState> states;
  private final Clock clock;

  /** By the identity of the list that {@link PolicyIndex} shares among namespaces. */
  private final Map<List<PolicyPlan>, PullSecretContent> byPolicies = new IdentityHashMap<>();

  private int length;

  public PullSecretContentCache(Function<RegistryRef, RegistryState> states, Clock clock) {
    this.states = states;
    this.clock = clock;
  }

  public synchronized PullSecretContent get(List<PolicyPlan> policies) {
    PullSecretContent known = byPolicies.get(policies);
    if (known != null) {
      return known;
    }
    PullSecretContent content = PullSecretContent.of(policies, states, clock.instant());
    if (length + content.encoded().length() > MAX_LENGTH) {
      clear();
    }
    byPolicies.put(policies, content);
    length += content.encoded().length();
    return content;
  }

  /** Drops all contents, because a policy or a token has changed. */
  public synchronized void clear() {
    byPolicies.clear();
    length = 0;
  }
}
