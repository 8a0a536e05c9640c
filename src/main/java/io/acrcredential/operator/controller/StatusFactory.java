// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Computes a policy's status from its inputs: a pure function apart from the clock. A condition
 * keeps its transition time as long as its status stays the same. Times have a resolution of one
 * second, so that an unchanged status is equal to the one before and is not written again.
 */
final class StatusFactory {

  /** The CRD rejects a longer message, and the status would stay outdated. */
  private static final int MAX_MESSAGE = 32_768;

  private final Clock clock;

  StatusFactory(Clock clock) {
    this.clock = clock;
  }

  /**
   * @param before the current status; null = none
   */
  AcrCredentialPolicyStatus status(AcrCredentialPolicyStatus before, StatusInputs inputs) {
    Instant now = clock.instant();
    long generation = inputs.plan().generation();
    List<RegistryStatus> registries =
        inputs.plan().registries().stream()
            .map(registry -> RegistryStatusFactory.of(registry, inputs, now))
            .toList();
    ConditionResult accepted = AcceptedCondition.of(inputs);
    ConditionResult tokensFresh = TokensFreshCondition.of(inputs, registries);
    boolean noToken = TokensFreshCondition.countUsable(registries) == 0;
    ConditionResult bound = BoundCondition.of(inputs, noToken, now);
    boolean wasReady = before != null && before.isTrue("Ready", generation);
    ConditionResult ready = ready(inputs, wasReady, accepted, tokensFresh, bound);
    List<Condition> conditions = new ArrayList<>();
    conditions.add(condition("Ready", ready, before, generation, now));
    conditions.add(condition("Accepted", accepted, before, generation, now));
    conditions.add(condition("TokensFresh", tokensFresh, before, generation, now));
    conditions.add(condition("Bound", bound, before, generation, now));
    StalledCondition.of(inputs.plan(), accepted)
        .ifPresent(s -> conditions.add(condition("Stalled", s, before, generation, now)));
    return new AcrCredentialPolicyStatus(
        generation,
        List.copyOf(conditions),
        registries,
        TokensFreshCondition.countFresh(registries) + "/" + registries.size(),
        inputs.bindings().accounts().bound() + "/" + inputs.bindings().accounts().selected(),
        nextRefreshAt(registries),
        inputs.bindings().coverage().covered(),
        inputs.bindings().accounts().bound(),
        RefreshRequest.handled(before, inputs));
  }

  /**
   * Repeats the first of the other conditions that is not True. A policy that was ready with its
   * current spec stays ready while Bound is Unknown: every new ServiceAccount makes it so for a
   * moment. It is also ready with a condition that is True for a reason to act on.
   */
  private static ConditionResult ready(
      StatusInputs inputs,
      boolean wasReady,
      ConditionResult accepted,
      ConditionResult tokensFresh,
      ConditionResult bound) {
    return Suspension.of(inputs)
        .or(
            () ->
                Stream.of(accepted, tokensFresh, bound)
                    .filter(other -> !other.isTrue() && !(wasReady && other.isUnknown()))
                    .findFirst())
        .or(
            () ->
                Stream.of(tokensFresh, accepted)
                    .filter(other -> other.reason() != Reason.Ready)
                    .findFirst())
        .orElseGet(() -> ConditionResult.isTrue(bound.message() + inputs.admissionNote()));
  }

  private static String nextRefreshAt(List<RegistryStatus> registries) {
    return registries.stream()
        .map(RegistryStatus::nextRefreshAt)
        .filter(Objects::nonNull)
        .min(String::compareTo)
        .orElse(null);
  }

  private static Condition condition(
      String type,
      ConditionResult result,
      AcrCredentialPolicyStatus before,
      long generation,
      Instant now) {
    String lastTransitionTime =
        Optional.ofNullable(before)
            .flatMap(status -> status.condition(type))
            .filter(condition -> condition.getStatus().equals(result.status()))
            .map(Condition::getLastTransitionTime)
            .orElse(RegistryStatusFactory.timestamp(now));
    return new ConditionBuilder()
        .withType(type)
        .withStatus(result.status())
        .withReason(result.reason().name())
        .withMessage(truncate(result.message()))
        .withObservedGeneration(generation)
        .withLastTransitionTime(lastTransitionTime)
        .build();
  }

  private static String truncate(String message) {
    return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
  }
}
