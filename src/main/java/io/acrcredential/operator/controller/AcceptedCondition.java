// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.FieldError;
import io.acrcredential.operator.policy.PolicyPlan;
import java.util.List;
import java.util.Optional;

/** Whether all of the spec can be applied. */
final class AcceptedCondition {

  private static final List<ConditionResult.Check> CHECKS =
      List.of(
          AcceptedCondition::invalidSpec,
          AcceptedCondition::invalidRegistries,
          AcceptedCondition::unreadableConfigMap,
          AcceptedCondition::leftOutOfConfigMap,
          AcceptedCondition::domainConflicts,
          AcceptedCondition::secretTooLarge);

  private AcceptedCondition() {}

  static ConditionResult of(StatusInputs inputs) {
    return ConditionResult.firstOf(CHECKS, inputs)
        .or(() -> emailDiffers(inputs))
        .or(() -> injectionNotInstalled(inputs))
        .or(() -> healingNotAllowed(inputs))
        .orElse(ConditionResult.isTrue("The spec is accepted"));
  }

  private static Optional<ConditionResult> invalidSpec(StatusInputs inputs) {
    List<FieldError> problems = inputs.plan().problems();
    return falseIf(!problems.isEmpty(), Reason.Invalid, messages(problems));
  }

  private static Optional<ConditionResult> invalidRegistries(StatusInputs inputs) {
    PolicyPlan plan = inputs.plan();
    List<FieldError> problems =
        plan.registries().stream().flatMap(registry -> registry.problems().stream()).toList();
    boolean regionsOnly = problems.stream().allMatch(p -> p.reason() == Reason.RegionUnknown);
    Reason reason =
        regionsOnly
            ? Reason.RegionUnknown
            : plan.acceptedRegistries().isEmpty() ? Reason.Invalid : Reason.PartlyAccepted;
    return falseIf(!problems.isEmpty(), reason, messages(problems));
  }

  private static Optional<ConditionResult> unreadableConfigMap(StatusInputs inputs) {
    String unreadable = inputs.configMap().unreadable();
    return falseIf(!unreadable.isEmpty(), Reason.Invalid, unreadable);
  }

  private static Optional<ConditionResult> leftOutOfConfigMap(StatusInputs inputs) {
    String leftOut = inputs.configMap().leftOut();
    return falseIf(!leftOut.isEmpty(), Reason.PartlyAccepted, leftOut);
  }

  private static Optional<ConditionResult> domainConflicts(StatusInputs inputs) {
    List<String> conflicts = inputs.spec().domainConflicts();
    return falseIf(
        !conflicts.isEmpty(), Reason.DomainConflict, ConditionResult.join(conflicts, " "));
  }

  private static Optional<ConditionResult> secretTooLarge(StatusInputs inputs) {
    return falseIf(
        inputs.spec().tooLarge(),
        Reason.SecretTooLarge,
        "Entries of this policy are left out of pull Secrets that would exceed 900 KiB: list the"
            + " domains that are used, or cover fewer namespaces");
  }

  /** Pulls do not depend on the email, so the spec is still accepted. */
  private static Optional<ConditionResult> emailDiffers(StatusInputs inputs) {
    List<String> differences = inputs.spec().emailDifferences();
    return differences.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ConditionResult(
                "True", Reason.EmailDiffers, ConditionResult.join(differences, " ")));
  }

  /** ServiceAccounts are bound all the same, so the spec is still accepted. */
  private static Optional<ConditionResult> injectionNotInstalled(StatusInputs inputs) {
    return inputs
        .injectionObstacle()
        .map(obstacle -> new ConditionResult("True", Reason.InjectionNotInstalled, obstacle));
  }

  /** Only pods that were created too early depend on it, so the spec is still accepted. */
  private static Optional<ConditionResult> healingNotAllowed(StatusInputs inputs) {
    return inputs
        .healingObstacle()
        .map(obstacle -> new ConditionResult("True", Reason.HealingNotAllowed, obstacle));
  }

  private static Optional<ConditionResult> falseIf(boolean failed, Reason reason, String message) {
    return failed ? Optional.of(ConditionResult.isFalse(reason, message)) : Optional.empty();
  }

  private static String messages(List<FieldError> problems) {
    return ConditionResult.join(problems.stream().map(FieldError::message).toList(), "; ");
  }
}
