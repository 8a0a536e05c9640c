// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.assertj.core.api.AbstractAssert;

/** Assertions on the conditions of a policy; a failure shows all its conditions. */
public final class PolicyAssert extends AbstractAssert<PolicyAssert, AcrCredentialPolicyStatus> {

  private PolicyAssert(AcrCredentialPolicyStatus status) {
    super(status, PolicyAssert.class);
  }

  public static PolicyAssert assertThat(AcrCredentialPolicyStatus status) {
    return new PolicyAssert(status);
  }

  public static PolicyAssert assertThat(AcrCredentialPolicy policy) {
    return new PolicyAssert(policy == null ? null : policy.getStatus());
  }

  /**
   * Checks status and reason of a condition.
   *
   * @param messageParts what its message contains
   */
  public PolicyAssert hasCondition(
      String type, String status, String reason, String... messageParts) {
    hasConditionStatus(type, status);
    Condition condition = condition(type);
    if (!condition.getReason().equals(reason)) {
      failWithMessage("Expected reason %s of condition %s in:%n%s", reason, type, conditions());
    }
    for (String part : messageParts) {
      if (!condition.getMessage().contains(part)) {
        failWithMessage(
            "Expected \"%s\" in the message of condition %s in:%n%s", part, type, conditions());
      }
    }
    return this;
  }

  /** Checks a condition, whatever its reason is. */
  public PolicyAssert hasConditionStatus(String type, String status) {
    if (!condition(type).getStatus().equals(status)) {
      failWithMessage("Expected condition %s to be %s in:%n%s", type, status, conditions());
    }
    return this;
  }

  private Condition condition(String type) {
    isNotNull();
    return conditionList().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow(() -> failure("Expected a condition of type %s in:%n%s", type, conditions()));
  }

  private List<Condition> conditionList() {
    return actual.conditions() == null ? List.of() : actual.conditions();
  }

  private String conditions() {
    StringBuilder text = new StringBuilder();
    for (Condition c : conditionList()) {
      text.append(
          "%s=%s %s: %s%n".formatted(c.getType(), c.getStatus(), c.getReason(), c.getMessage()));
    }
    return text.toString();
  }
}
