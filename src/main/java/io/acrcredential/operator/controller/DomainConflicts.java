// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.token.RegistryState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Finds docker config keys that two policies or two items of one policy need in the same namespace.
 * The older policy, or the first item, gets the key. Two items with the same token do not conflict.
 */
final class DomainConflicts {

  private record Claim(PolicyPlan plan, int index, RegistryRef ref) {
    String owner() {
      return "policy %s, spec.registries[%d]".formatted(plan.name(), index);
    }
  }

  private DomainConflicts() {}

  /** One message for each key that this policy does not get. */
  static List<String> of(
      PolicyPlan plan, PolicyIndex policies, Function<RegistryRef, RegistryState> states) {
    Map<String, Claim> claimed = new HashMap<>();
    Set<ResolvedRegistry> items = new HashSet<>();
    for (PolicyPlan older : policies.plans()) {
      if (older.name().equals(plan.name())) {
        break;
      }
      if (policies.overlap(plan.name(), older.name())) {
        // An item like one of a policy that is even older claims nothing more.
        claim(older, items::add, states, claimed);
      }
    }
    return claim(plan, item -> true, states, claimed);
  }

  /**
   * Adds the keys of a policy to those claimed already; returns a message for each it cannot get.
   */
  private static List<String> claim(
      PolicyPlan plan,
      Predicate<ResolvedRegistry> filter,
      Function<RegistryRef, RegistryState> states,
      Map<String, Claim> claimed) {
    List<String> conflicts = new ArrayList<>();
    for (int i = 0; i < plan.registries().size(); i++) {
      ResolvedRegistry registry = plan.registries().get(i);
      if (!registry.isAccepted() || !filter.test(registry)) {
        continue;
      }
      Claim claim = new Claim(plan, i, registry.ref());
      for (String key : PullSecretContent.keys(registry, states.apply(registry.ref()))) {
        Claim winner = claimed.putIfAbsent(key, claim);
        if (winner != null && !winner.ref().equals(claim.ref())) {
          conflicts.add(message(key, winner, claim));
        }
      }
    }
    return conflicts;
  }

  private static String message(String key, Claim winner, Claim loser) {
    return "%s of %s is already served by %s (%s): set repositoryPrefixes to separate them."
        .formatted(key, loser.owner(), winner.owner(), winner.ref().describe());
  }
}
