package io.acrcredential.operator.sync;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.pullsecret.PullSecretDecision;
import io.acrcredential.operator.pullsecret.PullSecretWriter;
import io.acrcredential.operator.queue.BlockedException;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.acrcredential.operator.serviceaccount.ServiceAccountWriter;
import io.fabric8.kubernetes.api.model.Secret;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The work on a namespace and its ServiceAccounts. The pull Secret comes first and goes last: an
 * entry is ours only where that Secret is.
 */
public final class ClusterWork {

  private final ClusterCache view;
  private final PolicyIndex coverage;
  private final PullSecretContentCache contents;
  private final EventRouter engine;
  private final WorkQueue<WorkItem> queue;
  private final PullSecretWriter secrets;
  private final ServiceAccountWriter accounts;
  private final Clock clock;
  private final Timer bindingLag;

  public ClusterWork(
      ClusterCache view,
      PolicyIndex coverage,
      PullSecretContentCache contents,
      EventRouter engine,
      WorkQueue<WorkItem> queue,
      PullSecretWriter secrets,
      ServiceAccountWriter accounts,
      Clock clock,
      MeterRegistry meters) {
    this.view = view;
    this.coverage = coverage;
    this.contents = contents;
    this.engine = engine;
    this.queue = queue;
    this.secrets = secrets;
    this.accounts = accounts;
    this.clock = clock;
    this.bindingLag =
        Timer.builder("acr_binding_lag")
            .description("from the watch event of a ServiceAccount to its binding")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(1))
            .maximumExpectedValue(Duration.ofMinutes(1))
            .register(meters);
  }

  // ---- pull Secrets

  /** Makes the namespace's pull Secret what it shall be; answers whether nothing is left to do. */
  public boolean pullSecret(String namespace) {
    if (!coverage.knows(namespace)) {
      return true;
    }
    List<PolicyPlan> policies = coverage.policies(namespace);
    if (policies.isEmpty()) {
      boolean removed = removed(namespace);
      if (removed) {
        engine.handOverDone(namespace);
      }
      return removed;
    }
    engine.handOverDone(namespace);
    if (!policies.stream().allMatch(PolicyPlan::isFrozen)) {
      written(namespace, policies);
      engine.bindAll(namespace);
    }
    return true;
  }

  private void written(String namespace, List<PolicyPlan> policies) {
    WorkItem.PullSecret work = new WorkItem.PullSecret(namespace);
    ConflictRetry.run(
        view.pullSecret(namespace),
        () -> readAgain(namespace),
        ObservedSecret::resourceVersion,
        observed -> write(work, policies, observed));
  }

  private PullSecretDecision write(
      WorkItem.PullSecret work, List<PolicyPlan> policies, ObservedSecret observed) {
    String namespace = work.namespace();
    PullSecretContent content = contents.of(policies);
    PullSecretDecision decision = PullSecretDecision.of(observed, content, clock.instant());
    if (decision == PullSecretDecision.OCCUPIED) {
      // Nothing of ours is in it, so no policy that leaves has to wait for it.
      engine.done(work);
      throw new BlockedException(occupied(namespace));
    }
    Secret now = secrets.write(namespace, decision, observed, content);
    if (now != null) {
      view.pullSecrets.seen(now);
      policies.forEach(plan -> engine.changed(plan.name()));
    }
    if (decision == PullSecretDecision.TAKE_OVER_KEEPING) {
      queue.addLater(work, Priority.BULK, PullSecretDecision.KEEP_FOREIGN);
    } else if (decision == PullSecretDecision.KEEP_UNTIL_EXPIRY) {
      queue.addLater(work, Priority.BULK, Duration.between(clock.instant(), observed.expiresAt()));
    }
    return decision;
  }

  private WorkFailure occupied(String namespace) {
    return new WorkFailure(
        Reason.SecretOccupied,
        "The Secret %s/%s exists with another type: remove it, or set ACR_PULL_SECRET_NAME"
            .formatted(namespace, view.pullSecretName()),
        true);
  }

  private boolean removed(String namespace) {
    ObservedSecret observed = view.pullSecret(namespace);
    if (observed == null || !observed.ours()) {
      return true;
    }
    boolean handOver = engine.handsOver(namespace);
    if (!handOver && !engine.unbindUnmeant(namespace).isEmpty()) {
      // The last of them comes back here.
      return false;
    }
    return ConflictRetry.run(
        observed,
        () -> readAgain(namespace),
        ObservedSecret::resourceVersion,
        current -> remove(namespace, current, handOver));
  }

  private boolean remove(String namespace, ObservedSecret observed, boolean handOver) {
    if (observed == null || !observed.ours()) {
      return true;
    }
    if (handOver) {
      secrets.release(namespace).ifPresent(view.pullSecrets::seen);
    } else {
      secrets.delete(namespace, observed);
      view.pullSecretGone(namespace, observed);
    }
    return true;
  }

  /** A conflict means that the cache is behind: it takes in what the API server has. */
  private ObservedSecret readAgain(String namespace) {
    ObservedSecret before = view.pullSecret(namespace);
    Secret current = secrets.read(namespace);
    if (current == null) {
      view.pullSecretGone(namespace, before);
    } else {
      view.pullSecrets.seen(current);
    }
    return view.pullSecret(namespace);
  }

  // ---- ServiceAccounts

  /** Gives the ServiceAccount our entry, if it still shall have it. */
  public void bind(WorkItem.Bind bind) {
    ObservedServiceAccount observed =
        view.serviceAccounts.get(bind.namespace(), bind.serviceAccount());
    if (observed != null && view.hasOurs(bind.namespace())) {
      BindingDecision decision =
          coverage.decision(bind.namespace(), bind.serviceAccount(), observed.labels());
      if (decision == BindingDecision.APPEND || decision == BindingDecision.REPLACE) {
        write(bind.namespace(), bind.serviceAccount(), observed, decision);
      }
    }
    long nanos = engine.boundAfter(bind);
    if (nanos > 0) {
      bindingLag.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** Takes our entry away, if still no policy means the ServiceAccount. */
  public void unbind(WorkItem.Unbind unbind) {
    ObservedServiceAccount observed =
        view.serviceAccounts.get(unbind.namespace(), unbind.serviceAccount());
    if (observed == null
        || !view.hasOurs(unbind.namespace())
        || engine.handsOver(unbind.namespace())) {
      return;
    }
    BindingDecision decision =
        coverage.decision(unbind.namespace(), unbind.serviceAccount(), observed.labels());
    if (decision == BindingDecision.REMOVE) {
      write(unbind.namespace(), unbind.serviceAccount(), observed, decision);
    }
    if (coverage.policies(unbind.namespace()).isEmpty()) {
      queue.add(new WorkItem.PullSecret(unbind.namespace()), Priority.NORMAL);
    }
  }

  private void write(
      String namespace, String name, ObservedServiceAccount observed, BindingDecision decision) {
    accounts.write(namespace, name, observed, decision).ifPresent(view.serviceAccounts::seen);
    coverage.policies(namespace).forEach(plan -> engine.changed(plan.name()));
  }
}
