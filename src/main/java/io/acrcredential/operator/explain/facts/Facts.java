// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.facts.WorkloadFacts.AccountFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.ContainerFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.NamespaceFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.PodFacts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that is known, collected once. The links read nothing else.
 *
 * @param now by the clock of the caller
 */
public record Facts(Instant now, Subject subject, ClusterFacts cluster, WorkloadFacts workload) {

  /** All policies that could be read. */
  public List<PolicyFacts> policies() {
    return cluster.policies().value().orElse(List.of());
  }

  /** The policies that the subject depends on: those that cover it; for an image, all. */
  public List<PolicyFacts> relevantPolicies() {
    return switch (subject.kind()) {
      case POLICY ->
          policies().stream().filter(policy -> policy.name().equals(subject.name())).toList();
      case IMAGE -> policies();
      case NAMESPACE ->
          policies().stream()
              .filter(
                  policy ->
                      namespace()
                          .filter(found -> policy.coversNamespace(found, excluded()))
                          .isPresent())
              .toList();
      case POD, SERVICE_ACCOUNT -> account().map(this::covering).orElse(List.of());
    };
  }

  /** The policies that cover a ServiceAccount. */
  public List<PolicyFacts> covering(AccountFacts account) {
    return namespace()
        .map(
            found ->
                policies().stream()
                    .filter(policy -> policy.covers(found, account, excluded()))
                    .toList())
        .orElse(List.of());
  }

  /** The namespace of the subject. */
  public Optional<NamespaceFacts> namespace() {
    return workload.namespace().value();
  }

  /** The ServiceAccount of a pod, or the one to be explained. */
  public Optional<AccountFacts> account() {
    return subject.kind() == Kind.NAMESPACE ? Optional.empty() : accounts().stream().findFirst();
  }

  /** The ServiceAccounts in question. */
  public List<AccountFacts> accounts() {
    return workload.accounts().value().orElse(List.of());
  }

  /** The pod to be explained. */
  public Optional<PodFacts> pod() {
    return workload.pod().value();
  }

  /** The images to be pulled, without repetition. */
  public List<ImageName> images() {
    if (subject.kind() == Kind.IMAGE) {
      return List.of(ImageName.parse(subject.name()));
    }
    return pod().stream()
        .flatMap(pod -> pod.containers().stream())
        .map(ContainerFacts::image)
        .map(ImageName::parse)
        .distinct()
        .toList();
  }

  /** The pull Secret of the namespace; absent also if there is no namespace. */
  public Read<SecretFacts> pullSecret() {
    return workload.secrets().getOrDefault(cluster.pullSecretName(), new Read.Absent<>());
  }

  private Set<String> excluded() {
    return cluster.excludedNamespaces();
  }
}
