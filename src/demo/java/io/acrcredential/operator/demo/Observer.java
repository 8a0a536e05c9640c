// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.demo.DemoEnvironment.Account;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.acrcredential.operator.testkit.simulator.SimToken;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
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
import java.util.function.Consumer;

/**
 * Watches ServiceAccounts and pull Secrets from outside, as anybody could, and asks the simulator
 * what the passwords in them are worth.
 */
final class Observer implements AutoCloseable {

  static final String PULL_SECRET = "acr-credential-secret-aggregation";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What is known of a ServiceAccount.
   *
   * @param after from when it was there, and asked for, until it was bound; null = not bound
   * @param domains keys of the namespace's pull Secret, if it is bound
   * @param oldest of the tokens there
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

  private record Pulls(List<String> domains, List<Optional<SimToken>> tokens, byte[] json) {}

  private final AcrSimulator simulator;
  private final List<AutoCloseable> watches = new ArrayList<>();
  private final List<Account> accounts = new ArrayList<>();
  private final Map<String, Long> since = new HashMap<>();
  private final Map<String, Long> boundAt = new HashMap<>();
  private final Map<String, List<String>> entries = new HashMap<>();
  private final Map<String, Pulls> pulls = new HashMap<>();
  private final Map<String, Set<String>> secretUids = new HashMap<>();
  private long askedAt = Long.MAX_VALUE;
  private Duration leastLeft = Cloud.LIFETIME;

  Observer(KubernetesClient client, Set<String> namespaces, AcrSimulator simulator) {
    this.simulator = simulator;
    for (String namespace : namespaces) {
      watches.add(
          client
              .serviceAccounts()
              .inNamespace(namespace)
              .inform(new Handler<>(this::seen, this::gone)));
      watches.add(
          client
              .secrets()
              .inNamespace(namespace)
              .withName(PULL_SECRET)
              .inform(new Handler<>(this::seen, this::gone)));
    }
  }

  /** From now on these are rows of the table. */
  synchronized void follow(List<Account> more) {
    accounts.addAll(more);
  }

  /** Time counts from here on for those that are there already. */
  synchronized void asked() {
    askedAt = System.nanoTime();
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
    long from = Math.max(since.getOrDefault(key, bound), Math.min(askedAt, bound));
    Pulls there = pulls.get(account.namespace());
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

  /** The rows that shall be bound are, and no others. */
  boolean asCovered() {
    return rows().stream().allMatch(row -> row.bound() == row.account().covered());
  }

  /** Whether each covered row is bound and its namespace's Secret holds good tokens alone. */
  synchronized boolean settled() {
    return rows().stream()
        .filter(row -> row.account().covered())
        .allMatch(row -> row.bound() && good(row.account().namespace()));
  }

  private boolean good(String namespace) {
    Pulls there = pulls.get(namespace);
    return there != null
        && !there.tokens().isEmpty()
        && there.tokens().stream().allMatch(Optional::isPresent);
  }

  /** Whether all tokens in all Secrets were issued after this time. */
  synchronized boolean allIssuedAfter(Instant time) {
    return !pulls.isEmpty()
        && pulls.values().stream()
            .flatMap(there -> there.tokens().stream())
            .allMatch(token -> token.isPresent() && token.get().issuedAt().isAfter(time));
  }

  synchronized boolean knows(Account account) {
    return entries.containsKey(key(account.namespace(), account.name()));
  }

  /** The names in a ServiceAccount's imagePullSecrets. */
  synchronized List<String> entries(Account account) {
    return entries.getOrDefault(key(account.namespace(), account.name()), List.of());
  }

  synchronized int secrets() {
    return pulls.size();
  }

  /** Whether no Secret was ever deleted and made anew. */
  synchronized boolean sameSecrets() {
    return secretUids.values().stream().allMatch(uids -> uids.size() == 1);
  }

  /** The value of {@code .dockerconfigjson} in a namespace. */
  synchronized byte[] dockerConfig(String namespace) {
    return Optional.ofNullable(pulls.get(namespace))
        .map(Pulls::json)
        .orElseThrow(() -> new DemoException("There is no pull Secret in " + namespace));
  }

  /** The least life that any token in any Secret ever had left. */
  synchronized Duration leastLeft() {
    for (Pulls there : pulls.values()) {
      for (Optional<SimToken> token : there.tokens()) {
        Duration left =
            token
                .map(one -> Duration.between(simulator.now(), one.expiresAt()))
                .orElse(Duration.ZERO);
        leastLeft = left.compareTo(leastLeft) < 0 ? left : leastLeft;
      }
    }
    return leastLeft;
  }

  private synchronized void seen(ServiceAccount account) {
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

  private synchronized void gone(ServiceAccount account) {
    String key = key(account.getMetadata().getNamespace(), account.getMetadata().getName());
    entries.remove(key);
    boundAt.remove(key);
  }

  private synchronized void seen(Secret secret) {
    leastLeft();
    String namespace = secret.getMetadata().getNamespace();
    secretUids
        .computeIfAbsent(namespace, name -> new HashSet<>())
        .add(secret.getMetadata().getUid());
    pulls.put(namespace, read(secret));
  }

  private synchronized void gone(Secret secret) {
    pulls.remove(secret.getMetadata().getNamespace());
  }

  private Pulls read(Secret secret) {
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
    // The column may have room for one or two alone: the shortest say most.
    domains.sort(Comparator.comparing(Observer::plainness).thenComparing(String::compareTo));
    return new Pulls(List.copyOf(domains), tokens, json);
  }

  private static int plainness(String domain) {
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
        // it watches nothing any more, which is all that is wanted
      }
    }
  }

  private record Handler<T>(Consumer<T> seen, Consumer<T> gone) implements ResourceEventHandler<T> {
    @Override
    public void onAdd(T added) {
      seen.accept(added);
    }

    @Override
    public void onUpdate(T before, T now) {
      seen.accept(now);
    }

    @Override
    public void onDelete(T last, boolean finalStateUnknown) {
      gone.accept(last);
    }
  }
}
