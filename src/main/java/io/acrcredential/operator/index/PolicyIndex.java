// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.token.TokenDemand;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An index of which policies cover which namespaces, in both directions. It is updated when a
 * policy or a namespace changes, so queries never scan. Terminating and excluded namespaces are not
 * in it.
 */
public final class PolicyIndex {

  private final Map<String, PolicyPlan> plans = new HashMap<>();
  private final Map<String, Map<String, String>> namespaces = new HashMap<>();
  private final Map<String, Set<String>> namespacesByPolicy = new HashMap<>();
  private final PolicyListInterner policiesByNamespace = new PolicyListInterner();

  private final RegistryUsers registryUsers = new RegistryUsers();

  /** Adds or replaces a policy. Returns every namespace that it covered before or covers now. */
  public synchronized Set<String> put(PolicyPlan plan) {
    PolicyPlan before = plans.put(plan.name(), plan);
    if (before != null) {
      registryUsers.remove(before);
    }
    registryUsers.add(plan);
    Set<String> affected = namespaces(plan.name());
    Set<String> covered = new HashSet<>();
    namespaces.forEach(
        (name, labels) -> {
          if (plan.covers(name, labels)) {
            covered.add(name);
          }
        });
    namespacesByPolicy.put(plan.name(), covered);
    affected.addAll(covered);
    policiesByNamespace.put(plan, affected, covered::contains);
    return affected;
  }

  /** Removes a policy. Returns every namespace that it covered. */
  public synchronized Set<String> remove(String policy) {
    PolicyPlan before = plans.remove(policy);
    if (before == null) {
      return Set.of();
    }
    registryUsers.remove(before);
    Set<String> affected = namespacesByPolicy.remove(policy);
    policiesByNamespace.remove(policy, affected);
    return affected;
  }

  /** Adds or updates a namespace. Returns whether other policies cover it now. */
  public synchronized boolean putNamespace(String name, Map<String, String> labels) {
    Map<String, String> before = namespaces.put(name, labels);
    if (labels.equals(before)) {
      return false;
    }
    List<PolicyPlan> coveredBefore = policies(name);
    List<PolicyPlan> covering = new ArrayList<>();
    for (PolicyPlan plan : plans.values()) {
      Set<String> covered = namespacesByPolicy.get(plan.name());
      if (plan.covers(name, labels)) {
        covered.add(name);
        covering.add(plan);
      } else {
        covered.remove(name);
      }
    }
    policiesByNamespace.set(name, covering);
    return before == null || coveredBefore != policies(name);
  }

  /** Removes a namespace. */
  public synchronized void removeNamespace(String name) {
    namespaces.remove(name);
    namespacesByPolicy.values().forEach(covered -> covered.remove(name));
    policiesByNamespace.set(name, List.of());
  }

  /** The policies that cover the namespace, oldest first. */
  public synchronized List<PolicyPlan> policies(String namespace) {
    return policiesByNamespace.get(namespace);
  }

  /** A copy of the namespaces that the policy covers. */
  public synchronized Set<String> namespaces(String policy) {
    return new HashSet<>(namespacesByPolicy.getOrDefault(policy, Set.of()));
  }

  /** Whether the policy covers the namespace. */
  public synchronized boolean covers(String policy, String namespace) {
    return namespacesByPolicy.getOrDefault(policy, Set.of()).contains(namespace);
  }

  /** Whether two policies cover a namespace together. */
  public synchronized boolean overlap(String policy, String other) {
    return !Collections.disjoint(
        namespacesByPolicy.getOrDefault(policy, Set.of()),
        namespacesByPolicy.getOrDefault(other, Set.of()));
  }

  /**
   * The distinct lists of policies in the namespaces that the policy covers. Compared by identity,
   * because a comparison by value would read every plan of every namespace.
   */
  public synchronized Set<List<PolicyPlan>> distinctPolicyLists(String policy) {
    Set<List<PolicyPlan>> lists = Collections.newSetFromMap(new IdentityHashMap<>());
    namespacesByPolicy
        .getOrDefault(policy, Set.of())
        .forEach(namespace -> lists.add(policies(namespace)));
    return lists;
  }

