// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.pullsecret.PullSecretDecision;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;

/** Detects drift of pull Secrets, and enqueues the bindings that wait for a pull Secret. */
public final class PullSecretEventHandler implements ObjectEventHandler<Secret> {

  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final PullSecretPlanner planner;
  private final DriftBackoff driftBackoff;
  private final NamespaceEnqueuer namespaces;
  private final BindingEnqueuer bindings;
  private final CopiedSecretReporter copies;

  public PullSecretEventHandler(
      ClusterCache cache,
      PolicyIndex policies,
      PullSecretPlanner planner,
      DriftBackoff driftBackoff,
      NamespaceEnqueuer namespaces,
      BindingEnqueuer bindings,
      CopiedSecretReporter copies) {
    this.cache = cache;
    this.policies = policies;
    this.planner = planner;
    this.driftBackoff = driftBackoff;
    this.namespaces = namespaces;
    this.bindings = bindings;
    this.copies = copies;
  }

  @Override
  public void onChanged(Secret before, Secret now) {
    handle(now.getMetadata().getNamespace());
  }

  @Override
  public void onDeleted(Secret last) {
    handle(last.getMetadata().getNamespace());
  }

  /** The namespace's pull Secret is new, changed or gone. */
  void handle(String namespace) {
    if (!namespaces.isStarted() || !policies.containsNamespace(namespace)) {
      return;
    }
    copies.report(namespace);
    ObservedSecret observed = cache.pullSecret(namespace);
    if (hasDrifted(observed, policies.policies(namespace))) {
      namespaces.enqueuePullSecret(
          namespace, Priority.NORMAL, driftBackoff.onReverted(new WorkItem.PullSecret(namespace)));
    } else if (observed != null) {
      // Also after our own write, because the watch event may arrive before the reply.
      bindings.enqueueMissing(namespace);
    }
  }

  private boolean hasDrifted(ObservedSecret observed, List<PolicyPlan> covering) {
    if (covering.stream().allMatch(PolicyPlan::isFrozen)) {
      return covering.isEmpty() && observed != null && observed.owned();
    }
    return planner.plan(observed, covering).decision() != PullSecretDecision.KEEP;
  }
}
