// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.Reason;
import java.util.List;
import java.util.Optional;

/** Determines why a policy with a valid spec is not applied. */
final class Suspension {

  private static final List<ConditionResult.Check> CHECKS =
      List.of(Suspension::yieldsToCredentialHelper, Suspension::isSuspended);

  private Suspension() {}

  /** Empty = the policy is active. */
  static Optional<ConditionResult> of(StatusInputs inputs) {
    return ConditionResult.firstOf(CHECKS, inputs);
  }

  private static Optional<ConditionResult> yieldsToCredentialHelper(StatusInputs inputs) {
    return inputs
        .configMap()
        .credentialHelper()
        .map(why -> ConditionResult.isFalse(Reason.CredentialHelperRunning, why));
  }

  private static Optional<ConditionResult> isSuspended(StatusInputs inputs) {
    return inputs.plan().suspended()
        ? Optional.of(
            ConditionResult.isFalse(
                Reason.Suspended, "Nothing is fetched, written or unbound: spec.suspend is true"))
        : Optional.empty();
  }
}
