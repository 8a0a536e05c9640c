// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.admission.AdmissionState;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.configmap.CredentialHelperDetector;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.pod.PodAccess;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.queue.WorkFailures;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.token.TokenService;
import java.util.Optional;

/** Collects from the operator's components what a policy's status is computed from. */
public final class StatusInputsCollector {

  private final PolicyIndex policies;
  private final TokenService tokens;
  private final CredentialsResolver credentials;
  private final NamespaceCoverage coverage;
  private final BindingCounts bindings;
  private final WorkFailures failures;
  private final CredentialHelperDetector credentialHelper;
  private final AdmissionState admission;
  private final PodAccess pods;

  public StatusInputsCollector(
      PolicyIndex policies,
      TokenService tokens,
      CredentialsResolver credentials,
      NamespaceCoverage coverage,
      BindingCounts bindings,
      WorkFailures failures,
      CredentialHelperDetector credentialHelper,
      AdmissionState admission,
      PodAccess pods) {
    this.policies = policies;
    this.tokens = tokens;
    this.credentials = credentials;
    this.coverage = coverage;
    this.bindings = bindings;
    this.failures = failures;
    this.credentialHelper = credentialHelper;
    this.admission = admission;
    this.pods = pods;
  }

  /** The inputs for a policy that has been applied. */
  StatusInputs collect(AcrCredentialPolicy policy, UnboundTimes unboundTimes) {
    PolicyPlan plan = policies.plan(policy.getMetadata().getName());
    boolean wasReady =
        policy.getStatus() != null && policy.getStatus().isTrue("Ready", plan.generation());
    return new StatusInputs(
        new StatusInputs.Spec(
            plan,
            DomainConflicts.of(plan, policies, tokens::state),
            EmailDifferences.of(plan, policies),
            coverage.isTooLarge(plan)),
        new StatusInputs.Tokens(
            tokens::state, credentials::describe, policies::firstToRefresh, tokens::isSettled),
        bindings(plan, coverage.of(plan, wasReady), unboundTimes),
        new StatusInputs.ConfigMap(
            ConfigMapPolicy.ignoredItems(policy),
            ConfigMapPolicy.unreadableReason(policy),
            credentialHelper.suspensionReason(policy)),
        plan.bindAtCreation() ? admission.note(countBoundAtCreation()) : "",
        pods.healingObstacle(plan),
        pods.injectionObstacle(plan));
  }

  private long countBoundAtCreation() {
    return policies.plans().stream()
        .filter(plan -> plan.bindAtCreation() && !plan.isFrozen())
        .count();
  }

  private StatusInputs.Bindings bindings(
      PolicyPlan plan, StatusInputs.Coverage covered, UnboundTimes unboundTimes) {
    String name = plan.name();
    Optional<WorkFailure> failure = failures.worst(namespace -> policies.covers(name, namespace));
    StatusInputs.Bindings now =
        new StatusInputs.Bindings(covered, bindings.count(name), null, failure);
    return now.since(unboundTimes.update(name, now.isWaiting() || failure.isPresent()));
  }
}
