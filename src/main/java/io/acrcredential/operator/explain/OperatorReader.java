// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.explain.facts.OperatorFacts;
import io.acrcredential.operator.explain.facts.OperatorFacts.LeaseFacts;
import io.acrcredential.operator.explain.facts.OperatorFacts.OperatorPod;
import io.acrcredential.operator.explain.facts.Read;
import io.acrcredential.operator.leader.LeaderElection;
import io.acrcredential.operator.leader.LeaseRecord;
import io.acrcredential.operator.leader.OwnershipLease;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Finds the operator, its settings and its Leases. */
final class OperatorReader {

  /** Of the manifests, the chart and the OLM bundle. */
  private static final String LABEL = "app.kubernetes.io/part-of";

  private static final String LABEL_VALUE = "acr-credential-operator";
  private static final String DEFAULT_NAMESPACE = "acr-credential-operator";
  private static final String CONTAINER = "operator";

  /** More than the period in which the leader renews its Lease. */
  private static final Duration RENEWAL = Duration.ofSeconds(4);

  private final KubernetesClient client;
  private final ApiReader api;
  private final Optional<String> givenNamespace;
  private final Clock clock;
  private final Read<List<Deployment>> deployments;

  /**
   * @param givenNamespace of the operator; empty = where a Deployment is found
   */
  OperatorReader(
      KubernetesClient client, ApiReader api, Optional<String> givenNamespace, Clock clock) {
    this.client = client;
    this.api = api;
    this.givenNamespace = givenNamespace;
    this.clock = clock;
    this.deployments =
        api.read(
            "list deployments in all namespaces",
            () ->
                client
                    .apps()
                    .deployments()
                    .inAnyNamespace()
                    .withLabel(LABEL, LABEL_VALUE)
                    .list()
                    .getItems()
                    .stream()
                    .filter(found -> operator(found).isPresent())
                    .toList());
  }

  private static Optional<Container> operator(Deployment deployment) {
    return deployment.getSpec().getTemplate().getSpec().getContainers().stream()
        .filter(container -> container.getName().equals(CONTAINER))
        .findFirst();
  }

  /** The namespace of the installation. */
  String namespace() {
    return givenNamespace
        .or(
            () ->
                deployments.value().stream()
                    .flatMap(List::stream)
                    .map(found -> found.getMetadata().getNamespace())
                    .findFirst())
        .orElse(DEFAULT_NAMESPACE);
  }

  /** The settings of the installation that have a value in the Deployment. */
  Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    deployments.value().stream()
        .flatMap(List::stream)
        .filter(found -> found.getMetadata().getNamespace().equals(namespace()))
        .flatMap(found -> operator(found).stream())
        .flatMap(container -> container.getEnv().stream())
        .filter(variable -> variable.getName().startsWith("ACR_") && variable.getValue() != null)
        .forEach((EnvVar variable) -> settings.put(variable.getName(), variable.getValue()));
    return settings;
  }

  OperatorFacts read(String pullSecretName) {
    String namespace = namespace();
    String leaseNamespace = settings().getOrDefault("ACR_CREDENTIALS_NAMESPACE", namespace);
    return new OperatorFacts(
        namespace,
        deployments.map(
            found ->
                found.stream()
                    .map(deployment -> deployment.getMetadata().getNamespace())
                    .distinct()
                    .sorted()
                    .toList()),
        api.read("list pods in " + namespace, () -> pods(namespace)),
        leader(leaseNamespace),
        lease(OwnershipLease.NAMESPACE, OwnershipLease.name(pullSecretName)));
  }

  private List<OperatorPod> pods(String namespace) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel(LABEL, LABEL_VALUE)
        .list()
        .getItems()
        .stream()
        .filter(
            pod ->
                pod.getSpec().getContainers().stream()
                    .anyMatch(container -> container.getName().equals(CONTAINER)))
        .map(pod -> new OperatorPod(pod.getMetadata().getName(), Readiness.isPodReady(pod)))
        .toList();
  }

  /**
   * The clock of the caller may be wrong by more than the Lease lasts, so one that seems to have
   * expired is read again after its holder must have renewed it.
   */
  private Read<LeaseFacts> leader(String namespace) {
    Read<LeaseFacts> first = lease(namespace, LeaderElection.NAME);
    Optional<LeaseFacts> before =
        first
            .value()
            .filter(lease -> !lease.holder().isEmpty() && !lease.isHeldAt(clock.instant()));
    if (before.isEmpty()) {
      return first;
    }
    try {
      TimeUnit.MILLISECONDS.sleep(RENEWAL.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return first;
    }
    return lease(namespace, LeaderElection.NAME)
        .map(
            now ->
                now.renewedAt().equals(before.get().renewedAt())
                    ? now
                    : now.renewedAt(clock.instant()));
  }

  private Read<LeaseFacts> lease(String namespace, String name) {
    return api.json(
        "get lease " + namespace + "/" + name,
        "/apis/coordination.k8s.io/v1/namespaces/%s/leases/%s".formatted(namespace, name),
        OperatorReader::lease);
  }

  private static LeaseFacts lease(JsonNode object) {
    LeaseRecord lease = LeaseRecord.of(object);
    Instant renewed;
    try {
      renewed = Instant.parse(lease.renewTime());
    } catch (DateTimeParseException e) {
      renewed = Instant.EPOCH;
    }
    return new LeaseFacts(lease.holder(), renewed, lease.duration());
  }
}
