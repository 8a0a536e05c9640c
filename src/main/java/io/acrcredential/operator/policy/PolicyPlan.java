// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A policy with every default filled in: the input of the rest of the operator.
 *
 * @param registries one per item of the spec, in its order
 * @param problems what is wrong with the spec as a whole; if there is any, nothing is changed for
 *     this policy, so that malformed input removes nothing
 */
public record PolicyPlan(
    PolicySettings settings, List<ResolvedRegistry> registries, List<FieldError> problems) {

  /** Older first, then by name: the order in which policies win a conflict. */
  public static final Comparator<PolicyPlan> OLDEST_FIRST =
      Comparator.comparing(PolicyPlan::created).thenComparing(PolicyPlan::name);

  /**
   * One registry of the policy.
   *
   * @param ref what the token is for; null if the registry has problems
   * @param domains the domains to pull from; empty = all domains of the instance
   * @param prefixes repository prefixes, without leading and trailing slash; empty = whole hosts
   * @param instanceId as written, for the status
   * @param region as resolved, for the status; empty = unknown
   */
  public record ResolvedRegistry(
      RegistryRef ref,
      List<String> domains,
      List<String> prefixes,
      String instanceId,
      String region,
      List<FieldError> problems) {

    /** Whether all its values are valid. */
    public boolean isAccepted() {
      return problems.isEmpty();
    }

    /** The keys in the docker config for these domains: {@code host}, or {@code host/prefix/}. */
    public List<String> keys(List<String> domains) {
      return prefixes.isEmpty()
          ? domains
          : domains.stream()
              .flatMap(domain -> prefixes.stream().map(prefix -> domain + '/' + prefix + '/'))
              .toList();
    }
  }

  /** See {@link PolicySettings#name()}. */
  public String name() {
    return settings.name();
  }

  /** See {@link PolicySettings#created()}. */
  public Instant created() {
    return settings.created();
  }

  /** See {@link PolicySettings#generation()}. */
  public long generation() {
    return settings.generation();
  }

  /** Selects the namespaces that the policy covers. */
  public TargetSelector namespaces() {
    return settings.targets().namespaces();
  }

  /** Selects the ServiceAccounts to bind in each of these namespaces. */
  public TargetSelector serviceAccounts() {
    return settings.targets().serviceAccounts();
  }

  /** What happens to imagePullSecrets that others wrote. */
  public Binding binding() {
    return settings.targets().binding();
  }

  /** Whether the API server may bind ServiceAccounts at admission for this policy. */
  public boolean bindAtCreation() {
    return settings.targets().bindAtCreation();
  }

  /**
   * Whether a ServiceAccount of a covered namespace gets the entry when it is created or changed.
   * The admission policy {@code bind-at-creation} has the same rules, in CEL.
   */
  public boolean isBoundAtCreation(String serviceAccount, Map<String, String> labels) {
    return bindAtCreation() && !isFrozen() && serviceAccounts().matches(serviceAccount, labels);
  }

  /** Whether the pull Secret is added to new pods, for installations that can do that. */
  public boolean injectPods() {
    return settings.targets().injectPods();
  }

  /**
   * Whether a new pod of a covered namespace gets the entry. Who admits a pod knows the name of its
   * ServiceAccount and not its labels, so a plan that selects ServiceAccounts by labels is refused.
   * The admission policy {@code inject-pods} has the same rules, in CEL.
   */
  public boolean injectsPodsOf(String serviceAccount) {
    return injectPods() && !isFrozen() && serviceAccounts().matches(serviceAccount, Map.of());
  }

  /** Whether pods that were created too early to get the pull Secret may be evicted. */
  public boolean healPods() {
    return settings.targets().healPods();
  }

  /** How long before its expiry a token is renewed. */
  public Duration refreshBefore() {
    return settings.refreshBefore();
  }

  /** See {@link PolicySettings#email()}. */
  public String email() {
    return settings.email();
  }

  /** Whether the policy is suspended, by its spec or because another component serves it. */
  public boolean suspended() {
    return settings.suspended();
  }

  /** See {@link PolicySettings#refreshRequest()}. */
  public String refreshRequest() {
    return settings.refreshRequest();
  }

  /** Whether nothing is fetched, written or unbound for it; what exists because of it stays. */
  public boolean isFrozen() {
    return suspended() || !problems.isEmpty();
  }

  /**
   * This plan with the targets of the plan before (null = none) if this one is frozen, so that a
   * frozen policy unbinds nothing; otherwise this plan.
   */
  public PolicyPlan keepTargetsIfFrozen(PolicyPlan before) {
    return before == null || !isFrozen()
        ? this
        : new PolicyPlan(settings.withTargets(before.settings.targets()), registries, problems);
  }

  /** The same plan with this {@link #refreshRequest}. */
  public PolicyPlan withRefreshRequest(String other) {
    return new PolicyPlan(settings.withRefreshRequest(other), registries, problems);
  }

  /** The same plan, suspended. */
  public PolicyPlan suspend() {
    return new PolicyPlan(settings.suspend(), registries, problems);
  }

  /** Whether it covers the namespace. */
  public boolean covers(String namespace, Map<String, String> labels) {
    return namespaces().matches(namespace, labels);
  }

  /** The registries whose values are valid. */
  public List<ResolvedRegistry> acceptedRegistries() {
    return registries.stream().filter(ResolvedRegistry::isAccepted).toList();
  }

  /**
   * The registries of the accepted items in their order, each once. The caller may change the set.
   */
  public Set<RegistryRef> registryRefs() {
    return acceptedRegistries().stream()
        .map(ResolvedRegistry::ref)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }
}
