// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.demo.DemoEnvironment.Account;
import io.acrcredential.operator.kubernetes.ChangeHandler;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.acrcredential.operator.testkit.simulator.SimToken;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Watches ServiceAccounts and pull Secrets through the API server and checks the tokens in them
 * with the simulator.
 */
final class ClusterObserver implements AutoCloseable {

  static final String PULL_SECRET = "acr-credential-secret-aggregation";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * The observed state of a ServiceAccount.
   *
   * @param after time from its creation, or the configuration's if later, to its binding; null =
   *     not bound
   * @param domains keys of the namespace's pull Secret, if it is bound
   * @param oldest the token in that Secret that expires first
   */
  record Row(
      Account account,
      boolean exists,
      Duration after,
      List<String> domains,
      Optional<SimToken> oldest) {

    boolean bound() {
      return after != null;
    }
  }

  private record PullSecretContent(
      List<String> domains, List<Optional<SimToken>> tokens, byte[] json) {}

  private final AcrSimulator simulator;
  private final List<AutoCloseable> watches = new ArrayList<>();
  private final List<Account> accounts = new ArrayList<>();
  private final Map<String, Long> since = new HashMap<>();
  private final Map<String, Long> boundAt = new HashMap<>();
  private final Map<String, List<String>> entries = new HashMap<>();
  private final Map<String, PullSecretContent> pullSecrets = new HashMap<>();
  private final Map<String, Set<String>> secretUids = new HashMap<>();
  private long configurationAppliedAt = Long.MAX_VALUE;
  private Duration shortestRemainingLife = SimulatedCloud.LIFETIME;

  ClusterObserver(KubernetesClient client, Set<String> namespaces, AcrSimulator simulator) {
    this.simulator = simulator;
    for (String namespace : namespaces) {
      watches.add(
          client
              .serviceAccounts()
              .inNamespace(namespace)
              .inform(new ChangeHandler<>(this::onChanged, this::onDeleted)));
      watches.add(
          client
              .secrets()
              .inNamespace(namespace)
              .withName(PULL_SECRET)
              .inform(new ChangeHandler<>(this::onChanged, this::onDeleted)));
    }
  }

  /** Adds these ServiceAccounts to the table. */
  synchronized void follow(List<Account> more) {
    accounts.addAll(more);
  }

  /** Starts the measurement for ServiceAccounts that exist already. */
  synchronized void markConfigurationApplied() {
    configurationAppliedAt = System.nanoTime();
  }

  /** The API server has answered the POST of this ServiceAccount at that time. */
  synchronized void created(Account account, long nanoTime) {
    since.put(key(account.namespace(), account.name()), nanoTime);
  }

  synchronized List<Row> rows() {
    return accounts.stream().map(this::row).toList();
  }

  private Row row(Account account) {
    String key = key(account.namespace(), account.name());
    Long bound = boundAt.get(key);
    if (bound == null) {
      return new Row(account, entries.containsKey(key), null, List.of(), Optional.empty());
    }
    long from = Math.max(since.getOrDefault(key, bound), Math.min(configurationAppliedAt, bound));
    PullSecretContent there = pullSecrets.get(account.namespace());
    return new Row(
        account,
        true,
        Duration.ofNanos(Math.max(0, bound - from)),
        there == null ? List.of() : there.domains(),
        there == null
            ? Optional.empty()
            : there.tokens().stream()
                .flatMap(Optional::stream)
                .min(Comparator.comparing(SimToken::expiresAt)));
  }

  /** Whether exactly the covered ServiceAccounts are bound. */
  boolean bindingsMatchCoverage() {
    return rows().stream().allMatch(row -> row.bound() == row.account().covered());
  }

  /** Whether each covered ServiceAccount is bound and its pull Secret has valid tokens only. */
  synchronized boolean allCoveredHaveValidTokens() {
    return rows().stream()
        .filter(row -> row.account().covered())
        .allMatch(row -> row.bound() && hasOnlyValidTokens(row.account().namespace()));
  }

  private boolean hasOnlyValidTokens(String namespace) {
    PullSecretContent there = pullSecrets.get(namespace);
    return there != null
        && !there.tokens().isEmpty()
        && there.tokens().stream().allMatch(Optional::isPresent);
  }

