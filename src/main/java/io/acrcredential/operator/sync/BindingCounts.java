// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many ServiceAccounts each policy means and how many of those are bound. Namespaces in which
 * something happened are counted again when somebody asks, the others are not.
 */
public final class BindingCounts {

  /** Of one policy. */
  public record Count(int meant, int bound) {
    static final Count NONE = new Count(0, 0);

    Count plus(Count other) {
      return new Count(meant + other.meant, bound + other.bound);
    }

    Count minus(Count other) {
      return new Count(meant - other.meant, bound - other.bound);
    }

    public int missing() {
      return meant - bound;
    }
  }

  private final ClusterCache view;
  private final PolicyIndex coverage;
  private final Map<String, Map<String, Count>> byNamespace = new HashMap<>();
  private final Map<String, Count> byPolicy = new HashMap<>();
  private final Set<String> touched = ConcurrentHashMap.newKeySet();

  public BindingCounts(ClusterCache view, PolicyIndex coverage) {
    this.view = view;
    this.coverage = coverage;
    view.onChange(this::touch);
  }

  /**
   * Other policies cover the namespace, or it is gone; what changes in the view is noticed without
   * this. Waits for no count: every event comes through here.
   */
  void touch(String namespace) {
    touched.add(namespace);
  }

  /** The policy's counts as of now. */
  public synchronized Count of(String policy) {
    recount();
    return byPolicy.getOrDefault(policy, Count.NONE);
  }

  /** ServiceAccounts bound for any policy; one bound for two counts twice. */
  public synchronized int bound() {
    recount();
    return byPolicy.values().stream().mapToInt(Count::bound).sum();
  }

  private void recount() {
    for (Iterator<String> each = touched.iterator(); each.hasNext(); ) {
      String namespace = each.next();
      // First, so that what happens while it is counted has it counted again.
      each.remove();
      Map<String, Count> before = byNamespace.remove(namespace);
      if (before != null) {
        before.forEach((policy, count) -> add(policy, Count.NONE.minus(count)));
      }
      Map<String, Count> now = count(namespace);
      if (!now.isEmpty()) {
        byNamespace.put(namespace, now);
        now.forEach(this::add);
      }
    }
  }

  private void add(String policy, Count count) {
    byPolicy.merge(policy, count, Count::plus);
    byPolicy.remove(policy, Count.NONE);
  }

  private Map<String, Count> count(String namespace) {
    Map<String, Count> counts = new HashMap<>();
    boolean ours = view.hasOurs(namespace);
    for (PolicyPlan plan : coverage.policies(namespace)) {
      int meant = 0;
      int bound = 0;
      for (Map.Entry<String, ObservedServiceAccount> account :
          view.serviceAccounts.inNamespace(namespace).entrySet()) {
        if (plan.serviceAccounts().matches(account.getKey(), account.getValue().labels())) {
          meant++;
          if (ours
              && BindingDecision.APPEND.isSatisfied(account.getValue(), view.pullSecretName())) {
            bound++;
          }
        }
      }
      counts.put(plan.name(), new Count(meant, bound));
    }
    return counts;
  }
}
