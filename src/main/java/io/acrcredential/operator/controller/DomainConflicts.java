package io.acrcredential.operator.controller;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.sync.PolicyIndex;
import io.acrcredential.operator.token.RegistryState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Finds docker config keys that two policies or two items of one policy need in the same namespace.
 * The older policy, or the first item, gets the key. Two items with the same token do not conflict.
 */
final class DomainConflicts {

  private record Claim(String owner, RegistryRef ref) {}

  private DomainConflicts() {}

  /** One message for each key that this policy does not get. */
  static List<String> of(
      PolicyPlan plan, PolicyIndex policies, Function<RegistryRef, RegistryState> states) {
    Map<String, Claim> claimed = new HashMap<>();
    for (PolicyPlan other : policies.plans()) {
      if (other.name().equals(plan.name())) {
        break;
      }
      if (policies.overlap(plan.name(), other.name())) {
        claims(other, states).forEach((key, claim) -> claimed.putIfAbsent(key, claim));
      }
    }
    List<String> conflicts = new ArrayList<>();
    for (int i = 0; i < plan.registries().size(); i++) {
      ResolvedRegistry registry = plan.registries().get(i);
      if (!registry.isAccepted()) {
        continue;
      }
      Claim own = new Claim("policy " + plan.name() + ", item " + i, registry.ref());
      for (String key : PullSecretContent.keys(registry, states.apply(registry.ref()))) {
        Claim winner = claimed.putIfAbsent(key, own);
        if (winner != null && !winner.ref().equals(own.ref())) {
          conflicts.add(message(key, winner, own));
        }
      }
    }
    return conflicts;
  }

  private static Map<String, Claim> claims(
      PolicyPlan plan, Function<RegistryRef, RegistryState> states) {
    Map<String, Claim> claims = new HashMap<>();
    for (int i = 0; i < plan.registries().size(); i++) {
      ResolvedRegistry registry = plan.registries().get(i);
      if (registry.isAccepted()) {
        Claim claim = new Claim("policy " + plan.name() + ", item " + i, registry.ref());
        PullSecretContent.keys(registry, states.apply(registry.ref()))
            .forEach(key -> claims.putIfAbsent(key, claim));
      }
    }
    return claims;
  }

  private static String message(String key, Claim winner, Claim loser) {
    return "%s of %s is already served by %s (%s): set repositoryPrefixes to separate them."
        .formatted(key, loser.owner(), winner.owner(), winner.ref().describe());
  }
}
