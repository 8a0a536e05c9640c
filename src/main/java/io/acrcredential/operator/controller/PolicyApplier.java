// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.configmap.CredentialHelperDetector;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.sync.PolicyEventHandler;
import io.acrcredential.operator.sync.TokenEventHandler;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** Applies new, changed and deleted policies to the index, the work queue and the token service. */
public final class PolicyApplier {

  private final PolicyCompiler compiler;
  private final CredentialHelperDetector credentialHelper;
  private final PolicyIndex policies;
  private final PolicyEventHandler policyEvents;
  private final TokenEventHandler tokenEvents;
  private final PolicyTokens tokens;
  private final Runnable onChange;

  /**
   * @param onChange run after any policy was added, changed or deleted
   */
  public PolicyApplier(
      PolicyCompiler compiler,
      CredentialHelperDetector credentialHelper,
      PolicyIndex policies,
      PolicyEventHandler policyEvents,
      TokenEventHandler tokenEvents,
      PolicyTokens tokens,
      Runnable onChange) {
    this.compiler = compiler;
    this.credentialHelper = credentialHelper;
    this.policies = policies;
    this.policyEvents = policyEvents;
    this.tokenEvents = tokenEvents;
    this.tokens = tokens;
    this.onChange = onChange;
  }

  /**
   * Applies all existing policies at start, before any work is done: with only some of them known,
   * the operator would unbind what the others need.
   */
  public void start(Collection<AcrCredentialPolicy> existing) throws InterruptedException {
    for (AcrCredentialPolicy policy : existing) {
      PolicyPlan plan = compile(policy);
      boolean deleting = policy.getMetadata().getDeletionTimestamp() != null;
      // A policy that is being deleted is needed too: its plan determines what to remove.
      policyEvents.onPolicyChanged(deleting ? plan.suspend() : plan);
    }
    tokens.requestAll(refreshRequested(existing));
  }

  /**
   * Requests the tokens of all policies again, after another process led and renewed them.
   *
   * @param existing with their current status, which the informer may not have yet
   */
  public void resume(Collection<AcrCredentialPolicy> existing) throws InterruptedException {
    tokens.requestAll(refreshRequested(existing));
    tokenEvents.onTokensChanged(policies.demands().keySet());
  }

  /** The registries of the policies whose request for new tokens no process has handled. */
  private Set<RegistryRef> refreshRequested(Collection<AcrCredentialPolicy> existing) {
    Set<RegistryRef> requested = new HashSet<>();
    for (AcrCredentialPolicy policy : existing) {
      PolicyPlan plan = policies.plan(policy.getMetadata().getName());
      if (plan != null && RefreshRequest.isNew(null, plan, policy.getStatus())) {
        requested.addAll(plan.registryRefs());
      }
    }
    return requested;
  }

  /** Applies the policy if it differs from what was applied last. */
  void apply(AcrCredentialPolicy policy) {
    PolicyPlan before = policies.plan(policy.getMetadata().getName());
    PolicyPlan plan = compile(policy).keepTargetsIfFrozen(before);
    if (plan.equals(before)) {
      return;
    }
    policyEvents.onPolicyChanged(plan);
    boolean refresh = RefreshRequest.isNew(before, plan, policy.getStatus());
    requestTokens(refresh ? plan.registryRefs() : Set.of());
    Set<RegistryRef> restored = tokens.addedWithToken(before, plan);
    if (!restored.isEmpty()) {
      // These tokens were restored from the state Secrets, so no fetch announces them.
      tokenEvents.onTokensChanged(restored);
    }
    if (before != null && !refresh && !RefreshRequest.isOnlyChange(before, plan)) {
      tokens.relistDomains(plan);
    }
    onChange.run();
  }

  private PolicyPlan compile(AcrCredentialPolicy policy) {
    PolicyPlan plan = compiler.compile(policy);
    return credentialHelper.suspensionReason(policy).isPresent() ? plan.suspend() : plan;
  }

  /**
   * Removes from the cluster what exists because of the policy. If the ACK credential helper takes
   * over, its objects stay: removing them would end pulls until the helper has written its own.
   *
   * @return whether everything is removed
   */
  boolean delete(AcrCredentialPolicy policy) {
    boolean handOver = credentialHelper.suspensionReason(policy).isPresent();
    boolean removed = policyEvents.onPolicyDeleted(policy.getMetadata().getName(), handOver);
    requestTokens(Set.of());
    return removed;
  }

  /**
   * The policy no longer exists; if its finalizer was removed by hand, it was not cleaned up yet.
   */
  void onDeleted(AcrCredentialPolicy policy) {
    if (policies.plan(policy.getMetadata().getName()) != null) {
      delete(policy);
    }
    onChange.run();
  }

  private void requestTokens(Set<RegistryRef> refresh) {
    try {
      tokens.requestAll(refresh);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
