// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.text.ExceptionText;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Triggers the reconciliation of a policy when its status may have changed: at most once a second
 * and policy, however many ServiceAccounts are bound.
 */
public final class PolicyStatusEventSource extends AbstractEventSource<Void, AcrCredentialPolicy>
    implements ResourceEventAware<AcrCredentialPolicy> {

  private static final Logger LOG = Logger.getLogger(PolicyStatusEventSource.class);
  private static final long DEBOUNCE_MILLIS = 1_000;
  private static final long FIRST_MILLIS = 50;

  private final ScheduledExecutorService timer;
  private final Map<String, Long> lastNanos = new ConcurrentHashMap<>();
  private final Set<String> scheduled = ConcurrentHashMap.newKeySet();

  private volatile Consumer<AcrCredentialPolicy> onDeleted = policy -> {};

  public PolicyStatusEventSource(ScheduledExecutorService timer) {
    super(Void.class, "policy-signals");
    this.timer = timer;
  }

  /** Sets the listener for policies that no longer exist. */
  public void onPolicyDeleted(Consumer<AcrCredentialPolicy> listener) {
    onDeleted = listener;
  }

  @Override
  public void onResourceDeleted(AcrCredentialPolicy policy) {
    onDeleted.accept(policy);
    lastNanos.remove(policy.getMetadata().getName());
  }

  /** Reconciles the policy within a second. */
  void reconcileSoon(String policy) {
    if (scheduled.add(policy)) {
      Long last = lastNanos.get(policy);
      long since = last == null ? Long.MAX_VALUE : (System.nanoTime() - last) / 1_000_000;
      schedule(policy, Math.max(FIRST_MILLIS, DEBOUNCE_MILLIS - since));
    }
  }

  /** Reconciles the policy now. */
  public void reconcileNow(String policy) {
    if (isRunning()) {
      getEventHandler().handleEvent(new Event(new ResourceID(policy)));
    }
  }

  /** Reconciles the policy after the given time. */
  public void reconcileAfter(String policy, long millis) {
    schedule(policy, millis);
  }

  private void schedule(String policy, long millis) {
    timer.schedule(
        () -> {
          scheduled.remove(policy);
          lastNanos.put(policy, System.nanoTime());
          try {
            reconcileNow(policy);
          } catch (RuntimeException | Error e) {
            // The timer drops exceptions.
            LOG.errorf(ExceptionText.trace(e), "Failed to enqueue the policy %s", policy);
          }
        },
        millis,
        TimeUnit.MILLISECONDS);
  }

  @Override
  public Set<Void> getSecondaryResources(AcrCredentialPolicy primary) {
    return Set.of();
  }

  @Override
  public Optional<Void> getSecondaryResource(AcrCredentialPolicy primary) {
    return Optional.empty();
  }
}
