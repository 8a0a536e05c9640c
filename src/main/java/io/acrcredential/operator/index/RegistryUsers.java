// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which policies use a registry, so that a changed policy costs only its own. Not thread-safe. */
final class RegistryUsers {

  /** Oldest first. None is empty. */
  private final Map<RegistryRef, NavigableSet<PolicyPlan>> byRef = new HashMap<>();

  void add(PolicyPlan plan) {
    for (RegistryRef ref : plan.registryRefs()) {
      byRef.computeIfAbsent(ref, r -> new TreeSet<>(PolicyPlan.OLDEST_FIRST)).add(plan);
    }
  }

  void remove(PolicyPlan plan) {
    for (RegistryRef ref : plan.registryRefs()) {
      byRef.computeIfPresent(
          ref,
          (r, users) -> {
            users.remove(plan);
            return users.isEmpty() ? null : users;
          });
    }
  }

  Optional<PolicyPlan> oldest(RegistryRef ref) {
    return Optional.ofNullable(byRef.get(ref)).map(NavigableSet::first);
  }

  /** The one with the largest {@code refreshBefore}; of several, the oldest. */
  Optional<PolicyPlan> firstToRefresh(RegistryRef ref) {
    return Stream.ofNullable(byRef.get(ref))
        .flatMap(Set::stream)
        .max(Comparator.comparing(PolicyPlan::refreshBefore));
  }

  /** Those that use any of the registries, each once, oldest first. */
  List<PolicyPlan> of(Collection<RegistryRef> refs) {
    // Sorted, because the hash of a plan reads all of its registries.
    NavigableSet<PolicyPlan> users = new TreeSet<>(PolicyPlan.OLDEST_FIRST);
    refs.forEach(ref -> users.addAll(byRef.getOrDefault(ref, Collections.emptyNavigableSet())));
    return List.copyOf(users);
  }

  /** The oldest user of each registry. */
  Map<RegistryRef, PolicyPlan> oldest() {
    Map<RegistryRef, PolicyPlan> oldest = new HashMap<>();
    byRef.forEach((ref, users) -> oldest.put(ref, users.first()));
    return oldest;
  }

  /** How many pairs of a registry and a policy that uses it there are. */
  int countPairs() {
    return byRef.values().stream().mapToInt(Set::size).sum();
  }
}
