// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.pullsecret.PullSecretDecision;
import io.acrcredential.operator.pullsecret.PullSecretWriter;
import io.acrcredential.operator.queue.BlockedException;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Optional;

/**
 * Reconciles the pull Secret of a namespace. It is written before ServiceAccounts are bound and
 * deleted after they are unbound, because an entry in imagePullSecrets belongs to this operator
 * only where the pull Secret does.
 */
public final class PullSecretReconciler {

  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final PullSecretPlanner planner;
  private final PullSecretWriter writer;
  private final NamespaceEnqueuer namespaces;
  private final BindingEnqueuer bindings;
  private final PolicyDeletionTracker deletions;
  private final HandOverTracker handOvers;

  public PullSecretReconciler(
      ClusterCache cache,
      PolicyIndex policies,
      PullSecretPlanner planner,
      PullSecretWriter writer,
      NamespaceEnqueuer namespaces,
      BindingEnqueuer bindings,
      PolicyDeletionTracker deletions,
      HandOverTracker handOvers) {
    this.cache = cache;
    this.policies = policies;
    this.planner = planner;
    this.writer = writer;
    this.namespaces = namespaces;
    this.bindings = bindings;
    this.deletions = deletions;
    this.handOvers = handOvers;
  }

  /**
   * Writes, deletes or hands over the namespace's pull Secret.
   *
   * @throws BlockedException if a Secret of another type has its name, or one that cannot be
   *     replaced
   * @throws KubernetesClientException if the API server refuses, or conflicts do not end
   */
  public void reconcile(WorkItem.PullSecret work) {
    String namespace = work.namespace();
    // In this order: a namespace that becomes known in between must not seem to be uncovered.
    boolean known = policies.containsNamespace(namespace);
    List<PolicyPlan> covering = policies.policies(namespace);
    if (!namespaces.isComplete() && !isListed(namespace, covering)) {
      return;
    }
    if (known && covering.isEmpty() && !remove(namespace)) {
      return;
    }
    handOvers.stop(namespace);
    if (!covering.stream().allMatch(PolicyPlan::isFrozen)) {
      write(work, covering);
      bindings.enqueueMissing(namespace);
    }
    deletions.onWorkDone(work);
  }

  /**
   * Whether enough is known of the namespace while the lists are incomplete. Nothing is removed. A
   * pull Secret that exists is renewed at once. A new one is written when a ServiceAccount of its
   * namespace is known, so that those can be bound; {@link InitialSync} enqueues the others.
   */
  private boolean isListed(String namespace, List<PolicyPlan> covering) {
    return !covering.isEmpty()
        && (cache.hasOwnPullSecret(namespace)
            || !cache.serviceAccounts.inNamespace(namespace).isEmpty());
  }

  private void write(WorkItem.PullSecret work, List<PolicyPlan> covering) {
    ConflictRetry.run(
        cache.pullSecret(work.namespace()),
        () -> readAgain(work.namespace()),
        ObservedSecret::resourceVersion,
        observed -> write(work, covering, observed));
  }

  private PullSecretDecision write(
      WorkItem.PullSecret work, List<PolicyPlan> covering, ObservedSecret observed) {
    String namespace = work.namespace();
    PullSecretPlanner.Plan plan = planner.plan(observed, covering);
    blocked(work, plan.decision())
        .ifPresent(
            failure -> {
              // Nothing of it can be removed now, so no deleted policy has to wait for it.
              deletions.onWorkDone(work);
              throw new BlockedException(failure);
            });
    int lists = cache.pullSecrets.lists();
    Secret written = writer.write(namespace, plan.decision(), observed, plan.content());
    if (written != null) {
      cache.pullSecrets.applyReply(written, lists);
      namespaces.notifyPolicies(covering);
      requireOwned(work, written);
    }
    plan.recheckAfter()
        .ifPresent(wait -> namespaces.enqueuePullSecret(namespace, Priority.BULK, wait));
    return plan.decision();
  }

  /**
   * Without its annotation, the Secret would never be bound, and never be removed.
   *
   * @param written from the reply to the write
   */
  private static void requireOwned(WorkItem.PullSecret work, Secret written) {
    if (!ObservedSecret.isOwned(written.getMetadata())) {
      throw new BlockedException(
          new WorkFailure(
              Reason.BindingFailed,
              "%s: an admission rule changes or removes its annotation %s, so the operator cannot"
                      .formatted(work.describe(), Ownership.WRITTEN_FOR)
                  + " recognize its own Secret: exempt it from that rule",
              true));
    }
  }

  /** What prevents the decision until someone changes the Secret, which a watch event reports. */
  private Optional<WorkFailure> blocked(WorkItem.PullSecret work, PullSecretDecision decision) {
    return switch (decision) {
      case OCCUPIED ->
          Optional.of(
              new WorkFailure(
                  Reason.SecretOccupied,
                  "The Secret %s/%s exists with another type: remove it, or set ACR_PULL_SECRET_NAME"
                      .formatted(work.namespace(), cache.pullSecretName()),
                  true));
      case WAIT_FOR_DELETION ->
          Optional.of(
              new WorkFailure(
                  Reason.BindingFailed,
                  work.describe()
                      + ": it is immutable, outdated and being deleted, but a finalizer holds it:"
                      + " remove the finalizer, and it is written again",
                  false));
      default -> Optional.empty();
    };
  }

  /**
   * Deletes the pull Secret, or hands it over.
   *
   * @return false if ServiceAccounts have to be unbound first; the last unbinding enqueues the
   *     namespace again
   */
  private boolean remove(String namespace) {
    ObservedSecret observed = cache.pullSecret(namespace);
    if (observed == null || !observed.owned()) {
      return true;
    }
    boolean handOver = handOvers.isHandedOver(namespace);
    if (!handOver && !bindings.enqueueStale(namespace).isEmpty()) {
      return false;
    }
    return ConflictRetry.run(
        observed,
        () -> readAgain(namespace),
        ObservedSecret::resourceVersion,
        current -> remove(namespace, current, handOver));
  }

  private boolean remove(String namespace, ObservedSecret observed, boolean handOver) {
    if (observed == null || !observed.owned()) {
      return true;
    }
    if (handOver) {
      writer.release(namespace).ifPresent(cache.pullSecrets::applyReply);
    } else {
      writer.delete(namespace, observed);
      cache.removePullSecret(namespace, observed);
    }
    return true;
  }

  /** Reads the Secret into the cache: after a conflict the cache is older than the API server. */
  private ObservedSecret readAgain(String namespace) {
    ObservedSecret before = cache.pullSecret(namespace);
    int lists = cache.pullSecrets.lists();
    Secret current = writer.read(namespace);
    if (current == null) {
      cache.removePullSecret(namespace, before);
    } else {
      cache.pullSecrets.applyReply(current, lists);
    }
    return cache.pullSecret(namespace);
  }
}
