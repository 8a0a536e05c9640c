// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.sync.PolicyStatusEventSource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Reconciles policies: applies the spec and patches the status. The pull Secrets and
 * ServiceAccounts are reconciled by package {@code sync} (docs/adr/0001-own-work-queue.md).
 */
@ControllerConfiguration(
    name = "acrcredentialpolicy",
    finalizerName = AcrCredentialPolicy.FINALIZER,
    generationAwareEventProcessing = false,
    informer =
        @Informer(
            onUpdateFilter = PolicyReconciler.StatusUpdateFilter.class,
            informerListLimit = PolicyReconciler.PAGE_SIZE),
    // The periodic reconcile finds nothing new, because watches report every change. But JOSDK
    // keeps a timer of this interval per reconcile even if it is replaced: 10 hours by default,
    // and it cannot be switched off.
    maxReconciliationInterval =
        @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES))
@GradualRetry(
    maxAttempts = -1,
    initialInterval = 1_000,
    intervalMultiplier = 2,
    maxInterval = 60_000)
@Singleton
public final class PolicyReconciler
    implements Reconciler<AcrCredentialPolicy>, Cleaner<AcrCredentialPolicy> {

  /** A policy of 256 registries has up to 200 KB with its status. */
  static final long PAGE_SIZE = 50;

  /**
   * Delay of the reconcile after a status patch. While a patch is in progress, JOSDK takes changes
   * by others, even a deletion, for the result of the patch and does not reconcile. Its cache has
   * them, so one more reconcile is enough.
   */
  private static final Duration RECHECK_DELAY = Duration.ofMillis(500);

  private final PolicyApplier applier;
  private final PolicyStatusService statuses;
  private final PolicyStatusEventSource statusEvents;
  private final WriteFence fence;

  PolicyReconciler(
      PolicyApplier applier,
      PolicyStatusService statuses,
      PolicyStatusEventSource statusEvents,
      WriteFence fence) {
    this.applier = applier;
    this.statuses = statuses;
    this.statusEvents = statusEvents;
    this.fence = fence;
    statusEvents.onPolicyDeleted(this::onDeleted);
  }

  @Override
  public UpdateControl<AcrCredentialPolicy> reconcile(
      AcrCredentialPolicy policy, Context<AcrCredentialPolicy> context) {
    applier.apply(policy);
    if (!fence.isOpen()) {
      // Another process leads and writes the status. All policies are reconciled again when this
      // one leads.
      return UpdateControl.noUpdate();
    }
    AcrCredentialPolicyStatus status = statuses.status(policy);
    if (status.equals(policy.getStatus())) {
      return UpdateControl.noUpdate();
    }
    fence.permit("AcrCredentialPolicy", "patch");
    policy.setStatus(status);
    return UpdateControl.patchStatus(policy).rescheduleAfter(RECHECK_DELAY);
  }

  @Override
  public DeleteControl cleanup(AcrCredentialPolicy policy, Context<AcrCredentialPolicy> context) {
    if (!fence.isOpen()) {
      return DeleteControl.noFinalizerRemoval();
    }
    if (!applier.delete(policy)) {
      statuses.onDeletionWaits(policy);
      return DeleteControl.noFinalizerRemoval();
    }
    statuses.onDeleted(policy);
    return DeleteControl.defaultDelete();
  }

  private void onDeleted(AcrCredentialPolicy policy) {
    applier.onDeleted(policy);
    statuses.onDeleted(policy);
  }

  @Override
  public List<EventSource<?, AcrCredentialPolicy>> prepareEventSources(
      EventSourceContext<AcrCredentialPolicy> context) {
    return List.of(statusEvents);
  }

  /** Accepts all changes except those of the status, which only the operator makes. */
  public static final class StatusUpdateFilter implements OnUpdateFilter<AcrCredentialPolicy> {

    /** Called by the build step of the Quarkus extension. */
    public StatusUpdateFilter() {}

    @Override
    public boolean accept(AcrCredentialPolicy updated, AcrCredentialPolicy before) {
      ObjectMeta a = before.getMetadata();
      ObjectMeta b = updated.getMetadata();
      return !Objects.equals(a.getGeneration(), b.getGeneration())
          || !Objects.equals(a.getAnnotations(), b.getAnnotations())
          || !Objects.equals(a.getLabels(), b.getLabels())
          || !Objects.equals(a.getFinalizers(), b.getFinalizers())
          || !Objects.equals(a.getDeletionTimestamp(), b.getDeletionTimestamp());
    }
  }
}
