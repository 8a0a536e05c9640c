// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts for each policy the ServiceAccounts that it selects and those of them that are bound. A
 * query recounts only the namespaces that have changed.
 */
public final class BindingCounts {

  /** The counts of one policy. */
  public record Count(int selected, int bound) {
    static final Count NONE = new Count(0, 0);

    Count plus(Count other) {
      return new Count(selected + other.selected, bound + other.bound);
    }

    Count minus(Count other) {
      return new Count(selected - other.selected, bound - other.bound);
    }

    public int missing() {
      return selected - bound;
    }
  }

  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final Map<String, Map<String, Count>> byNamespace = new HashMap<>();
  private final Map<String, Count> byPolicy = new HashMap<>();
  private final Set<String> changed = ConcurrentHashMap.newKeySet();

  public BindingCounts(ClusterCache cache, PolicyIndex policies) {
    this.cache = cache;
    this.policies = policies;
    cache.onChange(this::markChanged);
  }

  /**
   * Marks a namespace that other policies cover now or that is deleted. Changes of the cache are
   * detected without this call. It never waits for a count in progress, because every event calls
   * it.
   */
  public void markChanged(String namespace) {
    changed.add(namespace);
  }

  /** The policy's counts as of now. */
  public synchronized Count count(String policy) {
    recount();
    return byPolicy.getOrDefault(policy, Count.NONE);
  }

  /**
   * ServiceAccounts that are bound for any policy. One that is bound for two policies counts twice.
   */
  public synchronized int totalBound() {
    recount();
    return byPolicy.values().stream().mapToInt(Count::bound).sum();
  }

  /**
   * The namespaces with ServiceAccounts that are selected and not bound, and how many these are:
   * for the policy that misses most. Policies that bind nothing now do not count.
   */
  public synchronized Map<String, Integer> missingByNamespace() {
    recount();
    Map<String, Integer> missing = new HashMap<>();
    byNamespace.forEach(
        (namespace, counts) ->
            counts.forEach(
                (policy, count) -> {
                  PolicyPlan plan = policies.plan(policy);
                  if (count.missing() > 0 && plan != null && !plan.isFrozen()) {
                    missing.merge(namespace, count.missing(), Math::max);
                  }
                }));
    return missing;
  }

  private void recount() {
    for (Iterator<String> each = changed.iterator(); each.hasNext(); ) {
      String namespace = each.next();
      // Before counting, so that a change in between causes another count.
      each.remove();
      Map<String, Count> before = byNamespace.remove(namespace);
      if (before != null) {
        before.forEach((policy, count) -> add(policy, Count.NONE.minus(count)));
      }
      Map<String, Count> now = countNamespace(namespace);
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

  private Map<String, Count> countNamespace(String namespace) {
    Map<String, Count> counts = new HashMap<>();
    boolean hasPullSecret = cache.hasOwnPullSecret(namespace);
    for (PolicyPlan plan : policies.policies(namespace)) {
      int selected = 0;
      int bound = 0;
      for (Map.Entry<String, ObservedServiceAccount> account :
          cache.serviceAccounts.inNamespace(namespace).entrySet()) {
        if (plan.serviceAccounts().matches(account.getKey(), account.getValue().labels())) {
          selected++;
          if (hasPullSecret
              && BindingDecision.APPEND.isSatisfied(account.getValue(), cache.pullSecretName())) {
            bound++;
          }
        }
      }
      counts.put(plan.name(), new Count(selected, bound));
    }
    return counts;
  }
}
