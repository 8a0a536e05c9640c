// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.PolicyPlan;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The policies as the webhook sees them: as they are in the cluster, like the admission policies,
 * and in every replica, also while it is standby. Thread-safe.
 */
final class CoveringPolicies {

  private final Map<String, PolicyPlan> plans = new ConcurrentHashMap<>();

  /** Coverage does not depend on the region. */
  private final PolicyCompiler compiler = new PolicyCompiler(Optional::empty);

  /** A policy was added or changed. */
  void put(AcrCredentialPolicy policy) {
    if (policy.isMarkedForDeletion()) {
      remove(policy);
    } else {
      plans.put(policy.getMetadata().getName(), compiler.compile(policy));
    }
  }

  /** A policy was deleted. */
  void remove(AcrCredentialPolicy policy) {
    plans.remove(policy.getMetadata().getName());
  }

  /** The names of the policies. */
  Set<String> names() {
    return Set.copyOf(plans.keySet());
  }

  /**
   * Whether a ServiceAccount gets the entry.
   *
   * @param name empty = the API server makes it up later
   */
  boolean bindServiceAccount(
      String namespace,
      Map<String, String> namespaceLabels,
      String name,
      Map<String, String> labels) {
    return any(
        plan -> plan.covers(namespace, namespaceLabels) && plan.isBoundAtCreation(name, labels));
  }

  /** Whether a new pod gets the entry. */
  boolean injectPod(String namespace, Map<String, String> namespaceLabels, String serviceAccount) {
    return any(
        plan -> plan.injectsPodsOf(serviceAccount) && plan.covers(namespace, namespaceLabels));
  }

  private boolean any(Predicate<PolicyPlan> condition) {
    return plans.values().stream().anyMatch(condition);
  }
}
