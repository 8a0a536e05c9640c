// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import java.util.Optional;

/**
 * Whether only an edit of the policy can help, because no registry is accepted. Tools that wait for
 * resources (kstatus: Helm 4, Flux, Argo CD) fail on it at once instead of waiting. As kstatus
 * expects of such a condition, it exists only while it is True.
 */
final class StalledCondition {

  private StalledCondition() {}

  /**
   * @param accepted says what is wrong with the spec
   */
  static Optional<ConditionResult> of(PolicyPlan plan, ConditionResult accepted) {
    boolean stalled =
        !plan.problems().isEmpty()
            || plan.registries().stream().allMatch(StalledCondition::isBeyondRepair);
    return stalled
        ? Optional.of(new ConditionResult("True", Reason.Invalid, accepted.message()))
        : Optional.empty();
  }

  /** A region that is unknown may still be detected, or set in the operator's environment. */
  private static boolean isBeyondRepair(ResolvedRegistry registry) {
    return registry.problems().stream()
        .anyMatch(problem -> problem.reason() != Reason.RegionUnknown);
  }
}
