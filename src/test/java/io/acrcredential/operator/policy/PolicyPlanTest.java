package io.acrcredential.operator.policy;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.wanted;
import static io.acrcredential.operator.testkit.Plans.withProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import java.util.List;
import org.junit.jupiter.api.Test;

class PolicyPlanTest {

  private static final TargetSelector A = TargetSelector.of(List.of("a"), null, null);
  private static final TargetSelector B = TargetSelector.of(List.of("b"), null, null);

  private final PolicyPlan before = plan("p", A, A, Binding.Append, false, wanted("cri-a"));

  @Test
  void whoAFrozenPolicyMeansStaysUntilItThaws() {
    // given
    PolicyPlan suspended = plan("p", B, B, Binding.Replace, true, wanted("cri-b"));
    PolicyPlan wrong =
        withProblem(
            plan("p", ALL, ALL, Binding.Append, false),
            new FieldError("spec.email", "x", "write one"));

    // when / then
    for (PolicyPlan frozen : List.of(suspended, wrong)) {
      PolicyPlan held = frozen.keepTargetsIfFrozen(before);
      assertThat(held.isFrozen()).isTrue();
      assertThat(held.namespaces()).isEqualTo(A);
      assertThat(held.serviceAccounts()).isEqualTo(A);
      assertThat(held.binding()).isEqualTo(Binding.Append);
      assertThat(held.registries()).isEqualTo(frozen.registries());
      assertThat(frozen.keepTargetsIfFrozen(held)).isEqualTo(held);
      assertThat(before.keepTargetsIfFrozen(held)).isEqualTo(before);
    }
    assertThat(suspended.keepTargetsIfFrozen(null)).isEqualTo(suspended);
  }
}
