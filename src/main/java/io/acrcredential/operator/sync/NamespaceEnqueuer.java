// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import java.time.Duration;
import java.util.Collection;

/**
 * Enqueues namespaces whose pull Secret may have to be written, and triggers the status of the
 * policies that cover them.
 */
public final class NamespaceEnqueuer {

  private final PolicyIndex policies;
  private final BindingCounts bindingCounts;
  private final WorkQueue<WorkItem> queue;
  private final PolicyStatusEventSource statusEvents;

  /** Before the start not all policies are known, so namespaces would appear uncovered. */
  private volatile boolean started;

  /** Before that, not all namespaces and ServiceAccounts are known, so nothing may be removed. */
  private volatile boolean complete;

  public NamespaceEnqueuer(
      PolicyIndex policies,
      BindingCounts bindingCounts,
      WorkQueue<WorkItem> queue,
      PolicyStatusEventSource statusEvents) {
    this.policies = policies;
    this.bindingCounts = bindingCounts;
    this.queue = queue;
    this.statusEvents = statusEvents;
  }

  /** All policies and pull Secrets are known. */
  void start() {
    started = true;
  }

  boolean isStarted() {
    return started;
  }

  /** All namespaces and ServiceAccounts are known too. */
  void complete() {
    started = true;
    complete = true;
  }

  boolean isComplete() {
    return complete;
  }

  /** Other policies cover the namespace, or the same policies have changed. */
  void enqueue(String namespace) {
    recount(namespace);
    if (started) {
      enqueuePullSecret(namespace);
      notifyPolicies(namespace);
    }
  }

  /** A ServiceAccount of the namespace was listed. Its pull Secret comes first. */
  void enqueueListed(String namespace) {
    if (started && !complete && isCovered(namespace)) {
      enqueuePullSecret(namespace);
    }
  }

  boolean isCovered(String namespace) {
    return !policies.policies(namespace).isEmpty();
  }

  /** Reconciles the namespace's pull Secret, whatever has happened. */
  void enqueuePullSecret(String namespace) {
    queue.add(new WorkItem.PullSecret(namespace), Priority.NORMAL);
  }

  /** Reconciles the namespace's pull Secret after a wait. */
  void enqueuePullSecret(String namespace, Priority priority, Duration wait) {
    queue.add(new WorkItem.PullSecret(namespace), priority, wait);
  }

  /** The set of ServiceAccounts that policies select in the namespace may have changed. */
  void recount(String namespace) {
    bindingCounts.markChanged(namespace);
  }

  /** The status of the policies that cover the namespace may have changed. */
  void notifyPolicies(String namespace) {
    notifyPolicies(policies.policies(namespace));
  }

  /** The status of these policies may have changed. */
  void notifyPolicies(Collection<PolicyPlan> changed) {
    changed.forEach(plan -> statusEvents.reconcileSoon(plan.name()));
  }
}
