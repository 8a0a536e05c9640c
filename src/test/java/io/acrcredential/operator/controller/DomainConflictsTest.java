// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.token.RegistryState;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DomainConflictsTest {

  private static final ResolvedRegistry ONE = resolvedRegistry("cri-1", "x.cn");
  private static final ResolvedRegistry TWO = resolvedRegistry("cri-2", "x.cn");

  private final PolicyIndex policies = new PolicyIndex();

  DomainConflictsTest() {
    policies.putNamespace("team-a", Map.of());
  }

  @Test
  void namesTheOldestPolicyWithTheKey() {
    // given
    policies.put(plan("a", resolvedRegistry("cri-0", "y.cn"), ONE));
    policies.put(plan("b", ONE));

    // then
    assertThat(conflicts("c", TWO)).containsExactly(message("c", "a, spec.registries[1]"));
  }

  @Test
  void reportsEachPolicyThatLosesTheSameKey() {
    // given
    policies.put(plan("a", ONE));

    // then
    assertThat(conflicts("b", TWO)).containsExactly(message("b", "a, spec.registries[0]"));
    assertThat(conflicts("c", TWO)).containsExactly(message("c", "a, spec.registries[0]"));
  }

  @Test
  void oneTokenCanServeAKeyForSeveralPolicies() {
    // given
    policies.put(plan("a", ONE));

    // then
    assertThat(conflicts("b", ONE)).isEmpty();
  }

  private List<String> conflicts(String policy, ResolvedRegistry registry) {
    PolicyPlan plan = plan(policy, registry);
    policies.put(plan);
    return DomainConflicts.of(plan, policies, ref -> RegistryState.NONE);
  }

  private static String message(String loser, String winner) {
    return "x.cn of policy "
        + loser
        + ", spec.registries[0] is already served by policy "
        + winner
        + " (instance cri-1 in cn-hangzhou): set repositoryPrefixes to separate them.";
  }
}
