// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.refused;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.withProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.policy.PolicyPlan;
import java.util.List;
import org.junit.jupiter.api.Test;

class RefreshRequestTest {

  private static final PolicyPlan PLAN = plan("p", resolvedRegistry("cri-a"));
  private static final PolicyPlan FIRST = PLAN.withRefreshRequest("1");
  private static final PolicyPlan SECOND = PLAN.withRefreshRequest("2");
  private static final PolicyPlan INVALID = withProblem(FIRST, refused().problems().get(0));

  @Test
  void isNewWhenTheValueChanges() {
    assertThat(RefreshRequest.isNew(PLAN, FIRST, handled(null))).isTrue();
    assertThat(RefreshRequest.isNew(FIRST, SECOND, handled("1"))).isTrue();
    assertThat(RefreshRequest.isNew(FIRST, SECOND, handled(null))).isTrue();
    assertThat(RefreshRequest.isNew(FIRST, FIRST, handled("1"))).isFalse();
  }

  @Test
  void isNotNewAgainWhileItIsHandled() {
    assertThat(RefreshRequest.isNew(FIRST, FIRST, handled(null))).isFalse();
  }

  @Test
  void isNoneWhenTheAnnotationIsRemoved() {
    assertThat(RefreshRequest.isNew(FIRST, PLAN, handled("1"))).isFalse();
    assertThat(RefreshRequest.isNew(null, PLAN, handled("1"))).isFalse();
  }

  @Test
  void isNewForTheNextProcessUnlessTheStatusHasIt() {
    assertThat(RefreshRequest.isNew(null, FIRST, handled(null))).isTrue();
    assertThat(RefreshRequest.isNew(null, SECOND, handled("1"))).isTrue();
    assertThat(RefreshRequest.isNew(null, FIRST, handled("1"))).isFalse();
  }

  @Test
  void isNotNewForANewPolicy() {
    assertThat(RefreshRequest.isNew(null, FIRST, null)).isFalse();
  }

  @Test
  void waitsWhileThePolicyIsSuspendedOrInvalid() {
    PolicyPlan noRegistry = plan("p", refused()).withRefreshRequest("1");
    for (PolicyPlan frozen : List.of(FIRST.suspend(), INVALID, noRegistry)) {
      assertThat(RefreshRequest.isNew(PLAN, frozen, handled(null))).isFalse();
      assertThat(RefreshRequest.isNew(null, frozen, handled(null))).isFalse();
      assertThat(RefreshRequest.isNew(frozen, FIRST, handled(null))).isTrue();
      assertThat(RefreshRequest.isNew(frozen, FIRST, handled("1"))).isFalse();
    }
  }

  @Test
  void isTheOnlyChangeIfNothingElseDiffers() {
    assertThat(RefreshRequest.isOnlyChange(FIRST, PLAN)).isTrue();
    assertThat(RefreshRequest.isOnlyChange(PLAN, FIRST)).isTrue();
    assertThat(RefreshRequest.isOnlyChange(FIRST, SECOND.suspend())).isFalse();
    assertThat(RefreshRequest.isOnlyChange(null, FIRST)).isFalse();
  }

  /**
   * @param request the last one that was handled; null = none
   */
  private static AcrCredentialPolicyStatus handled(String request) {
    return new AcrCredentialPolicyStatus(
        1L, List.of(), List.of(), "1/1", "0/0", null, 0, 0, request);
  }
}
