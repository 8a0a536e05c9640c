// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.RegistryState;
import io.micrometer.core.instrument.Tags;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The series of {@code acr_token_expiry_timestamp_seconds}: one for each policy and registry, or,
 * above {@link #MAX_PAIRS} such pairs, one for each registry, with the oldest policy that uses it.
 */
final class TokenExpiries {

  /**
   * 500 policies of 256 registries would be 128,000 series. They would fill the heap, and few
   * Prometheus servers accept so many of one target.
   */
  static final int MAX_PAIRS = 10_000;

  private final PolicyIndex policies;
  private final Function<RegistryRef, RegistryState> states;
  private boolean warned;

  TokenExpiries(PolicyIndex policies, Function<RegistryRef, RegistryState> states) {
    this.policies = policies;
    this.states = states;
  }

  /**
   * The expiry of each current token, by the labels of its series. Two registries may differ only
   * in their identity, which is not a label: the earlier expiry counts.
   */
  Map<Tags, Instant> read() {
    Map<Tags, Instant> ends = new LinkedHashMap<>();
    if (isLimited()) {
      policies.oldestUsers().forEach((ref, plan) -> add(ends, plan, ref));
    } else {
      for (PolicyPlan plan : policies.plans()) {
        plan.registryRefs().forEach(ref -> add(ends, plan, ref));
      }
    }
    return ends;
  }

  private void add(Map<Tags, Instant> ends, PolicyPlan plan, RegistryRef ref) {
    RegistryState state = states.apply(ref);
    if (state.token() != null) {
      Tags tags =
          Tags.of(
              "policy", plan.name(),
              // A target label of Prometheus is named "instance".
              "registry_instance", ref.instanceId(),
              "region", ref.region());
      ends.merge(tags, state.token().expiresAt(), (a, b) -> a.isBefore(b) ? a : b);
    }
  }

  private boolean isLimited() {
    return policies.countRegistryUsers() > MAX_PAIRS;
  }

  /** The warning, once each time that the limit is exceeded. */
  Optional<String> warning() {
    boolean limited = isLimited();
    boolean isNew = limited && !warned;
    warned = limited;
    return isNew
        ? Optional.of(
            ("The policies have more than %d registries in total:"
                    + " acr_token_expiry_timestamp_seconds has one series per registry, with its"
                    + " oldest policy, instead of one per policy and registry")
                .formatted(MAX_PAIRS))
        : Optional.empty();
  }
}
