// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.admission.AdmissionState;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.time.Duration;

/** Enqueues ServiceAccounts that need their entry in imagePullSecrets or should lose it. */
public final class ServiceAccountEventHandler implements ObjectEventHandler<ServiceAccount> {

  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final DriftBackoff driftBackoff;
  private final NamespaceEnqueuer namespaces;
  private final BindingEnqueuer bindings;
  private final AdmissionState admission;

  public ServiceAccountEventHandler(
      ClusterCache cache,
      PolicyIndex policies,
      DriftBackoff driftBackoff,
      NamespaceEnqueuer namespaces,
      BindingEnqueuer bindings,
      AdmissionState admission) {
    this.cache = cache;
    this.policies = policies;
    this.driftBackoff = driftBackoff;
    this.namespaces = namespaces;
    this.bindings = bindings;
    this.admission = admission;
  }

  @Override
  public void onChanged(ServiceAccount before, ServiceAccount event) {
    String namespace = event.getMetadata().getNamespace();
    String name = event.getMetadata().getName();
    // The cache may be newer than the event: it also has the replies to our writes.
    ObservedServiceAccount now = cache.serviceAccounts.get(namespace, name);
    if (now == null) {
      return;
    }
    if (before == null && cache.serviceAccounts.isFromFirstList(event)) {
      onListed(namespace, name, now);
    } else if (before == null) {
      onAdded(namespace, name, now);
    } else {
      onUpdated(namespace, name, ObservedServiceAccount.of(before), now);
    }
  }

  @Override
  public void onDeleted(ServiceAccount last) {
    String namespace = last.getMetadata().getNamespace();
    bindings.onServiceAccountDeleted(namespace, last.getMetadata().getName());
    namespaces.notifyPolicies(namespace);
  }

  /**
   * The ServiceAccount exists already when this process starts. In a namespace without a pull
   * Secret it is bound after that is written.
   */
  private void onListed(String namespace, String name, ObservedServiceAccount account) {
    if (needsBinding(namespace, name, account)) {
      bindings.enqueueBind(namespace, name, Priority.FOLLOW_UP, Duration.ZERO);
    } else if (!cache.hasOwnPullSecret(namespace)) {
      namespaces.enqueueListed(namespace);
    }
  }

  void onAdded(String namespace, String name, ObservedServiceAccount account) {
    if (policies.isBoundAtCreation(namespace, name, account.labels())) {
      admission.onCreated(
          namespace, BindingDecision.APPEND.isSatisfied(account, cache.pullSecretName()));
    }
    if (needsBinding(namespace, name, account)) {
      bindings.enqueueBind(namespace, name, Priority.URGENT, Duration.ZERO);
    } else {
      namespaces.notifyPolicies(namespace);
    }
  }

  /** The ServiceAccount was changed, by us or by others. */
  void onUpdated(
      String namespace, String name, ObservedServiceAccount before, ObservedServiceAccount now) {
    if (needsBinding(namespace, name, now)) {
      boolean removed = BindingDecision.APPEND.isSatisfied(before, cache.pullSecretName());
      Duration wait =
          removed
              ? driftBackoff.onReverted(new WorkItem.Bind(namespace, name))
              : driftBackoff.remainingWait(namespace);
      bindings.enqueueBind(namespace, name, Priority.NORMAL, wait);
    } else if (!before.labels().equals(now.labels())
        && policies.decision(namespace, name, before.labels()) != BindingDecision.REMOVE) {
      bindings.enqueueIfStale(namespace, name, now);
    }
    namespaces.notifyPolicies(namespace);
  }

  private boolean needsBinding(String namespace, String name, ObservedServiceAccount account) {
    return namespaces.isStarted() && bindings.needsBinding(namespace, name, account);
  }
}
