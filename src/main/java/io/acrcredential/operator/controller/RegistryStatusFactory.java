// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryError;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.endpoint.ClockOffset;
import io.acrcredential.operator.policy.FieldError;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.token.RegistryState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** The status of one registry of a policy. */
final class RegistryStatusFactory {

  private RegistryStatusFactory() {}

  static RegistryStatus of(ResolvedRegistry registry, StatusInputs inputs, Instant now) {
    return registry.isAccepted() ? accepted(registry, inputs, now) : invalid(registry);
  }

  private static RegistryStatus invalid(ResolvedRegistry registry) {
    FieldError first = registry.problems().get(0);
    return new RegistryStatus(
        registry.instanceId(),
        registry.region(),
        registry.domains(),
        State.Invalid,
        null,
        null,
        null,
        null,
        null,
        null,
        new RegistryError(first.reason().name(), first.message(), null, null, null));
  }

  private static RegistryStatus accepted(
      ResolvedRegistry registry, StatusInputs inputs, Instant now) {
    RegistryState state = inputs.tokens().states().apply(registry.ref());
    boolean suspended = inputs.plan().suspended();
    boolean valid = state.isValidAt(now);
    List<String> domains = PullSecretContent.domains(registry, state);
    RegistryError error = error(state, valid && domains.isEmpty());
    String nextRefreshAt =
        suspended || state.nextTryAt() == null ? null : timestamp(state.nextTryAt());
    return new RegistryStatus(
        registry.instanceId(),
        registry.region(),
        domains,
        state(suspended, error != null, valid, domains),
        inputs.tokens().identities().apply(registry.ref().identity()),
        valid ? timestamp(state.token().expiresAt()) : null,
        state.token() == null ? null : timestamp(state.token().issuedAt()),
        nextRefreshAt,
        nextRefreshAt == null ? null : refreshBeforePolicy(registry, inputs),
        clockOffsetSeconds(state.token()),
        error);
  }

  private static String refreshBeforePolicy(ResolvedRegistry registry, StatusInputs inputs) {
    return inputs
        .tokens()
        .firstToRefresh()
        .apply(registry.ref())
        .map(PolicyPlan::name)
        .orElse(null);
  }

  /** Null if the clocks agree, or if only one response says that they do not. */
  private static Long clockOffsetSeconds(RegistryToken token) {
    return token == null || token.offset().equals(ClockOffset.NONE) || !token.offset().isAgreed()
        ? null
        : token.offset().most().toSeconds();
  }

  private static State state(
      boolean suspended, boolean failed, boolean valid, List<String> domains) {
    if (suspended) {
      return State.Suspended;
    }
    if (valid && !domains.isEmpty()) {
      return failed ? State.Stale : State.Fresh;
    }
    return failed ? State.Failed : State.Pending;
  }

  private static RegistryError error(RegistryState state, boolean unused) {
    if (state.error() != null) {
      return error(state.error(), state.failedAt());
    }
    return unused ? noDomains(state.domainsListedAt()) : null;
  }

  /** The calls succeed, but the instance has no endpoint. */
  private static RegistryError noDomains(Instant listedAt) {
    return new RegistryError(
        Reason.NoDomains.name(),
        "The instance lists no domain to use its token for",
        "Enable its public or VPC access in the ACR console, or set domains in the policy.",
        null,
        listedAt == null ? null : timestamp(listedAt));
  }

  private static RegistryError error(AlibabaCloudException e, Instant at) {
    return new RegistryError(
        e.code(),
        e.getMessage(),
        e.advice(),
        e.requestId().isEmpty() ? null : e.requestId(),
        timestamp(at));
  }

  /** RFC 3339 in UTC, to the second. */
  static String timestamp(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
