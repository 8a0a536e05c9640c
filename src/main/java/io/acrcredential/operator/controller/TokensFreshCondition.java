// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryError;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.api.v1alpha1.Reason;
import java.util.List;
import java.util.Optional;

/** Whether every registry has a valid token. */
final class TokensFreshCondition {

  private TokensFreshCondition() {}

  static ConditionResult of(StatusInputs inputs, List<RegistryStatus> registries) {
    long fresh = countFresh(registries);
    if (fresh == registries.size() && fresh > 0) {
      return ConditionResult.isTrue("Every registry has a valid token");
    }
    Optional<ConditionResult> suspension = Suspension.of(inputs);
    if (suspension.isPresent()) {
      return ConditionResult.isFalse(suspension.get().reason(), "Nothing is fetched");
    }
    Reason reason = fresh > 0 ? Reason.PartlyFresh : noneFreshReason(inputs);
    return ConditionResult.isFalse(reason, message(inputs, registries));
  }

  /** How many registries have a valid token. */
  static long countFresh(List<RegistryStatus> registries) {
    return registries.stream().filter(r -> r.expiresAt() != null).count();
  }

  /** If all registries fail for the same reason, that reason. */
  private static Reason noneFreshReason(StatusInputs inputs) {
    List<Reason> reasons =
        inputs.plan().acceptedRegistries().stream()
            .map(registry -> inputs.tokens().states().apply(registry.ref()).error())
            .map(error -> error == null ? Reason.NoneFresh : error.reason())
            .distinct()
            .toList();
    return reasons.size() == 1 ? reasons.get(0) : Reason.NoneFresh;
  }

  private static String message(StatusInputs inputs, List<RegistryStatus> registries) {
    List<String> failures =
        registries.stream()
            .filter(r -> r.state() == State.Failed)
            .map(r -> name(r) + ": " + describe(r.error()))
            .distinct()
            .toList();
    if (!failures.isEmpty()) {
      return ConditionResult.join(failures, " | ");
    }
    return inputs.plan().acceptedRegistries().isEmpty()
        ? "No registry is accepted"
        : "Tokens are being fetched";
  }

  private static String name(RegistryStatus r) {
    return r.instanceId().isEmpty() ? "Personal Edition in " + r.region() : r.instanceId();
  }

  private static String describe(RegistryError error) {
    String request = error.requestId() == null ? "" : " (RequestId " + error.requestId() + ")";
    return error.code() + ": " + error.message() + request + ". " + error.advice();
  }
}
