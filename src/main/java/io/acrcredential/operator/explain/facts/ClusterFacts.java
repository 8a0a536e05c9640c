// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import io.acrcredential.operator.configmap.parser.ParseResult;
import java.util.List;
import java.util.Set;

/**
 * What is known of the cluster as a whole.
 *
 * @param pullSecretName the name of the pull Secret in every namespace
 * @param excludedNamespaces in which the operator writes nothing
 * @param configMap the ConfigMap of the ACK credential helper, parsed
 * @param credentialHelper whether the ACK credential helper has a ready pod
 */
public record ClusterFacts(
    String pullSecretName,
    Set<String> excludedNamespaces,
    OperatorFacts operator,
    Read<List<PolicyFacts>> policies,
    Read<ParseResult> configMap,
    Read<Boolean> credentialHelper,
    AdmissionFacts admission) {

  /**
   * Binding at admission.
   *
   * @param isServed whether the API server knows MutatingAdmissionPolicies
   * @param policy the name of the installed policy; absent if there is none
   * @param hasBinding whether the policy is bound
   */
  public record AdmissionFacts(
      Read<Boolean> isServed, Read<String> policy, Read<Boolean> hasBinding) {}
}
