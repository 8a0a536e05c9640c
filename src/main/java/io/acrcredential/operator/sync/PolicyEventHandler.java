// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.index.PullSecretContentCache;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Applies new, changed and deleted policies to the index and enqueues the resulting work. */
public final class PolicyEventHandler {

  private final PolicyIndex policies;
  private final PullSecretContentCache contents;
  private final NamespaceEnqueuer namespaces;
  private final BindingEnqueuer bindings;
  private final WorkQueue<WorkItem> queue;
  private final PolicyDeletionTracker deletions;
  private final HandOverTracker handOvers;

  public PolicyEventHandler(
      PolicyIndex policies,
      PullSecretContentCache contents,
      NamespaceEnqueuer namespaces,
      BindingEnqueuer bindings,
      WorkQueue<WorkItem> queue,
      PolicyDeletionTracker deletions,
      HandOverTracker handOvers) {
    this.policies = policies;
    this.contents = contents;
    this.namespaces = namespaces;
    this.bindings = bindings;
    this.queue = queue;
    this.deletions = deletions;
    this.handOvers = handOvers;
  }

  /** The policy is new or changed. */
  public void onPolicyChanged(PolicyPlan plan) {
    PolicyPlan before = policies.plan(plan.name());
    Map<RegistryRef, Shared> sharedBefore = shared(before, plan);
    Set<String> affected = policies.put(plan);
    contents.clear();
    notifySharing(sharedBefore);
    for (String namespace : affected) {
      namespaces.enqueue(namespace);
      if (namespaces.isStarted() && before != null) {
        bindings.enqueueStale(namespace, before);
      }
    }
  }

  /**
   * The policy is being deleted.
   *
   * @param handOver whether its pull Secrets and entries stay for the ACK credential helper,
   *     without the labels of this operator
   * @return whether everything that the operator wrote for the policy is removed
   */
  public boolean onPolicyDeleted(String policy, boolean handOver) {
    PolicyPlan before = policies.plan(policy);
    if (before != null) {
      Set<WorkItem> pending = new HashSet<>();
      Map<RegistryRef, Shared> sharedBefore = shared(before, null);
      Set<String> affected = policies.remove(policy);
      contents.clear();
      notifySharing(sharedBefore);
      for (String namespace : affected) {
        pending.add(new WorkItem.PullSecret(namespace));
        if (handOver) {
          handOvers.start(namespace);
        } else {
          pending.addAll(bindings.stale(namespace, before));
        }
      }
      deletions.start(policy, pending);
      pending.forEach(work -> queue.add(work, Priority.NORMAL));
      affected.forEach(namespaces::recount);
    }
    return deletions.finish(policy);
  }

  /** What the policies that use a registry share, in whatever namespaces, and show in status. */
  private record Shared(String oldest, String email, String firstToRefresh) {}

  /** Of the registries that either plan uses, where null uses none. */
  private Map<RegistryRef, Shared> shared(PolicyPlan before, PolicyPlan after) {
    return Stream.of(before, after)
        .filter(Objects::nonNull)
        .flatMap(plan -> plan.registryRefs().stream())
        .distinct()
        .collect(Collectors.toMap(ref -> ref, this::shared));
  }

  private Shared shared(RegistryRef ref) {
    Optional<PolicyPlan> oldest = policies.oldestUsing(ref);
    return new Shared(
        oldest.map(PolicyPlan::name).orElse(""),
        oldest.map(PolicyPlan::email).orElse(""),
        policies.firstToRefresh(ref).map(PolicyPlan::name).orElse(""));
  }

  private void notifySharing(Map<RegistryRef, Shared> before) {
    Set<RegistryRef> changed = new HashSet<>(before.keySet());
    changed.removeIf(ref -> shared(ref).equals(before.get(ref)));
    namespaces.notifyPolicies(policies.plansUsing(changed));
  }
}