  /** Whether all tokens in all Secrets were issued after this time. */
  synchronized boolean allIssuedAfter(Instant time) {
    return !pullSecrets.isEmpty()
        && pullSecrets.values().stream()
            .flatMap(there -> there.tokens().stream())
            .allMatch(token -> token.isPresent() && token.get().issuedAt().isAfter(time));
  }

  synchronized boolean hasObserved(Account account) {
    return entries.containsKey(key(account.namespace(), account.name()));
  }

  /** The names in a ServiceAccount's imagePullSecrets. */
  synchronized List<String> entries(Account account) {
    return entries.getOrDefault(key(account.namespace(), account.name()), List.of());
  }

  synchronized int secrets() {
    return pullSecrets.size();
  }

  /** Whether no Secret was deleted and created again. */
  synchronized boolean allSecretsKeptTheirUid() {
    return secretUids.values().stream().allMatch(uids -> uids.size() == 1);
  }

  /** The value of {@code .dockerconfigjson} in a namespace. */
  synchronized byte[] dockerConfig(String namespace) {
    return Optional.ofNullable(pullSecrets.get(namespace))
        .map(PullSecretContent::json)
        .orElseThrow(() -> new DemoException("There is no pull Secret in " + namespace));
  }

  /** The shortest remaining lifetime observed of any token in any Secret. */
  synchronized Duration shortestRemainingLife() {
    for (PullSecretContent there : pullSecrets.values()) {
      for (Optional<SimToken> token : there.tokens()) {
        Duration left =
            token
                .map(one -> Duration.between(simulator.now(), one.expiresAt()))
                .orElse(Duration.ZERO);
        shortestRemainingLife =
            left.compareTo(shortestRemainingLife) < 0 ? left : shortestRemainingLife;
      }
    }
    return shortestRemainingLife;
  }

  private synchronized void onChanged(ServiceAccount account) {
    String key = key(account.getMetadata().getNamespace(), account.getMetadata().getName());
    List<String> names =
        Optional.ofNullable(account.getImagePullSecrets()).orElse(List.of()).stream()
            .map(LocalObjectReference::getName)
            .toList();
    entries.put(key, names);
    since.putIfAbsent(key, System.nanoTime());
    if (!names.contains(PULL_SECRET)) {
      boundAt.remove(key);
    } else {
      boundAt.putIfAbsent(key, System.nanoTime());
    }
  }

  private synchronized void onDeleted(ServiceAccount account) {
    String key = key(account.getMetadata().getNamespace(), account.getMetadata().getName());
    entries.remove(key);
    boundAt.remove(key);
  }

  private synchronized void onChanged(Secret secret) {
    shortestRemainingLife();
    String namespace = secret.getMetadata().getNamespace();
    secretUids
        .computeIfAbsent(namespace, name -> new HashSet<>())
        .add(secret.getMetadata().getUid());
    pullSecrets.put(namespace, read(secret));
  }

  private synchronized void onDeleted(Secret secret) {
    pullSecrets.remove(secret.getMetadata().getNamespace());
  }

  private PullSecretContent read(Secret secret) {
    byte[] json = Base64.getDecoder().decode(secret.getData().get(".dockerconfigjson"));
    List<String> domains = new ArrayList<>();
    List<Optional<SimToken>> tokens = new ArrayList<>();
    try {
      for (Map.Entry<String, JsonNode> entry : JSON.readTree(json).path("auths").properties()) {
        domains.add(entry.getKey());
        JsonNode login = entry.getValue();
        tokens.add(
            simulator.token(login.path("username").asText(), login.path("password").asText()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("not JSON: " + new String(json, UTF_8).length(), e);
    }
    // The column shows one or two domains only, so the plain public ones come first.
    domains.sort(
        Comparator.comparing(ClusterObserver::displayRank).thenComparing(String::compareTo));
    return new PullSecretContent(List.copyOf(domains), tokens, json);
  }

  private static int displayRank(String domain) {
    boolean inner = domain.contains("-vpc") || domain.contains("-internal");
    boolean other = domain.contains("-intl") || domain.startsWith("127.");
    return inner || other ? 2 : domain.contains(".cr.aliyuncs.com") ? 0 : 1;
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }

  @Override
  public void close() {
    for (AutoCloseable watch : watches) {
      try {
        watch.close();
      } catch (Exception e) {
        // The informer is stopped, which is all that close() is for.
      }
    }
  }
}
