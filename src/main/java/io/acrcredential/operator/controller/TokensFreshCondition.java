// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryError;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.token.RegistryState;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether every registry has a valid token and a domain to use it for. */
final class TokensFreshCondition {

  private TokensFreshCondition() {}

  static ConditionResult of(StatusInputs inputs, List<RegistryStatus> registries) {
    long usable = countUsable(registries);
    if (usable == registries.size() && usable > 0) {
      return failedRefresh(inputs, registries)
          .orElseGet(() -> ConditionResult.isTrue("Every registry has a valid token"));
    }
    Optional<ConditionResult> suspension = Suspension.of(inputs);
    if (suspension.isPresent()) {
      return ConditionResult.isFalse(suspension.get().reason(), "Nothing is fetched");
    }
    Reason reason = usable > 0 ? Reason.PartlyFresh : noneFreshReason(inputs);
    return ConditionResult.isFalse(reason, message(inputs, registries));
  }

  /** How many registries have a valid token and a domain to use it for. */
  static long countUsable(List<RegistryStatus> registries) {
    return registries.stream().filter(TokensFreshCondition::isUsable).count();
  }

  /** How many of these were also refreshed without an error. */
  static long countFresh(List<RegistryStatus> registries) {
    return registries.stream()
        .filter(registry -> isUsable(registry) && registry.error() == null)
        .count();
  }

  private static boolean isUsable(RegistryStatus registry) {
    return registry.expiresAt() != null && !registry.domains().isEmpty();
  }

  /** All tokens are valid, but not for long unless somebody reads this. */
  private static Optional<ConditionResult> failedRefresh(
      StatusInputs inputs, List<RegistryStatus> registries) {
    for (int i = 0; i < registries.size(); i++) {
      if (registries.get(i).state() == State.Stale) {
        Reason reason = failureReason(inputs.plan().registries().get(i), inputs);
        return Optional.of(new ConditionResult("True", reason, message(inputs, registries)));
      }
    }
    return Optional.empty();
  }

  /** If all registries fail for the same reason, that reason. */
  private static Reason noneFreshReason(StatusInputs inputs) {
    List<Reason> reasons =
        inputs.plan().acceptedRegistries().stream()
            .map(registry -> failureReason(registry, inputs))
            .distinct()
            .toList();
    return reasons.size() == 1 ? reasons.get(0) : Reason.NoneFresh;
  }

  private static Reason failureReason(ResolvedRegistry registry, StatusInputs inputs) {
    RegistryState state = inputs.tokens().states().apply(registry.ref());
    AlibabaCloudException error = state.error();
    if (error != null) {
      return error.reason();
    }
    return state.token() == null ? Reason.NoneFresh : Reason.NoDomains;
  }

  private static String message(StatusInputs inputs, List<RegistryStatus> registries) {
    List<String> failures =
        Stream.of(State.Failed, State.Stale)
            .flatMap(state -> registries.stream().filter(r -> r.state() == state))
            .map(r -> name(r) + ": " + describe(r))
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

  private static String describe(RegistryStatus registry) {
    RegistryError error = registry.error();
    String request = error.requestId() == null ? "" : " (RequestId " + error.requestId() + ")";
    // Messages of the services end with or without a full stop.
    String message = error.message().replaceFirst("\\.$", "");
    return "%s: %s%s. %s%s"
        .formatted(error.code(), message, request, error.advice(), consequence(registry));
  }

  private static String consequence(RegistryStatus registry) {
    if (registry.state() == State.Stale) {
      return " Its token is valid until " + registry.expiresAt() + ".";
    }
    return registry.expiresAt() == null || registry.error().code().equals(Reason.NoDomains.name())
        ? ""
        : " No domain of the instance is known to use its token for; domains can be set in the"
            + " policy instead.";
  }
}
