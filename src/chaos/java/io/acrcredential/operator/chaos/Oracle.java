// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.simulator.SimToken;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Judges the cluster, through a connection of its own to the API server. At every moment: a pull
 * Secret never changes from a valid token to none while that token lives. After every fault: the
 * cluster converges to what the policies desire.
 */
final class Oracle implements AutoCloseable {

  /**
   * What a token has left at least: half of its lifetime, less the 10 s that a skewed clock may
   * cost.
   */
  private static final Duration MIN_LEFT =
      ChaosEnvironment.TOKEN_LIFETIME.dividedBy(2).minusSeconds(10);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ChaosEnvironment chaos;
  private final KubernetesClient client;
  private final Writers writers;
  private SharedIndexInformer<Secret> informer;

  Oracle(ChaosEnvironment chaos, KubernetesClient client, Writers writers) {
    this.chaos = chaos;
    this.client = client;
    this.writers = writers;
    watch();
  }

  /** Watches pull Secrets from now on. */
  void watch() {
    informer =
        client
            .secrets()
            .inAnyNamespace()
            .withField("metadata.name", PULL_SECRET)
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(Secret secret) {}

                  @Override
                  public void onUpdate(Secret before, Secret after) {
                    judge(before, after);
                  }

                  @Override
                  public void onDelete(Secret before, boolean unknown) {
                    judge(before, null);
                  }
                });
  }

  /** Watches no pull Secrets until {@link #watch}, because the next fault removes them. */
  void pause() {
    informer.close();
  }

  private void judge(Secret before, Secret after) {
    String namespace = before.getMetadata().getNamespace();
    // Tenants write the others.
    if (!namespace.startsWith("team-")) {
      return;
    }
    JsonNode now = auths(after);
    auths(before)
        .properties()
        .forEach(
            entry -> {
              if (left(entry.getValue()).compareTo(Duration.ofSeconds(1)) > 0
                  && left(now.path(entry.getKey())).isZero()) {
                chaos.violations.add(
                    "%s lost the valid token of %s".formatted(namespace, entry.getKey()));
              }
            });
  }

  /** How long the token of an entry lives; zero if it is not valid, by the registry's clock. */
  private Duration left(JsonNode entry) {
    Optional<SimToken> token =
        chaos.env.acr.token(entry.path("username").asText(), entry.path("password").asText());
    return token
        .map(found -> Duration.between(chaos.env.acr.now(), found.expiresAt()))
        .orElse(Duration.ZERO);
  }

  private static JsonNode auths(Secret secret) {
    try {
      return secret == null || secret.getData() == null
          ? JSON.createObjectNode()
          : JSON.readTree(OperatorTestEnvironment.dockerConfig(secret)).path("auths");
    } catch (IOException | IllegalArgumentException e) {
      // written by a tenant
      return JSON.createObjectNode();
    }
  }

  /** In what the cluster differs from the desired state; empty = it has converged. */
  List<String> differences() {
    writers.pause();
    try {
      List<String> differences = new ArrayList<>();
      objectDifferences(differences);
      for (String policy : ChaosEnvironment.POLICIES) {
        if (!isReady(policy)) {
          differences.add("the policy " + policy + " is not ready");
        }
      }
      chaos.replicas.stream()
          .map(Replica::unready)
          .filter(why -> !why.isEmpty())
          .forEach(differences::add);
      if (chaos.replicas.stream().filter(Replica::isLeading).count() != 1) {
        differences.add("there is not one leader");
      }
      return differences;
    } catch (KubernetesClientException e) {
      return List.of("the API server does not serve: " + e.getMessage());
    } finally {
      writers.resume();
    }
  }

  private void objectDifferences(List<String> differences) {
    List<Namespace> namespaces =
        client.namespaces().list().getItems().stream()
            .filter(namespace -> namespace.getMetadata().getDeletionTimestamp() == null)
            .toList();
    Set<String> present = names(namespaces, Map.of());
    Set<String> covered = names(namespaces, ChaosEnvironment.COVERED);
    Map<String, Secret> secrets = new HashMap<>();
    client
        .secrets()
        .inAnyNamespace()
        .withField("metadata.name", PULL_SECRET)
        .list()
        .getItems()
        .forEach(secret -> secrets.put(secret.getMetadata().getNamespace(), secret));
    for (String namespace : covered) {
      JsonNode auths = auths(secrets.get(namespace));
      ChaosEnvironment.HOSTS.values().stream()
          .flatMap(List::stream)
          .filter(host -> left(auths.path(host)).compareTo(MIN_LEFT) < 0)
          .forEach(
              host ->
                  differences.add(
                      "%s has a token for %s with %s left"
                          .formatted(namespace, host, left(auths.path(host)))));
      if (auths.size() != 4) {
        differences.add("%s has %d entries".formatted(namespace, auths.size()));
      }
    }
    for (ServiceAccount account : client.serviceAccounts().inAnyNamespace().list().getItems()) {
      String namespace = account.getMetadata().getNamespace();
      if (!present.contains(namespace)) {
        continue;
      }
      boolean bound = Writers.names(account).contains(PULL_SECRET);
      if (covered.contains(namespace) != bound
          && (bound || account.getMetadata().getDeletionTimestamp() == null)) {
        differences.add(
            "%s/%s is %sbound"
                .formatted(namespace, account.getMetadata().getName(), bound ? "" : "not "));
      }
      differences.addAll(writers.differences(account));
    }
    secrets.keySet().stream()
        .filter(namespace -> namespace.equals("outside"))
        .forEach(namespace -> differences.add("a pull Secret is in " + namespace));
  }

  private static Set<String> names(List<Namespace> namespaces, Map<String, String> labels) {
    return namespaces.stream()
        .map(Namespace::getMetadata)
        .filter(one -> one.getLabels().entrySet().containsAll(labels.entrySet()))
        .map(ObjectMeta::getName)
        .collect(Collectors.toSet());
  }

  private boolean isReady(String policy) {
    var status = chaos.env.status(policy);
    return status != null
        && status.conditions().stream()
            .anyMatch(
                condition ->
                    condition.getType().equals("Ready")
                        && condition.getStatus().equals("True")
                        && condition.getReason().equals("Ready"));
  }

  @Override
  public void close() {
    informer.close();
  }
}
