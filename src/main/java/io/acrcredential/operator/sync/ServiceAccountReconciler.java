// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.acrcredential.operator.serviceaccount.ServiceAccountWriter;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** Adds and removes the entry of the pull Secret in imagePullSecrets of a ServiceAccount. */
public final class ServiceAccountReconciler {

  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final ServiceAccountWriter writer;
  private final NamespaceEnqueuer namespaces;
  private final PolicyDeletionTracker deletions;
  private final HandOverTracker handOvers;
  private final BindingLag lag;

  public ServiceAccountReconciler(
      ClusterCache cache,
      PolicyIndex policies,
      ServiceAccountWriter writer,
      NamespaceEnqueuer namespaces,
      PolicyDeletionTracker deletions,
      HandOverTracker handOvers,
      BindingLag lag) {
    this.cache = cache;
    this.policies = policies;
    this.writer = writer;
    this.namespaces = namespaces;
    this.deletions = deletions;
    this.handOvers = handOvers;
    this.lag = lag;
  }

  /**
   * Adds the entry if a policy still selects the ServiceAccount.
   *
   * @throws KubernetesClientException if the API server refuses, or conflicts do not end
   */
  public void bind(WorkItem.Bind work) {
    ObservedServiceAccount observed =
        cache.serviceAccounts.get(work.namespace(), work.serviceAccount());
    if (observed != null && cache.hasOwnPullSecret(work.namespace())) {
      BindingDecision decision =
          policies.decision(work.namespace(), work.serviceAccount(), observed.labels());
      if (decision == BindingDecision.APPEND || decision == BindingDecision.REPLACE) {
        write(work.namespace(), work.serviceAccount(), observed, decision);
      }
    }
    lag.onBound(work);
  }

  /**
   * Removes the entry if still no policy selects the ServiceAccount.
   *
   * @throws KubernetesClientException if the API server refuses, or conflicts do not end
   */
  public void unbind(WorkItem.Unbind work) {
    String namespace = work.namespace();
    ObservedServiceAccount observed = cache.serviceAccounts.get(namespace, work.serviceAccount());
    if (observed != null && cache.ownsEntries(namespace) && !handOvers.isHandedOver(namespace)) {
      BindingDecision decision =
          policies.decision(namespace, work.serviceAccount(), observed.labels());
      if (decision == BindingDecision.REMOVE) {
        write(namespace, work.serviceAccount(), observed, decision);
      }
    }
    if (policies.policies(namespace).isEmpty()) {
      // Its removal waits for this, also if the ServiceAccount was deleted meanwhile.
      namespaces.enqueuePullSecret(namespace);
    }
    deletions.onWorkDone(work);
  }

  private void write(
      String namespace, String name, ObservedServiceAccount observed, BindingDecision decision) {
    writer
        .write(
            namespace,
            name,
            observed,
            decision,
            policies.isBoundAtCreation(namespace, name, observed.labels()))
        .ifPresent(cache.serviceAccounts::applyReply);
    namespaces.notifyPolicies(namespace);
  }
}
