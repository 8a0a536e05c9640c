// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * Enqueues ServiceAccounts that lack their entry in imagePullSecrets, and those whose entry is
 * stale: no policy selects them any more.
 */
public final class BindingEnqueuer {

  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final WorkQueue<WorkItem> queue;
  private final BindingLag lag;

  public BindingEnqueuer(
      ClusterCache cache, PolicyIndex policies, WorkQueue<WorkItem> queue, BindingLag lag) {
    this.cache = cache;
    this.policies = policies;
    this.queue = queue;
    this.lag = lag;
  }

  // ---- missing entries

  boolean needsBinding(String namespace, String name, ObservedServiceAccount account) {
    if (!cache.hasOwnPullSecret(namespace)) {
      return false;
    }
    BindingDecision decision = policies.decision(namespace, name, account.labels());
    return (decision == BindingDecision.APPEND || decision == BindingDecision.REPLACE)
        && !decision.isSatisfied(account, cache.pullSecretName());
  }

  void enqueueBind(String namespace, String name, Priority priority, Duration wait) {
    WorkItem.Bind bind = new WorkItem.Bind(namespace, name);
    lag.onUnbound(bind);
    queue.add(bind, priority, wait);
  }

  /** Enqueues every ServiceAccount that lacks its entry, in a namespace with a pull Secret. */
  void enqueueMissing(String namespace) {
    cache
        .serviceAccounts
        .inNamespace(namespace)
        .forEach(
            (name, account) -> {
              if (needsBinding(namespace, name, account)) {
                enqueueBind(namespace, name, Priority.FOLLOW_UP, Duration.ZERO);
              }
            });
  }

  void onServiceAccountDeleted(String namespace, String name) {
    lag.onDeleted(new WorkItem.Bind(namespace, name));
  }

  // ---- stale entries

  /**
   * Enqueues every stale entry of the namespace, whichever policy it was written for.
   *
   * @return the work that must be done before the namespace's pull Secret may be deleted
   */
  Set<WorkItem> enqueueStale(String namespace) {
    Set<WorkItem> stale =
        policies.containsNamespace(namespace)
            ? stale(namespace, (name, account) -> true)
            : Set.of();
    stale.forEach(this::enqueue);
    return stale;
  }

  /** Enqueues the stale entries of ServiceAccounts that this policy selected before. */
  void enqueueStale(String namespace, PolicyPlan before) {
    stale(namespace, before).forEach(this::enqueue);
  }

  void enqueueIfStale(String namespace, String name, ObservedServiceAccount account) {
    if (cache.ownsEntries(namespace) && isStale(namespace, name, account)) {
      enqueue(new WorkItem.Unbind(namespace, name));
    }
  }

  /**
   * The stale entries of ServiceAccounts that this policy selected before. An entry that another
   * client wrote into a ServiceAccount that no policy selected stays.
   */
  Set<WorkItem> stale(String namespace, PolicyPlan before) {
    return stale(
        namespace, (name, account) -> before.serviceAccounts().matches(name, account.labels()));
  }

  private Set<WorkItem> stale(
      String namespace, BiPredicate<String, ObservedServiceAccount> selected) {
    Set<WorkItem> stale = new HashSet<>();
    if (cache.ownsEntries(namespace)) {
      cache
          .serviceAccounts
          .inNamespace(namespace)
          .forEach(
              (name, account) -> {
                if (selected.test(name, account) && isStale(namespace, name, account)) {
                  stale.add(new WorkItem.Unbind(namespace, name));
                }
              });
    }
    return stale;
  }

  private boolean isStale(String namespace, String name, ObservedServiceAccount account) {
    return policies.decision(namespace, name, account.labels()) == BindingDecision.REMOVE
        && !BindingDecision.REMOVE.isSatisfied(account, cache.pullSecretName());
  }

  private void enqueue(WorkItem work) {
    queue.add(work, Priority.NORMAL);
  }
}
