// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.ClusterCache.ObservedNamespace;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.index.PullSecretContentCache;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.sync.PullSecretPlanner;
import java.util.Set;
import java.util.stream.Stream;

/** Compares the namespaces that a policy names with those that exist, and their pull Secrets. */
public final class NamespaceCoverage {

  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final PullSecretContentCache contents;
  private final PullSecretPlanner planner;

  public NamespaceCoverage(
      ClusterCache cache,
      PolicyIndex policies,
      PullSecretContentCache contents,
      PullSecretPlanner planner) {
    this.cache = cache;
    this.policies = policies;
    this.contents = contents;
    this.planner = planner;
  }

  /**
   * @param wasReady whether the policy was ready with its current spec: then a pull Secret that is
   *     outdated holds earlier tokens, which are valid until the rotation reaches it
   */
  StatusInputs.Coverage of(PolicyPlan plan, boolean wasReady) {
    return new StatusInputs.Coverage(
        policies.countNamespaces(plan.name()),
        named(plan).filter(namespace -> !exists(namespace)).sorted().toList(),
        named(plan)
            .filter(namespace -> exists(namespace) && !policies.containsNamespace(namespace))
            .sorted()
            .toList(),
        wasReady || plan.isFrozen() ? 0 : countOutdated(plan));
  }

  private static Stream<String> named(PolicyPlan plan) {
    Set<String> names = plan.namespaces().names();
    return names == null
        ? Stream.empty()
        : names.stream().filter(namespace -> !plan.namespaces().exclude().contains(namespace));
  }

  private boolean exists(String namespace) {
    ObservedNamespace observed = cache.namespaces.get("", namespace);
    return observed != null && !observed.terminating();
  }

  private int countOutdated(PolicyPlan plan) {
    return (int)
        policies.namespaces(plan.name()).stream()
            .filter(
                namespace ->
                    !planner.isCurrent(cache.pullSecret(namespace), policies.policies(namespace)))
            .count();
  }

  /** Whether entries of the policy are left out of a pull Secret because of its size. */
  boolean isTooLarge(PolicyPlan plan) {
    return policies.distinctPolicyLists(plan.name()).stream()
        .anyMatch(list -> contents.get(list).omittedPolicies().contains(plan.name()));
  }
}
