// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.token.RegistryState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Everything that a policy's status is computed from. */
record StatusInputs(Spec spec, Tokens tokens, Bindings bindings, ConfigMap configMap) {

  /**
   * The policy and its conflicts with others.
   *
   * @param domainConflicts domains that an older policy or an earlier item has already, one message
   *     each
   * @param tooLarge whether its entries were left out of a pull Secret because of its size
   */
  record Spec(PolicyPlan plan, List<String> domainConflicts, boolean tooLarge) {}

  /**
   * The tokens of its registries.
   *
   * @param identities describes which credentials an identity resolves to
   */
  record Tokens(
      Function<RegistryRef, RegistryState> states, Function<Identity, String> identities) {}

  /**
   * The bindings of its ServiceAccounts.
   *
   * @param namespaces how many it covers
   * @param unboundSince since when ServiceAccounts wait for their binding; null = none waits
   * @param failure the worst failure in a namespace that it covers
   * @param missingNamespaces namespaces that the policy names and that do not exist
   */
  record Bindings(
      int namespaces,
      BindingCounts.Count accounts,
      Instant unboundSince,
      Optional<WorkFailure> failure,
      List<String> missingNamespaces) {}

  /**
   * For the policy that is compiled from the ConfigMap acr-configuration.
   *
   * @param leftOut what of the ConfigMap is not in the spec; empty = nothing
   * @param unreadable why the spec is that of an earlier ConfigMap; empty = it is not
   * @param credentialHelper why the policy yields to the ACK credential helper; empty = it does not
   */
  record ConfigMap(String leftOut, String unreadable, Optional<String> credentialHelper) {}

  PolicyPlan plan() {
    return spec.plan();
  }
}
