// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.controller.StatusInputs.Bindings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Whether every selected ServiceAccount has the pull Secret. */
final class BoundCondition {

  /** How long a new ServiceAccount may be unbound before the condition becomes False. */
  static final Duration GRACE_PERIOD = Duration.ofSeconds(30);

  private BoundCondition() {}

  static ConditionResult of(StatusInputs inputs, Instant now) {
    Bindings bindings = inputs.bindings();
    boolean overdue =
        bindings.unboundSince() != null
            && !now.isBefore(bindings.unboundSince().plus(GRACE_PERIOD));
    return failure(bindings, overdue)
        .or(() -> unbound(inputs, overdue))
        .orElseGet(() -> ConditionResult.isTrue(counts(bindings)));
  }

  /** A failure that a retry may fix counts only after the grace period. */
  private static Optional<ConditionResult> failure(Bindings bindings, boolean overdue) {
    return bindings
        .failure()
        .filter(failure -> failure.permanent() || overdue)
        .map(failure -> ConditionResult.isFalse(failure.reason(), failure.message()));
  }

  private static Optional<ConditionResult> unbound(StatusInputs inputs, boolean overdue) {
    if (inputs.bindings().accounts().missing() == 0) {
      return Optional.empty();
    }
    String counts = counts(inputs.bindings());
    ConditionResult waiting =
        overdue
            ? ConditionResult.isFalse(Reason.Binding, counts)
            : ConditionResult.isUnknown(Reason.Binding, counts);
    return Optional.of(
        Suspension.of(inputs)
            .map(suspension -> ConditionResult.isUnknown(suspension.reason(), counts))
            .orElse(waiting));
  }

  private static String counts(Bindings bindings) {
    List<String> missing = bindings.missingNamespaces();
    return "%d of %d ServiceAccounts in %d namespaces are bound%s"
        .formatted(
            bindings.accounts().bound(),
            bindings.accounts().selected(),
            bindings.namespaces(),
            missing.isEmpty()
                ? ""
                : "; namespaces that do not exist: " + ConditionResult.join(missing, ", "));
  }
}
