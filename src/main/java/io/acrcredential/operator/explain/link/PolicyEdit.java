// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.finding.Text;
import java.util.List;

/** Where a policy is changed: the one that is compiled from the ConfigMap is changed there. */
final class PolicyEdit {

  private static final Text CONFIG_MAP =
      new Text(
          "Change the ConfigMap, because edits of this policy are reverted: kubectl -n kube-system"
              + " edit configmap acr-configuration (docs/configmap.md)",
          "请修改 ConfigMap，对该策略的手工修改会被还原：kubectl -n kube-system edit configmap"
              + " acr-configuration（docs/zh/configmap.md）");

  private PolicyEdit() {}

  /**
   * The advice to change this policy.
   *
   * @param otherwise the advice for a policy that a person writes
   */
  static Text of(String policy, Text otherwise) {
    return policy.equals(ConfigMapPolicy.NAME) ? CONFIG_MAP : otherwise;
  }

  /** The same where any of these policies can be changed. */
  static Text of(List<PolicyFacts> policies, Text otherwise) {
    boolean isConfigMapOnly =
        !policies.isEmpty()
            && policies.stream().allMatch(policy -> policy.name().equals(ConfigMapPolicy.NAME));
    return isConfigMapOnly ? CONFIG_MAP : otherwise;
  }
}
