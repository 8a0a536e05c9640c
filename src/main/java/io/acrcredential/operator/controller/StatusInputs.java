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
import java.util.function.Predicate;

/**
 * Everything that a policy's status is computed from.
 *
 * @param admissionNote what is known about binding at admission, as a clause; may be empty
 * @param healingObstacle why pods are not healed although the policy asks for it
 * @param injectionObstacle why new pods do not get the pull Secret although the policy asks for it
 */
record StatusInputs(
    Spec spec,
    Tokens tokens,
    Bindings bindings,
    ConfigMap configMap,
    String admissionNote,
    Optional<String> healingObstacle,
    Optional<String> injectionObstacle) {

  /**
   * The policy and its conflicts with others.
   *
   * @param domainConflicts domains that an older policy or an earlier item has already, one message
   *     each
   * @param emailDifferences registries for which an older policy sets another email, one message
   *     each
   * @param tooLarge whether its entries were left out of a pull Secret because of its size
   */
  record Spec(
      PolicyPlan plan,
      List<String> domainConflicts,
      List<String> emailDifferences,
      boolean tooLarge) {}

  /**
   * The tokens of its registries.
   *
   * @param identities describes which credentials an identity resolves to
   * @param firstToRefresh the policy whose {@code refreshBefore} decides when a token is due
   * @param settled whether everything that was asked for of a registry is there, or failed in a way
   *     that only a user can mend
   */
  record Tokens(
      Function<RegistryRef, RegistryState> states,
      Function<Identity, String> identities,
      Function<RegistryRef, Optional<PolicyPlan>> firstToRefresh,
      Predicate<RegistryRef> settled) {}

  /**
   * The namespaces that it covers or names.
   *
   * @param covered how many it covers
   * @param missing those that it names and that do not exist or are terminating
   * @param excluded those that it names and that the operator must not touch
   * @param outdatedSecrets how many of the covered ones have no pull Secret, or one that must be
   *     written before the policy is ready
   */
  record Coverage(int covered, List<String> missing, List<String> excluded, int outdatedSecrets) {}

  /**
   * The bindings of its ServiceAccounts.
   *
   * @param unboundSince since when pull Secrets or ServiceAccounts wait for a write; null = none
   *     waits
   * @param failure the worst failure in a namespace that it covers
   */
  record Bindings(
      Coverage coverage,
      BindingCounts.Count accounts,
      Instant unboundSince,
      Optional<WorkFailure> failure) {

    Bindings since(Instant time) {
      return new Bindings(coverage, accounts, time, failure);
    }

    /** Whether a pull Secret or a ServiceAccount waits for a write. */
    boolean isWaiting() {
      return accounts.missing() > 0 || coverage.outdatedSecrets() > 0;
    }
  }

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
