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
 * Two claims to one docker config key in one namespace: the older policy, or the first item, has
 * it; the other is told. The same token is no conflict.
 */
final class DomainConflicts {

  private record Claim(String where, RegistryRef ref) {}

  private DomainConflicts() {}

  /** What this policy claims in vain, told for people. */
  static List<String> of(
      PolicyPlan plan, PolicyIndex coverage, Function<RegistryRef, RegistryState> states) {
    Map<String, Claim> taken = new HashMap<>();
    for (PolicyPlan other : coverage.plans()) {
      if (other.name().equals(plan.name())) {
        break;
      }
      if (coverage.overlap(plan.name(), other.name())) {
        claims(other, states).forEach((key, claim) -> taken.putIfAbsent(key, claim));
      }
    }
    List<String> lost = new ArrayList<>();
    for (int i = 0; i < plan.registries().size(); i++) {
      ResolvedRegistry wanted = plan.registries().get(i);
      if (!wanted.isAccepted()) {
        continue;
      }
      Claim ours = new Claim("policy " + plan.name() + ", item " + i, wanted.ref());
      for (String key : PullSecretContent.keys(wanted, states.apply(wanted.ref()))) {
        Claim winner = taken.putIfAbsent(key, ours);
        if (winner != null && !winner.ref().equals(ours.ref())) {
          lost.add(message(key, winner, ours));
        }
      }
    }
    return lost;
  }

  private static Map<String, Claim> claims(
      PolicyPlan plan, Function<RegistryRef, RegistryState> states) {
    Map<String, Claim> claims = new HashMap<>();
    for (int i = 0; i < plan.registries().size(); i++) {
      ResolvedRegistry wanted = plan.registries().get(i);
      if (wanted.isAccepted()) {
        Claim claim = new Claim("policy " + plan.name() + ", item " + i, wanted.ref());
        PullSecretContent.keys(wanted, states.apply(wanted.ref()))
            .forEach(key -> claims.putIfAbsent(key, claim));
      }
    }
    return claims;
  }

  private static String message(String key, Claim winner, Claim loser) {
    return "%s of %s is served by %s (%s) already: set repositoryPrefixes to tell them apart."
        .formatted(key, loser.where(), winner.where(), winner.ref().describe());
  }
}
