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

/** Spec in, status out, and a finalizer in between; the cluster itself is the engine's. */
@ControllerConfiguration(
    name = "acrcredentialpolicy",
    finalizerName = AcrCredentialPolicy.FINALIZER,
    generationAwareEventProcessing = false,
    informer = @Informer(onUpdateFilter = PolicyReconciler.StatusUpdateFilter.class),
    // Nothing is found then that a watch has not told. But each reconcile leaves a timer behind
    // that
    // is kept for so long, replaced or not: ten hours, unless said otherwise, and none can't be
    // said.
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

  /**
   * After a status patch. JOSDK takes what others change while it is under way, even a deletion,
   * for the patch's own echo, and tells nobody; its cache knows, so a look at it is enough.
   */
  private static final Duration SECOND_LOOK = Duration.ofMillis(500);

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
    statusEvents.onGone(this::onDeleted);
  }

  @Override
  public UpdateControl<AcrCredentialPolicy> reconcile(
      AcrCredentialPolicy policy, Context<AcrCredentialPolicy> context) {
    applier.apply(policy);
    AcrCredentialPolicyStatus status = statuses.status(policy);
    if (status.equals(policy.getStatus())) {
      return UpdateControl.noUpdate();
    }
    fence.permit("AcrCredentialPolicy", "patch");
    policy.setStatus(status);
    return UpdateControl.patchStatus(policy).rescheduleAfter(SECOND_LOOK);
  }

  @Override
  public DeleteControl cleanup(AcrCredentialPolicy policy, Context<AcrCredentialPolicy> context) {
    if (!applier.delete(policy)) {
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

  /** Changes that somebody meant: not those of the status, which are our own. */
  public static final class StatusUpdateFilter implements OnUpdateFilter<AcrCredentialPolicy> {

    /** For the extension's build step, which makes one. */
    public StatusUpdateFilter() {}

    @Override
    public boolean accept(AcrCredentialPolicy now, AcrCredentialPolicy before) {
      ObjectMeta a = before.getMetadata();
      ObjectMeta b = now.getMetadata();
      return !Objects.equals(a.getGeneration(), b.getGeneration())
          || !Objects.equals(a.getAnnotations(), b.getAnnotations())
          || !Objects.equals(a.getLabels(), b.getLabels())
          || !Objects.equals(a.getFinalizers(), b.getFinalizers())
          || !Objects.equals(a.getDeletionTimestamp(), b.getDeletionTimestamp());
    }
  }
}
