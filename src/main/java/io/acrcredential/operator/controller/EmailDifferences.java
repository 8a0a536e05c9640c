// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds registries that an older policy uses with another email, in whatever namespaces. They share
 * one token and one email, which is that of the older policy.
 */
final class EmailDifferences {

  private EmailDifferences() {}

  /** One message for each older policy whose email is used instead of that of this policy. */
  static List<String> of(PolicyPlan plan, PolicyIndex policies) {
    Map<PolicyPlan, Set<RegistryRef>> byOldest = new TreeMap<>(PolicyPlan.OLDEST_FIRST);
    for (RegistryRef ref : plan.registryRefs()) {
      policies
          .oldestUsing(ref)
          .filter(oldest -> !oldest.name().equals(plan.name()))
          .ifPresent(oldest -> byOldest.computeIfAbsent(oldest, p -> new HashSet<>()).add(ref));
    }
    return byOldest.entrySet().stream()
        .filter(shared -> !Objects.equals(plan.email(), shared.getKey().email()))
        .map(shared -> message(shared.getKey(), shared.getValue()))
        .toList();
  }

  private static String message(PolicyPlan older, Set<RegistryRef> shared) {
    RegistryRef first =
        older.registryRefs().stream().filter(shared::contains).findFirst().orElseThrow();
    return "The older policy %s sets the email of %s: %s is used. Give both policies the same email."
        .formatted(
            older.name(), first.describe(), older.email() == null ? "no email" : older.email());
  }
}
