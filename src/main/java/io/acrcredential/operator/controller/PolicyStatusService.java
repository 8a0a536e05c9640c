// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.queue.WorkFailures;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.sync.PolicyDeletionTracker;
import io.acrcredential.operator.sync.PolicyStatusEventSource;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Computes a policy's status and records the Events that belong to it. */
public final class PolicyStatusService {

  private final StatusInputsCollector collector;
  private final StatusFactory factory;
  private final PolicyEvents events;
  private final UnboundTimes unboundTimes;
  private final PolicyDeletionTracker deletions;
  private final WorkFailures failures;
  private final Map<String, Condition> ready = new ConcurrentHashMap<>();

  /**
   * @param statusEvents reconciles a policy again when the grace period of a binding ends
   */
  public PolicyStatusService(
      StatusInputsCollector collector,
      EventRecorder events,
      PolicyStatusEventSource statusEvents,
      PolicyDeletionTracker deletions,
      WorkFailures failures,
      Clock clock) {
    this.deletions = deletions;
    this.failures = failures;
    this.collector = collector;
    this.factory = new StatusFactory(clock);
    this.events = new PolicyEvents(events);
    this.unboundTimes = new UnboundTimes(statusEvents, clock);
  }

  /** The status that the policy should have now. */
  AcrCredentialPolicyStatus status(AcrCredentialPolicy policy) {
    StatusInputs inputs = collector.collect(policy, unboundTimes);
    AcrCredentialPolicyStatus status = factory.status(policy.getStatus(), inputs);
    events.record(policy, status, inputs);
    status.conditions().stream()
        .filter(condition -> condition.getType().equals("Ready"))
        .forEach(condition -> ready.put(policy.getMetadata().getName(), condition));
    return status;
  }

  /**
   * The policy is being deleted and what exists because of it cannot be removed yet. No status is
   * written any more, so an Event says what it waits for if waiting alone does not help.
   */
  void onDeletionWaits(AcrCredentialPolicy policy) {
    Set<String> pending = deletions.pendingNamespaces(policy.getMetadata().getName());
    failures
        .worst(pending::contains)
        .filter(WorkFailure::permanent)
        .ifPresent(failure -> events.recordBlockedDeletion(policy, failure));
  }

  /** The condition Ready of each policy by its name, as computed last. */
  public Map<String, Condition> readyConditions() {
    return Map.copyOf(ready);
  }

  void onDeleted(AcrCredentialPolicy policy) {
    unboundTimes.remove(policy.getMetadata().getName());
    ready.remove(policy.getMetadata().getName());
  }
}
