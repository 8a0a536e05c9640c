// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.Reason;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Status, reason and message of a condition. */
record ConditionResult(String status, Reason reason, String message) {

  /** How many messages of the same kind a condition shows. */
  private static final int MAX_SHOWN = 3;

  /** A check of the inputs; empty = passed. */
  interface Check extends Function<StatusInputs, Optional<ConditionResult>> {}

  static ConditionResult isTrue(String message) {
    return new ConditionResult("True", Reason.Ready, message);
  }

  static ConditionResult isFalse(Reason reason, String message) {
    return new ConditionResult("False", reason, message);
  }

  static ConditionResult isUnknown(Reason reason, String message) {
    return new ConditionResult("Unknown", reason, message);
  }

  /** The result of the first check that does not pass. */
  static Optional<ConditionResult> firstOf(List<Check> checks, StatusInputs inputs) {
    return checks.stream().flatMap(check -> check.apply(inputs).stream()).findFirst();
  }

  boolean isTrue() {
    return status.equals("True");
  }

  boolean isUnknown() {
    return status.equals("Unknown");
  }

  /** The first messages, and how many more there are. */
  static String join(List<String> messages, String separator) {
    String shown =
        String.join(separator, messages.subList(0, Math.min(MAX_SHOWN, messages.size())));
    int more = messages.size() - MAX_SHOWN;
    return more > 0 ? shown + separator + "and " + more + " more" : shown;
  }
}
