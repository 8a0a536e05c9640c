// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.ref;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.index.PullSecretContentCache;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.policy.TargetSelector;
import io.acrcredential.operator.sync.PullSecretPlanner;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.testkit.PullSecrets;
import io.acrcredential.operator.token.RegistryState;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NamespaceCoverageTest {

  private final ManualTime time = new ManualTime(NOW);
  private final Map<RegistryRef, RegistryState> states = new HashMap<>();
  private final ClusterCache cache = new ClusterCache("pull");
  private final PolicyIndex policies = new PolicyIndex();
  private final PullSecretContentCache contents =
      new PullSecretContentCache(ref -> states.getOrDefault(ref, RegistryState.NONE), time.clock());
  private final NamespaceCoverage coverage =
      new NamespaceCoverage(
          cache, policies, contents, new PullSecretPlanner(contents, time.clock()));
  private PolicyPlan plan =
      naming(List.of("team-a", "typo", "leaving", "kube-system", "left-out"), "left-out");

  NamespaceCoverageTest() {
    states.put(ref("cri-a"), state(token("secret"), "a.cn"));
    observed("team-a", false);
    observed("leaving", true);
    observed("kube-system", false);
    policies.put(plan);
    policies.putNamespace("team-a", Map.of());
  }

  @Test
  void distinguishesMissingTerminatingAndExcludedNamespaces() {
    // when
    StatusInputs.Coverage covered = coverage.of(plan, false);

    // then
    assertThat(covered.covered()).isEqualTo(1);
    assertThat(covered.missing()).containsExactly("leaving", "typo");
    assertThat(covered.excluded()).containsExactly("kube-system");
  }

  @Test
  void selectorMissesNoNamespace() {
    // given
    plan = plan("p", resolvedRegistry("cri-a"));
    policies.put(plan);

    // then
    assertThat(coverage.of(plan, false).missing()).isEmpty();
    assertThat(coverage.of(plan, false).excluded()).isEmpty();
  }

  @Test
  void countsPullSecretsThatMustBeWritten() {
    // given a namespace without one
    assertThat(coverage.of(plan, false).outdatedSecrets()).isEqualTo(1);

    // when it is written
    cache.pullSecrets.applyReply(
        PullSecrets.written("team-a", "pull", contents.get(policies.policies("team-a"))));

    // then
    assertThat(coverage.of(plan, false).outdatedSecrets()).isZero();

    // when another policy needs an entry in it
    states.put(ref("cri-b"), state(token("other"), "b.cn"));
    PolicyPlan other = plan("q", resolvedRegistry("cri-b"));
    policies.put(other);

    // then
    assertThat(coverage.of(other, false).outdatedSecrets()).isEqualTo(1);
    assertThat(coverage.of(plan, true).outdatedSecrets()).as("ready before").isZero();
  }

  @Test
  void nothingIsOutdatedWithoutATokenOrWhileSuspended() {
    // given
    states.clear();
    contents.clear();

    // then
    assertThat(coverage.of(plan, false).outdatedSecrets()).isZero();
    states.put(ref("cri-a"), state(token("secret"), "a.cn"));
    contents.clear();
    plan = plan.suspend();
    policies.put(plan);
    assertThat(coverage.of(plan, false).outdatedSecrets()).isZero();
  }

  private static PolicyPlan naming(List<String> names, String excluded) {
    return plan(
        "p",
        TargetSelector.of(names, null, List.of(excluded)),
        ALL,
        Binding.Append,
        false,
        resolvedRegistry("cri-a"));
  }

  private void observed(String name, boolean terminating) {
    cache.namespaces.put(
        "/" + name,
        new NamespaceBuilder()
            .withNewMetadata()
            .withName(name)
            .withResourceVersion("1")
            .withDeletionTimestamp(terminating ? NOW.toString() : null)
            .endMetadata()
            .build());
  }
}
