// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.PolicyPlan;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A policy as it is stored.
 *
 * @param plan the policy with its defaults; regions that it does not name are unknown in it
 * @param status null = the operator has not seen the policy yet
 */
public record PolicyFacts(PolicyPlan plan, AcrCredentialPolicyStatus status) {

  /** Reads the policy with the operator's own rules. */
  public static PolicyFacts of(AcrCredentialPolicy policy) {
    return new PolicyFacts(new PolicyCompiler(Optional::empty).compile(policy), policy.getStatus());
  }

  /** The name of the policy. */
  public String name() {
    return plan.name();
  }

  /** A condition that the operator computed for the current spec. */
  public Optional<Condition> condition(String type) {
    return Optional.ofNullable(status)
        .flatMap(known -> known.condition(type))
        .filter(found -> Objects.equals(found.getObservedGeneration(), plan.generation()));
  }

  /** Whether it is suspended because the ACK credential helper runs. */
  public boolean isSuspendedByCredentialHelper() {
    return condition("Ready")
        .filter(ready -> ready.getStatus().equals("False"))
        .filter(ready -> ready.getReason().equals(Reason.CredentialHelperRunning.name()))
        .isPresent();
  }

  /** Whether it selects the namespace and the ServiceAccount. */
  public boolean covers(
      WorkloadFacts.NamespaceFacts namespace,
      WorkloadFacts.AccountFacts account,
      Set<String> excludedNamespaces) {
    return coversNamespace(namespace, excludedNamespaces)
        && plan.serviceAccounts().matches(account.name(), account.labels());
  }

  /** Whether it selects the namespace. */
  public boolean coversNamespace(
      WorkloadFacts.NamespaceFacts namespace, Set<String> excludedNamespaces) {
    return !excludedNamespaces.contains(namespace.name())
        && plan.covers(namespace.name(), namespace.labels());
  }

  /** The status of each registry; none before the operator has seen the policy. */
  public List<RegistryStatus> registries() {
    return status == null || status.registries() == null ? List.of() : status.registries();
  }

  /** The keys that the operator writes for the registries, as far as the status names domains. */
  public List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < registries().size(); i++) {
      keys.addAll(keys(i));
    }
    return keys;
  }

  /** The keys for one registry. */
  public List<String> keys(int index) {
    List<String> domains = registries().get(index).domains();
    if (domains == null) {
      return List.of();
    }
    return index < plan.registries().size() ? plan.registries().get(index).keys(domains) : domains;
  }
}
