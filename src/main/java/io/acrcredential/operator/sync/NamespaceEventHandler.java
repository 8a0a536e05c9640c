// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.List;
import java.util.function.Predicate;

/** Keeps the {@link PolicyIndex} up to date with the namespaces and enqueues the resulting work. */
public final class NamespaceEventHandler implements ObjectEventHandler<Namespace> {

  private final Predicate<String> excluded;
  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final NamespaceEnqueuer namespaces;
  private final BindingEnqueuer bindings;
  private final PolicyDeletionTracker deletions;
  private final HandOverTracker handOvers;

  /**
   * @param excluded namespaces that the operator never touches
   */
  public NamespaceEventHandler(
      Predicate<String> excluded,
      ClusterCache cache,
      PolicyIndex policies,
      NamespaceEnqueuer namespaces,
      BindingEnqueuer bindings,
      PolicyDeletionTracker deletions,
      HandOverTracker handOvers) {
    this.excluded = excluded;
    this.cache = cache;
    this.policies = policies;
    this.namespaces = namespaces;
    this.bindings = bindings;
    this.deletions = deletions;
    this.handOvers = handOvers;
  }

  @Override
  public void onChanged(Namespace before, Namespace now) {
    update(now.getMetadata().getName());
  }

  @Override
  public void onDeleted(Namespace last) {
    delete(last.getMetadata().getName());
  }

  /**
   * Updates the index from the cache. Synchronized, so that the last call sees the latest state, in
   * whatever order events arrive.
   */
  synchronized void update(String name) {
    ClusterCache.ObservedNamespace now = cache.namespaces.get("", name);
    if (excluded.test(name)) {
      return;
    }
    if (now == null || now.terminating()) {
      remove(name);
      return;
    }
    List<PolicyPlan> before = policies.policies(name);
    if (policies.putNamespace(name, now.labels())) {
      before.forEach(plan -> bindings.enqueueStale(name, plan));
      namespaces.notifyPolicies(before);
      namespaces.enqueue(name);
    }
  }

  /** The namespace was deleted; one of the same name may exist again. */
  synchronized void delete(String name) {
    remove(name);
    update(name);
  }

  /** The namespace is terminating or gone: Kubernetes deletes what is in it. */
  private void remove(String name) {
    List<PolicyPlan> before = policies.policies(name);
    policies.removeNamespace(name);
    handOvers.stop(name);
    namespaces.recount(name);
    namespaces.notifyPolicies(before);
    deletions.onNamespaceGone(name);
    // Nothing is left to do in it. Blocked work is not retried, so this clears its failure.
    namespaces.enqueuePullSecret(name);
  }
}
