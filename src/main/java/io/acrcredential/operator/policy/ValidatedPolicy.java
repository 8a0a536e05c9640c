// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A policy whose values have been checked, before the cluster's region is filled in. Policies with
 * the same meaning are equal.
 *
 * @param registries one per item of the spec, in its order
 * @param problems what is wrong with the spec as a whole
 */
public record ValidatedPolicy(
    PolicySettings settings, List<ValidatedRegistry> registries, List<FieldError> problems) {

  /**
   * One registry of the policy.
   *
   * @param field its path in the policy: {@code spec.registries[1]}
   * @param instanceId as written; empty = Personal Edition
   * @param region as written; empty = the cluster's
   * @param identity null if the registry has problems
   * @param domains the domains to pull from; empty = all domains of the instance
   * @param prefixes repository prefixes, without leading and trailing slash; empty = whole hosts
   */
  public record ValidatedRegistry(
      String field,
      String instanceId,
      String region,
      Identity identity,
      List<String> domains,
      List<String> prefixes,
      List<FieldError> problems) {

    /** Whether all its values are valid. */
    public boolean isAccepted() {
      return problems.isEmpty();
    }

    private ResolvedRegistry resolve(Optional<String> clusterRegion) {
      String resolved = region.isEmpty() ? clusterRegion.orElse("") : region;
      List<FieldError> all = new ArrayList<>(problems);
      if (resolved.isEmpty()) {
        all.add(
            new FieldError(
                Reason.RegionUnknown,
                field + ".region",
                "",
                "the cluster's region is unknown; write it here, or set ACR_REGION"));
      } else if (region.isEmpty() && !ValueFormat.REGION.matches(resolved)) {
        all.add(FieldErrors.malformed(resolved, ValueFormat.REGION, field + ".region"));
      }
      return new ResolvedRegistry(
          all.isEmpty() ? new RegistryRef(identity, resolved, instanceId) : null,
          domains,
          prefixes,
          instanceId,
          resolved,
          List.copyOf(all));
    }
  }

  /** The registries whose values are valid, whatever the cluster's region is. */
  public List<ValidatedRegistry> acceptedRegistries() {
    return registries.stream().filter(ValidatedRegistry::isAccepted).toList();
  }

  /**
   * Fills in the region.
   *
   * @param clusterRegion for registries that name none; empty = unknown, such a registry is refused
   */
  public PolicyPlan resolve(Optional<String> clusterRegion) {
    return new PolicyPlan(
        settings,
        registries.stream().map(registry -> registry.resolve(clusterRegion)).toList(),
        problems);
  }
}
