// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A policy as it is stored.
 *
 * @param status null = the operator has not seen the policy yet
 */
record PolicyRow(String name, AcrCredentialPolicyStatus status) {

  /** The worst first, then by name. */
  static final Comparator<PolicyRow> WORST_FIRST =
      Comparator.comparing(PolicyRow::level).thenComparing(PolicyRow::name);

  private static final List<String> PAUSED =
      List.of(Reason.Suspended.name(), Reason.CredentialHelperRunning.name());

  private static final Pattern FRACTION = Pattern.compile("(\\d{1,9})/(\\d{1,9})");

  /** Part of a whole, such as 3 of 4. */
  record Fraction(int part, int whole) {
    static final Fraction NONE = new Fraction(0, 0);

    Fraction plus(Fraction other) {
      return new Fraction(part + other.part, whole + other.whole);
    }
  }

  static PolicyRow of(AcrCredentialPolicy policy) {
    return new PolicyRow(policy.getMetadata().getName(), policy.getStatus());
  }

  Optional<Condition> ready() {
    return status == null ? Optional.empty() : status.condition("Ready");
  }

  /** All conditions in the order of the status. */
  List<Condition> conditions() {
    return status == null || status.conditions() == null ? List.of() : status.conditions();
  }

  List<RegistryStatus> registries() {
    return status == null || status.registries() == null ? List.of() : status.registries();
  }

  Level level() {
    if (ready().isEmpty()) {
      return Level.WARNING;
    }
    Condition ready = ready().get();
    return switch (ready.getStatus()) {
      case "True" -> problem().isPresent() ? Level.WARNING : Level.OK;
      case "False" -> isPaused() ? Level.OFF : Level.BAD;
      default -> Level.WARNING;
    };
  }

  /** Whether it does nothing because somebody wants that. */
  private boolean isPaused() {
    return ready().filter(ready -> PAUSED.contains(ready.getReason())).isPresent();
  }

  /** The condition that says best what is wrong; empty = nothing is. */
  Optional<Condition> problem() {
    if (isPaused()) {
      return Optional.empty();
    }
    return conditions().stream()
        .filter(
            condition ->
                condition
                    .getStatus()
                    .equals(condition.getType().equals("Stalled") ? "True" : "False"))
        .min(Comparator.comparing(condition -> !condition.getType().equals("Ready")));
  }

  /** How many of its registries have a valid token. */
  Fraction fresh() {
    return status == null ? Fraction.NONE : fraction(status.fresh());
  }

  /** How many of the ServiceAccounts that it selects are bound. */
  Fraction bound() {
    return status == null ? Fraction.NONE : fraction(status.bound());
  }

  private static Fraction fraction(String text) {
    Matcher matcher = FRACTION.matcher(text == null ? "" : text);
    return matcher.matches()
        ? new Fraction(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
        : Fraction.NONE;
  }

  Optional<Instant> nextRefreshAt() {
    return status == null ? Optional.empty() : time(status.nextRefreshAt());
  }

  /** Whoever may write a status may write anything there. */
  static Optional<Instant> time(String text) {
    try {
      return text == null ? Optional.empty() : Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
