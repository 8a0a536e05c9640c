// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.policy.PolicyPlan;

/**
 * A request for new tokens: a value of the annotation {@value
 * AcrCredentialPolicy#REFRESH_REQUESTED_AT}. The status has the last one that was handled, and gets
 * it only when a later process can restore the new tokens. So a process that is killed before
 * leaves the request to the next one. A policy that is suspended or invalid, as a whole or in every
 * registry, has its request handled when that ends.
 */
final class RefreshRequest {

  private RefreshRequest() {}

  /**
   * Whether the tokens of the plan are to be fetched again.
   *
   * @param before the plan that this process applied last; null = none, or another process led
   *     since
   * @param status the current one; null = none
   */
  static boolean isNew(PolicyPlan before, PolicyPlan plan, AcrCredentialPolicyStatus status) {
    String request = plan.refreshRequest();
    if (request.isEmpty() || waits(plan)) {
      return false;
    }
    if (before != null && !waits(before)) {
      return !request.equals(before.refreshRequest());
    }
    // A policy without a status is new: its tokens are fetched, or another policy has them.
    boolean isKnown = status != null && status.registries() != null;
    return isKnown && !request.equals(status.refreshRequestedAt());
  }

  /**
   * The last request that was handled; null = none.
   *
   * @param before the current status; null = none
   */
  static String handled(AcrCredentialPolicyStatus before, StatusInputs inputs) {
    PolicyPlan plan = inputs.plan();
    if (plan.refreshRequest().isEmpty()) {
      return null;
    }
    boolean isHandled =
        !waits(plan) && plan.registryRefs().stream().allMatch(inputs.tokens().settled());
    return isHandled ? plan.refreshRequest() : before == null ? null : before.refreshRequestedAt();
  }

  /**
   * Whether nothing but the request has changed.
   *
   * @param before the plan that this process applied last; null = none
   */
  static boolean isOnlyChange(PolicyPlan before, PolicyPlan plan) {
    return before != null && plan.equals(before.withRefreshRequest(plan.refreshRequest()));
  }

  private static boolean waits(PolicyPlan plan) {
    return plan.isFrozen() || plan.registryRefs().isEmpty();
  }
}
