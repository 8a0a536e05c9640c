// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.queue.WorkItem;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Deleted policies, each with the work that must be done before its finalizer may be removed. When
 * the last of that work is done, the policy is reconciled again.
 */
public final class PolicyDeletionTracker {

  private final Consumer<String> reconcilePolicy;
  private final Map<String, Set<WorkItem>> pendingByPolicy = new ConcurrentHashMap<>();

  /**
   * @param reconcilePolicy takes the name of a policy that may have nothing pending any more
   */
  public PolicyDeletionTracker(Consumer<String> reconcilePolicy) {
    this.reconcilePolicy = reconcilePolicy;
  }

  /** The policy is being deleted. To be called before the work is enqueued. */
  void start(String policy, Set<WorkItem> pending) {
    Set<WorkItem> own = ConcurrentHashMap.newKeySet();
    own.addAll(pending);
    pendingByPolicy.put(policy, own);
  }

  /** Whether nothing is pending for the policy; if so, it is no longer tracked. */
  boolean finish(String policy) {
    if (!pendingByPolicy.getOrDefault(policy, Set.of()).isEmpty()) {
      return false;
    }
    pendingByPolicy.remove(policy);
    return true;
  }

  /** Nothing is left to do for this key. */
  void onWorkDone(WorkItem work) {
    pendingByPolicy.forEach(
        (policy, pending) -> {
          if (pending.remove(work) && pending.isEmpty()) {
            reconcilePolicy.accept(policy);
          }
        });
  }

  /** The work failed, so the policies that wait for it may have to say why. */
  void onWorkFailed(WorkItem work) {
    pendingByPolicy.forEach(
        (policy, pending) -> {
          if (pending.contains(work)) {
            reconcilePolicy.accept(policy);
          }
        });
  }

  /** The namespaces in which work must be done before the policy is gone. */
  public Set<String> pendingNamespaces(String policy) {
    return pendingByPolicy.getOrDefault(policy, Set.of()).stream()
        .map(WorkItem::namespace)
        .collect(Collectors.toSet());
  }

  /** Kubernetes deletes what is in the namespace, so no work is left there. */
  void onNamespaceGone(String namespace) {
    pendingByPolicy
        .values()
        .forEach(pending -> pending.removeIf(work -> work.namespace().equals(namespace)));
    pendingByPolicy.keySet().forEach(reconcilePolicy);
  }
}