  /** How many namespaces the policy covers. */
  public synchronized int countNamespaces(String policy) {
    return namespacesByPolicy.getOrDefault(policy, Set.of()).size();
  }

  /** Whether the namespace exists and is neither terminating nor excluded. */
  public synchronized boolean containsNamespace(String namespace) {
    return namespaces.containsKey(namespace);
  }

  /** The latest plan of the policy; null = there is none. */
  public synchronized PolicyPlan plan(String policy) {
    return plans.get(policy);
  }

  /** All policies, oldest first. */
  public synchronized List<PolicyPlan> plans() {
    return plans.values().stream().sorted(PolicyPlan.OLDEST_FIRST).toList();
  }

  /** The tokens that all policies together need. */
  public synchronized Map<RegistryRef, TokenDemand> demands() {
    Map<RegistryRef, TokenDemand> demands = new HashMap<>();
    for (PolicyPlan plan : plans()) {
      String email = plan.email() == null ? "" : plan.email();
      for (ResolvedRegistry registry : plan.acceptedRegistries()) {
        boolean listDomains =
            registry.domains().isEmpty()
                && registry.ref().edition() == RegistryRef.Edition.ENTERPRISE;
        demands.merge(
            registry.ref(),
            new TokenDemand(plan.refreshBefore(), email, listDomains, plan.isFrozen()),
            TokenDemand::merge);
      }
    }
    return demands;
  }

  /** The oldest policy that uses the registry. */
  public synchronized Optional<PolicyPlan> oldestUsing(RegistryRef ref) {
    return registryUsers.oldest(ref);
  }

  /** The oldest policy that uses each registry. */
  public synchronized Map<RegistryRef, PolicyPlan> oldestUsers() {
    return registryUsers.oldest();
  }

  /** How many pairs of a policy and a registry that it uses there are. */
  public synchronized int countRegistryUsers() {
    return registryUsers.countPairs();
  }

  /**
   * The policy whose {@code refreshBefore} decides when the registry's token is due; see {@link
   * TokenDemand}.
   */
  public synchronized Optional<PolicyPlan> firstToRefresh(RegistryRef ref) {
    return registryUsers.firstToRefresh(ref);
  }

  /** The policies that use one of these registries, oldest first. */
  public synchronized List<PolicyPlan> plansUsing(Collection<RegistryRef> refs) {
    return registryUsers.of(refs);
  }

  /**
   * Whether the entry is added when the ServiceAccount is created or changed, if binding at
   * admission works.
   */
  public boolean isBoundAtCreation(
      String namespace, String serviceAccount, Map<String, String> labels) {
    return policies(namespace).stream()
        .anyMatch(plan -> plan.isBoundAtCreation(serviceAccount, labels));
  }

  /** Whether a new pod gets the entry, if the installation adds it to pods. */
  public boolean injectsPod(String namespace, String serviceAccount) {
    return policies(namespace).stream().anyMatch(plan -> plan.injectsPodsOf(serviceAccount));
  }

  /** What to do with a ServiceAccount of a covered namespace; REMOVE = no policy selects it. */
  public BindingDecision decision(
      String namespace, String serviceAccount, Map<String, String> labels) {
    boolean frozen = false;
    BindingDecision decision = BindingDecision.REMOVE;
    for (PolicyPlan plan : policies(namespace)) {
      if (!plan.serviceAccounts().matches(serviceAccount, labels)) {
        continue;
      }
      if (plan.isFrozen()) {
        frozen = true;
      } else if (plan.binding() == Binding.Append) {
        return BindingDecision.APPEND;
      } else {
        decision = BindingDecision.REPLACE;
      }
    }
    return decision == BindingDecision.REMOVE && frozen ? BindingDecision.IGNORE : decision;
  }
}
