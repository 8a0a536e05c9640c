// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.withEmail;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.TargetSelector;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EmailDifferencesTest {

  private final PolicyIndex policies = new PolicyIndex();

  EmailDifferencesTest() {
    policies.putNamespace("team-a", Map.of());
    policies.putNamespace("team-b", Map.of());
  }

  @Test
  void tellsTheYoungerPolicyWhoseEmailIsUsed() {
    // given
    PolicyPlan older = put(withEmail(plan("a", resolvedRegistry("cri-a")), "ops@example.com"));
    PolicyPlan younger = put(withEmail(plan("b", resolvedRegistry("cri-a")), "dev@example.com"));

    // then
    assertThat(EmailDifferences.of(older, policies)).isEmpty();
    assertThat(EmailDifferences.of(younger, policies))
        .singleElement()
        .asString()
        .contains("policy a", "cri-a", "ops@example.com is used");
  }

  @Test
  void tellsThatNoEmailIsUsed() {
    // given
    put(plan("a", resolvedRegistry("cri-a")));
    PolicyPlan younger = put(withEmail(plan("b", resolvedRegistry("cri-a")), "dev@example.com"));

    // then
    assertThat(EmailDifferences.of(younger, policies))
        .singleElement()
        .asString()
        .contains("no email is used");
  }

  @Test
  void isQuietAboutTheSameEmailAndOtherRegistries() {
    // given
    put(withEmail(plan("a", resolvedRegistry("cri-a")), "ops@example.com"));
    PolicyPlan sameEmail = put(withEmail(plan("b", resolvedRegistry("cri-a")), "ops@example.com"));
    PolicyPlan otherRegistry =
        put(withEmail(plan("c", resolvedRegistry("cri-c")), "c@example.com"));

    // then
    assertThat(EmailDifferences.of(sameEmail, policies)).isEmpty();
    assertThat(EmailDifferences.of(otherRegistry, policies)).isEmpty();
  }

  /** The same token is to be the same bytes wherever it goes. */
  @Test
  void tellsPoliciesOfOtherNamespaces() {
    // given
    put(withEmail(in("team-a", "d"), "d@example.com"));
    PolicyPlan otherNamespace = put(withEmail(in("team-b", "e"), "e@example.com"));

    // then
    assertThat(EmailDifferences.of(otherNamespace, policies))
        .singleElement()
        .asString()
        .contains("policy d", "d@example.com is used");
  }

  private PolicyPlan put(PolicyPlan plan) {
    policies.put(plan);
    return plan;
  }

  private static PolicyPlan in(String namespace, String name) {
    return plan(
        name,
        TargetSelector.of(List.of(namespace), null, null),
        ALL,
        Binding.Append,
        false,
        resolvedRegistry("cri-d"));
  }
}
