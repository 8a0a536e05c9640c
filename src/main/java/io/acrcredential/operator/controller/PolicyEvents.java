// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;

/** Records Kubernetes Events for what is wrong with a policy, and when it becomes ready. */
final class PolicyEvents {

  private final EventRecorder events;

  PolicyEvents(EventRecorder events) {
    this.events = events;
  }

  /**
   * Records the Events that belong to a status.
   *
   * @param policy with the status before
   */
  void record(AcrCredentialPolicy policy, AcrCredentialPolicyStatus status, StatusInputs inputs) {
    ObjectReference regarding = reference(policy);
    inputs
        .configMap()
        .credentialHelper()
        .ifPresent(why -> events.warning(regarding, Reason.CredentialHelperRunning.name(), why));
    if (!inputs.plan().suspended()) {
      status.conditions().stream()
          .filter(condition -> isWarning(condition, status))
          .forEach(c -> events.warning(regarding, c.getReason(), c.getMessage()));
    }
    if (isReady(status) && !isReady(policy.getStatus())) {
      status
          .condition("Bound")
          .ifPresent(bound -> events.normal(regarding, Reason.Ready.name(), bound.getMessage()));
    }
  }

  /** The policy stays until someone removes the cause of the failure. */
  void recordBlockedDeletion(AcrCredentialPolicy policy, WorkFailure failure) {
    events.warning(
        reference(policy),
        failure.reason().name(),
        "The deletion of the policy waits: " + failure.message());
  }

  /**
   * Ready and Stalled repeat the others. A token that is still being fetched is no failure, and
   * Accepted has the Event of a registry that is invalid.
   */
  private static boolean isWarning(Condition condition, AcrCredentialPolicyStatus status) {
    return switch (condition.getType()) {
      case "Ready", "Stalled" -> false;
      default ->
          switch (condition.getStatus()) {
            case "False" ->
                switch (Reason.valueOf(condition.getReason())) {
                  case NoneFresh, PartlyFresh -> hasFailedRegistry(status);
                  // Without a token there is nothing to bind, and TokensFresh has an Event.
                  case Binding -> TokensFreshCondition.countUsable(status.registries()) > 0;
                  default -> true;
                };
            // For example a refresh that failed while the last token is still valid.
            case "True" -> !condition.getReason().equals(Reason.Ready.name());
            default -> false;
          };
    };
  }

  private static boolean hasFailedRegistry(AcrCredentialPolicyStatus status) {
    return status.registries().stream()
        .map(RegistryStatus::state)
        .anyMatch(state -> state == State.Failed || state == State.Stale);
  }

  private static boolean isReady(AcrCredentialPolicyStatus status) {
    return status != null
        && status.condition("Ready").filter(ready -> ready.getStatus().equals("True")).isPresent();
  }

  private static ObjectReference reference(AcrCredentialPolicy policy) {
    return new ObjectReferenceBuilder()
        .withApiVersion(policy.getApiVersion())
        .withKind(policy.getKind())
        .withName(policy.getMetadata().getName())
        .withUid(policy.getMetadata().getUid())
        .build();
  }
}
