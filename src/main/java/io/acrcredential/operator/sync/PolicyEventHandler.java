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
    Map<RegistryRef, String> emails = emails(before, plan);
    Set<String> affected = policies.put(plan);
    contents.clear();
    enqueueChangedEmails(emails);
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
      Map<RegistryRef, String> emails = emails(before, null);
      Set<String> affected = policies.remove(policy);
      contents.clear();
      enqueueChangedEmails(emails);
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

  /** Of the registries that either plan uses, where null uses none. */
  private Map<RegistryRef, String> emails(PolicyPlan before, PolicyPlan after) {
    return Stream.of(before, after)
        .filter(Objects::nonNull)
        .flatMap(plan -> plan.registryRefs().stream())
        .distinct()
        .collect(Collectors.toMap(ref -> ref, policies::email));
  }

  /** The email of a registry is also that of younger policies, in namespaces of their own. */
  private void enqueueChangedEmails(Map<RegistryRef, String> before) {
    Set<RegistryRef> changed = new HashSet<>(before.keySet());
    changed.removeIf(ref -> policies.email(ref).equals(before.get(ref)));
    for (PolicyPlan plan : policies.plansUsing(changed)) {
      policies.namespaces(plan.name()).forEach(namespaces::enqueue);
    }
  }
}
