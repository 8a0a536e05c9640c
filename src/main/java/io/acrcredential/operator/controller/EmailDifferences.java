// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Finds registries that an older policy uses with another email, in whatever namespaces. They share
 * one token and one email, which is that of the older policy.
 */
final class EmailDifferences {

  private EmailDifferences() {}

  /** One message for each older policy whose email is used instead of that of this policy. */
  static List<String> of(PolicyPlan plan, PolicyIndex policies) {
    List<String> messages = new ArrayList<>();
    Set<RegistryRef> undecided = plan.registryRefs();
    for (PolicyPlan older : policies.plans()) {
      if (older.name().equals(plan.name())) {
        break;
      }
      List<RegistryRef> shared = older.registryRefs().stream().filter(undecided::remove).toList();
      if (!shared.isEmpty() && !Objects.equals(plan.email(), older.email())) {
        messages.add(message(shared.get(0), older));
      }
    }
    return messages;
  }

  private static String message(RegistryRef ref, PolicyPlan older) {
    return "The older policy %s sets the email of %s: %s is used. Give both policies the same email."
        .formatted(
            older.name(), ref.describe(), older.email() == null ? "no email" : older.email());
  }
}
