// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static io.acrcredential.operator.testkit.PolicyAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PolicyAssertTest {

  private final AcrCredentialPolicy policy = new AcrCredentialPolicy();

  PolicyAssertTest() {
    policy.setStatus(
        new AcrCredentialPolicyStatus(
            1L,
            List.of(
                new ConditionBuilder()
                    .withType("Ready")
                    .withStatus("False")
                    .withReason("DomainConflict")
                    .withMessage("a.cn is taken")
                    .build()),
            List.of(),
            "0/1",
            "0/0",
            null,
            0,
            0,
            null));
  }

  @Test
  void acceptsWhatTheConditionSays() {
    assertThat(policy)
        .hasCondition("Ready", "False", "DomainConflict")
        .hasCondition("Ready", "False", "DomainConflict", "a.cn", "taken")
        .hasConditionStatus("Ready", "False");
  }

  @Test
  void rejectsEveryDifferenceAndShowsTheConditions() {
    rejects(() -> assertThat(policy).hasCondition("Ready", "True", "DomainConflict"));
    rejects(() -> assertThat(policy).hasCondition("Ready", "False", "Ready"));
    rejects(() -> assertThat(policy).hasCondition("Ready", "False", "DomainConflict", "b.cn"));
    rejects(() -> assertThat(policy).hasConditionStatus("Ready", "Unknown"));
    rejects(() -> assertThat(policy).hasConditionStatus("Bound", "False"));
  }

  @Test
  void rejectsAPolicyWithoutStatus() {
    assertThatThrownBy(
            () -> assertThat(new AcrCredentialPolicy()).hasCondition("Ready", "True", "Ready"))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(
            () -> assertThat((AcrCredentialPolicy) null).hasConditionStatus("Ready", "True"))
        .isInstanceOf(AssertionError.class);
  }

  private static void rejects(ThrowingCallable assertion) {
    assertThatThrownBy(assertion)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Ready=False DomainConflict: a.cn is taken");
  }
}
