// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.controller.StatusInputs.Bindings;
import io.acrcredential.operator.controller.StatusInputs.Coverage;
import io.acrcredential.operator.text.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Whether every selected ServiceAccount has the pull Secret. */
final class BoundCondition {

  /** How long a new ServiceAccount may be unbound before the condition becomes False. */
  static final Duration GRACE_PERIOD = Duration.ofSeconds(30);

  private static final String NO_TOKEN = "; there is no token yet, see TokensFresh";

  private BoundCondition() {}

  /**
   * @param noToken whether there is nothing to write yet, which TokensFresh explains
   */
  static ConditionResult of(StatusInputs inputs, boolean noToken, Instant now) {
    Bindings bindings = inputs.bindings();
    boolean overdue =
        bindings.unboundSince() != null
            && !now.isBefore(bindings.unboundSince().plus(GRACE_PERIOD));
    return failure(bindings, overdue)
        .or(() -> missingNamespaces(bindings))
        .or(() -> waiting(inputs, noToken, overdue))
        .orElseGet(() -> ConditionResult.isTrue(counts(bindings)));
  }

  /** A failure that a retry may fix counts only after the grace period. */
  private static Optional<ConditionResult> failure(Bindings bindings, boolean overdue) {
    return bindings
        .failure()
        .filter(failure -> failure.permanent() || overdue)
        .map(failure -> ConditionResult.isFalse(failure.reason(), failure.message()));
  }

  private static Optional<ConditionResult> missingNamespaces(Bindings bindings) {
    List<String> missing = bindings.coverage().missing();
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            ConditionResult.isFalse(
                Reason.NamespaceMissing,
                "%s not exist: %s. Create %s, or correct spec.targets.namespaces.names. %s"
                    .formatted(
                        missing.size() == 1
                            ? "1 namespace does"
                            : missing.size() + " namespaces do",
                        ConditionResult.join(missing, ", "),
                        missing.size() == 1 ? "it" : "them",
                        counts(bindings))));
  }

  private static Optional<ConditionResult> waiting(
      StatusInputs inputs, boolean noToken, boolean overdue) {
    if (!inputs.bindings().isWaiting()) {
      return Optional.empty();
    }
    String counts = counts(inputs.bindings()) + (noToken ? NO_TOKEN : "");
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
    Coverage coverage = bindings.coverage();
    String bound = bound(bindings);
    String outdated =
        coverage.outdatedSecrets() == 0
            ? ""
            : "; " + Quantity.of(coverage.outdatedSecrets(), "pull Secret") + " to be written";
    String excluded =
        coverage.excluded().isEmpty()
            ? ""
            : "; excluded by ACR_EXCLUDED_NAMESPACES: "
                + ConditionResult.join(coverage.excluded(), ", ");
    return bound + outdated + excluded;
  }

  /** Zero of zero would look like a success. */
  private static String bound(Bindings bindings) {
    Coverage coverage = bindings.coverage();
    String namespaces = Quantity.of(coverage.covered(), "namespace");
    int selected = bindings.accounts().selected();
    if (coverage.covered() == 0) {
      boolean explained = !coverage.excluded().isEmpty() || !coverage.missing().isEmpty();
      return "No namespace is covered"
          + (explained ? "" : ": none matches spec.targets.namespaces");
    }
    if (selected == 0) {
      return "No ServiceAccount of " + namespaces + " matches spec.targets.serviceAccounts";
    }
    return "%d of %s in %s %s bound"
        .formatted(
            bindings.accounts().bound(),
            Quantity.of(selected, "ServiceAccount"),
            namespaces,
            selected == 1 ? "is" : "are");
  }
}
