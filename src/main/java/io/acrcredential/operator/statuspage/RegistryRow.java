// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A registry, once for all policies that use it with the same identity.
 *
 * @param status that of the policy in which it is worst
 * @param policies the names of the policies that use it
 */
record RegistryRow(RegistryStatus status, List<String> policies) {

  /** The state in which a registry is worst, first. */
  private static final List<State> WORST_FIRST =
      List.of(
          State.Failed, State.Invalid, State.Stale, State.Pending, State.Fresh, State.Suspended);

  private static final Comparator<RegistryRow> SOONEST_FIRST =
      Comparator.comparing(RegistryRow::withoutExpiry)
          .thenComparing(row -> row.expiresAt().orElse(Instant.MAX))
          .thenComparing(RegistryRow::instance)
          .thenComparing(RegistryRow::region);

  private record Key(String instanceId, String region, String identity) {}

  private record Use(String policy, RegistryStatus status) {}

  /** The registries of all policies; the one whose token expires first comes first. */
  static List<RegistryRow> of(List<PolicyRow> policies) {
    Map<Key, List<Use>> uses = new LinkedHashMap<>();
    for (PolicyRow policy : policies) {
      for (RegistryStatus status : policy.registries()) {
        Key key =
            new Key(text(status.instanceId()), text(status.region()), text(status.identity()));
        uses.computeIfAbsent(key, k -> new ArrayList<>()).add(new Use(policy.name(), status));
      }
    }
    return uses.values().stream().map(RegistryRow::merge).sorted(SOONEST_FIRST).toList();
  }

  private static RegistryRow merge(List<Use> uses) {
    Comparator<RegistryStatus> worstFirst =
        Comparator.comparing(status -> WORST_FIRST.indexOf(state(status)));
    return new RegistryRow(
        uses.stream().map(Use::status).min(worstFirst).orElseThrow(),
        uses.stream().map(Use::policy).distinct().toList());
  }

  private static String text(String value) {
    return Objects.requireNonNullElse(value, "");
  }

  /** Without a token come first those that should have one. */
  private int withoutExpiry() {
    if (expiresAt().isPresent()) {
      return 1;
    }
    return state() == State.Suspended ? 2 : 0;
  }

  State state() {
    return state(status);
  }

  private static State state(RegistryStatus status) {
    return Objects.requireNonNullElse(status.state(), State.Pending);
  }

  /** The ID of the instance; empty = the shared Personal Edition registry of the region. */
  String instance() {
    return text(status.instanceId());
  }

  String region() {
    return text(status.region());
  }

  String identity() {
    return text(status.identity());
  }

  List<String> domains() {
    return status.domains() == null ? List.of() : status.domains();
  }

  Level level() {
    return switch (state()) {
      case Fresh -> Level.OK;
      case Pending, Stale -> Level.WARNING;
      case Failed, Invalid -> Level.BAD;
      case Suspended -> Level.OFF;
    };
  }

  Optional<Instant> expiresAt() {
    return PolicyRow.time(status.expiresAt());
  }

  Optional<Instant> refreshedAt() {
    return PolicyRow.time(status.refreshedAt());
  }

  Optional<Instant> nextRefreshAt() {
    return PolicyRow.time(status.nextRefreshAt());
  }

  /** The time until the token expires; zero = it has expired; empty = there is none. */
  Optional<Duration> left(Instant now) {
    return expiresAt()
        .map(end -> Duration.between(now, end))
        .map(left -> left.isNegative() ? Duration.ZERO : left);
  }

  /** The share of the token's lifetime that is left, from 0 to 1. */
  double share(Instant now) {
    if (left(now).isEmpty() || refreshedAt().isEmpty()) {
      return 0;
    }
    long lifetime = Duration.between(refreshedAt().get(), expiresAt().get()).toMillis();
    return lifetime <= 0 ? 0 : Math.min(1, (double) left(now).get().toMillis() / lifetime);
  }
}
