// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.withInjectPods;
import static io.acrcredential.operator.testkit.Plans.withProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import java.util.List;
import org.junit.jupiter.api.Test;

class PolicyPlanTest {

  private static final TargetSelector A = TargetSelector.of(List.of("a"), null, null);
  private static final TargetSelector B = TargetSelector.of(List.of("b"), null, null);

  private final PolicyPlan before =
      plan("p", A, A, Binding.Append, false, resolvedRegistry("cri-a"));

  @Test
  void frozenPolicyKeepsItsPreviousTargets() {
    // given
    PolicyPlan suspended = plan("p", B, B, Binding.Replace, true, resolvedRegistry("cri-b"));
    PolicyPlan invalid =
        withProblem(
            plan("p", ALL, ALL, Binding.Append, false),
            new FieldError("spec.email", "x", "write one"));

    // when / then
    for (PolicyPlan frozen : List.of(suspended, invalid)) {
      PolicyPlan kept = frozen.keepTargetsIfFrozen(before);
      assertThat(kept.isFrozen()).isTrue();
      assertThat(kept.namespaces()).isEqualTo(A);
      assertThat(kept.serviceAccounts()).isEqualTo(A);
      assertThat(kept.binding()).isEqualTo(Binding.Append);
      assertThat(kept.registries()).isEqualTo(frozen.registries());
      assertThat(frozen.keepTargetsIfFrozen(kept)).isEqualTo(kept);
      assertThat(before.keepTargetsIfFrozen(kept)).isEqualTo(before);
    }
    assertThat(suspended.keepTargetsIfFrozen(null)).isEqualTo(suspended);
  }

  @Test
  void injectsPodsOfTheServiceAccountsThatItNames() {
    // given
    PolicyPlan asks = withInjectPods(before);

    // then
    assertThat(asks.injectsPodsOf("a")).isTrue();
    assertThat(asks.injectsPodsOf("b")).isFalse();
    assertThat(before.injectsPodsOf("a")).as("not asked").isFalse();
    assertThat(asks.suspend().injectsPodsOf("a")).isFalse();
    assertThat(withProblem(asks, new FieldError("spec.email", "x", "y")).injectsPodsOf("a"))
        .isFalse();
  }
}
