// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.configmap.CredentialHelperDetector;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.index.PullSecretContentCache;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.queue.WorkFailures;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.token.TokenService;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Collects from the operator's components what a policy's status is computed from. */
public final class StatusInputsCollector {

  private final PolicyIndex policies;
  private final TokenService tokens;
  private final CredentialsResolver credentials;
  private final PullSecretContentCache contents;
  private final BindingCounts bindings;
  private final WorkFailures failures;
  private final CredentialHelperDetector credentialHelper;

  public StatusInputsCollector(
      PolicyIndex policies,
      TokenService tokens,
      CredentialsResolver credentials,
      PullSecretContentCache contents,
      BindingCounts bindings,
      WorkFailures failures,
      CredentialHelperDetector credentialHelper) {
    this.policies = policies;
    this.tokens = tokens;
    this.credentials = credentials;
    this.contents = contents;
    this.bindings = bindings;
    this.failures = failures;
    this.credentialHelper = credentialHelper;
  }

  /** The inputs for a policy that has been applied. */
  StatusInputs collect(AcrCredentialPolicy policy, UnboundTimes unboundTimes) {
    PolicyPlan plan = policies.plan(policy.getMetadata().getName());
    return new StatusInputs(
        new StatusInputs.Spec(
            plan, DomainConflicts.of(plan, policies, tokens::state), isTooLarge(plan)),
        new StatusInputs.Tokens(tokens::state, credentials::describe),
        bindings(plan, unboundTimes),
        new StatusInputs.ConfigMap(
            ConfigMapPolicy.ignoredItems(policy),
            ConfigMapPolicy.unreadableReason(policy),
            credentialHelper.suspensionReason(policy)));
  }

  private StatusInputs.Bindings bindings(PolicyPlan plan, UnboundTimes unboundTimes) {
    String name = plan.name();
    BindingCounts.Count accounts = bindings.count(name);
    Optional<WorkFailure> failure = failures.worst(namespace -> policies.covers(name, namespace));
    return new StatusInputs.Bindings(
        policies.countNamespaces(name),
        accounts,
        unboundTimes.update(name, accounts.missing() > 0 || failure.isPresent()),
        failure,
        missingNamespaces(plan));
  }

  private boolean isTooLarge(PolicyPlan plan) {
    return policies.distinctPolicyLists(plan.name()).stream()
        .anyMatch(list -> contents.get(list).omittedPolicies().contains(plan.name()));
  }

  private List<String> missingNamespaces(PolicyPlan plan) {
    Set<String> names = plan.namespaces().names();
    return names == null
        ? List.of()
        : names.stream()
            .filter(namespace -> !plan.namespaces().exclude().contains(namespace))
            .filter(namespace -> !policies.containsNamespace(namespace))
            .sorted()
            .toList();
  }
}
