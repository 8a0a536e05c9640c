// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import io.acrcredential.operator.policy.PolicyPlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The list of policies of each namespace. Namespaces that are covered by the same policies share
 * one list, so a changed policy costs one new list for each list that it is in, however many
 * namespaces share that list. {@link PolicyIndex} synchronizes access.
 */
final class PolicyListInterner {

  /**
   * Compared by the identity of its plans, because a comparison by value would read each deeply.
   */
  private static final class PolicyList {
    static final PolicyList NONE = new PolicyList(List.of());

    final List<PolicyPlan> plans;
    private final int hash;
    int namespaces;

    PolicyList(List<PolicyPlan> plans) {
      this.plans = plans;
      int sum = 1;
      for (PolicyPlan plan : plans) {
        sum = 31 * sum + System.identityHashCode(plan);
      }
      this.hash = sum;
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      if (!(other instanceof PolicyList that) || plans.size() != that.plans.size()) {
        return false;
      }
      for (int i = 0; i < plans.size(); i++) {
        if (plans.get(i) != that.plans.get(i)) {
          return false;
        }
      }
      return true;
    }
  }

  private final Map<String, PolicyList> byNamespace = new HashMap<>();
  private final Map<PolicyList, PolicyList> inUse = new HashMap<>();

  /** The policies that cover the namespace, oldest first. */
  List<PolicyPlan> get(String namespace) {
    return policyList(namespace).plans;
  }

  /**
   * The policy is new or changed. Of the affected namespaces, it covers those that the predicate
   * accepts.
   */
  void put(PolicyPlan plan, Collection<String> affected, Predicate<String> covered) {
    Map<PolicyList, PolicyList> with = new IdentityHashMap<>();
    Map<PolicyList, PolicyList> without = new IdentityHashMap<>();
    for (String namespace : affected) {
      if (covered.test(namespace)) {
        replace(namespace, with, plans -> with(plans, plan));
      } else {
        replace(namespace, without, plans -> without(plans, plan.name()));
      }
    }
  }

  /** Removes the policy from these namespaces. */
  void remove(String policy, Collection<String> affected) {
    Map<PolicyList, PolicyList> without = new IdentityHashMap<>();
    affected.forEach(namespace -> replace(namespace, without, plans -> without(plans, policy)));
  }

  /** Sets the policies that cover the namespace, in any order. */
  void set(String namespace, List<PolicyPlan> plans) {
    replace(
        namespace,
        new IdentityHashMap<>(),
        before -> plans.stream().sorted(PolicyPlan.OLDEST_FIRST).toList());
  }

  private void replace(
      String namespace,
      Map<PolicyList, PolicyList> replacements,
      Function<List<PolicyPlan>, List<PolicyPlan>> change) {
    PolicyList before = policyList(namespace);
    PolicyList now = replacements.computeIfAbsent(before, old -> intern(change.apply(old.plans)));
    if (now == before) {
      return;
    }
    if (now == PolicyList.NONE) {
      byNamespace.remove(namespace);
    } else {
      byNamespace.put(namespace, now);
      now.namespaces++;
    }
    if (before != PolicyList.NONE && --before.namespaces == 0) {
      inUse.remove(before);
    }
  }

  private PolicyList policyList(String namespace) {
    return byNamespace.getOrDefault(namespace, PolicyList.NONE);
  }

  private PolicyList intern(List<PolicyPlan> plans) {
    return plans.isEmpty()
        ? PolicyList.NONE
        : inUse.computeIfAbsent(new PolicyList(plans), list -> list);
  }

  private static List<PolicyPlan> with(List<PolicyPlan> plans, PolicyPlan plan) {
    List<PolicyPlan> with = new ArrayList<>(without(plans, plan.name()));
    with.add(plan);
    with.sort(PolicyPlan.OLDEST_FIRST);
    return List.copyOf(with);
  }

  private static List<PolicyPlan> without(List<PolicyPlan> plans, String policy) {
    return plans.stream().filter(plan -> !plan.name().equals(policy)).toList();
  }
}
