// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryError;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.statuspage.Snapshot.Coverage;
import io.acrcredential.operator.statuspage.Snapshot.Replica;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Creates what the page shows. */
final class Statuses {

  static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
  static final Replica LEADER = new Replica("operator-0", true, List.of());
  static final Coverage ALL_FINE = new Coverage(3, 2, 2, List.of());

  private Statuses() {}

  static Snapshot snapshot(List<PolicyRow> policies, NamespaceRow... problems) {
    Coverage coverage = new Coverage(1_000, 812, 811, List.of(problems));
    return new Snapshot(NOW, LEADER, policies, RegistryRow.of(policies), Optional.of(coverage));
  }

  /** A policy that is ready. */
  static PolicyRow policy(String name, RegistryStatus... registries) {
    return policy(name, condition("Ready", "True", "Ready", "all is fine"), registries);
  }

  static PolicyRow policy(String name, Condition condition, RegistryStatus... registries) {
    return new PolicyRow(name, status(List.of(condition), registries));
  }

  static AcrCredentialPolicyStatus status(
      List<Condition> conditions, RegistryStatus... registries) {
    return new AcrCredentialPolicyStatus(
        1L, conditions, List.of(registries), "1/2", "3/4", time(30), 12, 3, null);
  }

  static Condition condition(String type, String status, String reason, String message) {
    return new ConditionBuilder()
        .withType(type)
        .withStatus(status)
        .withReason(reason)
        .withMessage(message)
        .withLastTransitionTime(time(-5))
        .withObservedGeneration(1L)
        .build();
  }

  /** A registry with a token of one hour. */
  static RegistryStatus fresh(String instanceId, int minutesLeft) {
    return registry(instanceId, State.Fresh, minutesLeft, null);
  }

  /** A registry without a valid token. */
  static RegistryStatus failed(String instanceId, String code, String message, String advice) {
    return registry(
        instanceId,
        State.Failed,
        null,
        new RegistryError(code, message, advice, "REQUEST-1", time(-1)));
  }

  static RegistryStatus registry(
      String instanceId, State state, Integer minutesLeft, RegistryError error) {
    return new RegistryStatus(
        instanceId,
        "cn-hangzhou",
        List.of(instanceId + "-registry.cn-hangzhou.cr.aliyuncs.com"),
        state,
        "AccessKey in Secret kube-system/alibaba-addon-secret",
        minutesLeft == null ? null : time(minutesLeft),
        minutesLeft == null ? null : time(minutesLeft - 60),
        minutesLeft == null ? null : time(minutesLeft - 20),
        null,
        null,
        error);
  }

  private static String time(int minutes) {
    return NOW.plus(Duration.ofMinutes(minutes)).toString();
  }
}
