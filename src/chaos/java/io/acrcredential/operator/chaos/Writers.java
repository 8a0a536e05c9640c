// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Other controllers that add entries of their own to imagePullSecrets, and remove them again, all
 * the time. They write as the operator does: a JSON patch that tests the resource version.
 */
final class Writers implements AutoCloseable {

  private static final PatchContext JSON_PATCH = PatchContext.of(PatchType.JSON);
  private static final int THREADS = 3;
  private static final int MAX_ENTRIES = 5;

  private final KubernetesClient client;
  private final List<String> namespaces;
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  /** Writers share it; who compares the cluster with the ledger has it alone. */
  private final ReadWriteLock writing = new ReentrantReadWriteLock(true);

  /** Entries whose addition was acknowledged, by {@code namespace/name} of the ServiceAccount. */
  private final Map<String, Set<String>> present = new HashMap<>();

  /** Entries that may be there or not, because a write got no answer. */
  private final Map<String, Set<String>> uncertain = new HashMap<>();

  Writers(KubernetesClient client, List<String> namespaces, long seed) {
    this.client = client;
    this.namespaces = namespaces;
    for (int i = 0; i < THREADS; i++) {
      int number = i;
      threads.execute(() -> write(number, new Random(seed + number)));
    }
  }

  /** How many writes the API server has acknowledged. */
  int acknowledged() {
    return acknowledged.get();
  }

  private void write(int writer, Random random) {
    for (int n = 0; !Thread.currentThread().isInterrupted(); n++) {
      String namespace = namespaces.get(random.nextInt(namespaces.size()));
      String name = random.nextInt(4) == 0 ? "default" : "app-" + (1 + random.nextInt(3));
      writing.readLock().lock();
      try {
        writeOnce(namespace, name, "w" + writer + "-" + n);
      } finally {
        writing.readLock().unlock();
      }
      try {
        TimeUnit.MILLISECONDS.sleep(150);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Adds the entry, or removes the oldest one of this writer if it has enough of them. */
  private void writeOnce(String namespace, String name, String entry) {
    String key = namespace + "/" + name;
    String prefix = entry.substring(0, entry.indexOf('-') + 1);
    String written = entry;
    try {
      for (int attempt = 0; attempt < 10; attempt++) {
        ServiceAccount account =
            client.serviceAccounts().inNamespace(namespace).withName(name).get();
        if (account == null) {
          return;
        }
        List<String> own = names(account).stream().filter(one -> one.startsWith(prefix)).toList();
        settle(key, prefix, own);
        boolean add = own.size() < MAX_ENTRIES;
        written = add ? entry : own.get(0);
        if (add ? add(client, account, entry) : remove(client, account, written)) {
          acknowledge(key, written, add);
          return;
        }
      }
    } catch (KubernetesClientException e) {
      doubt(key, written);
    }
  }

  private synchronized void settle(String key, String prefix, List<String> found) {
    Set<String> doubtful = uncertain.getOrDefault(key, Set.of());
    doubtful.stream()
        .filter(entry -> entry.startsWith(prefix) && found.contains(entry))
        .forEach(entry -> present.computeIfAbsent(key, k -> new HashSet<>()).add(entry));
    if (!doubtful.isEmpty()) {
      doubtful.removeIf(entry -> entry.startsWith(prefix));
    }
  }

  private synchronized void acknowledge(String key, String entry, boolean added) {
    acknowledged.incrementAndGet();
    Set<String> entries = present.computeIfAbsent(key, k -> new HashSet<>());
    if (added) {
      entries.add(entry);
    } else {
      entries.remove(entry);
    }
  }

  private synchronized void doubt(String key, String entry) {
    present.getOrDefault(key, new HashSet<>()).remove(entry);
    uncertain.computeIfAbsent(key, k -> new HashSet<>()).add(entry);
  }

  /** Stops all writes until {@link #resume}, so that the ledger and the cluster can be compared. */
  void pause() {
    writing.writeLock().lock();
  }

  void resume() {
    writing.writeLock().unlock();
  }

  /** What is wrong with the list of a ServiceAccount; only while paused. */
  synchronized List<String> differences(ServiceAccount account) {
    String key = account.getMetadata().getNamespace() + "/" + account.getMetadata().getName();
    List<String> found = names(account);
    List<String> differences = new ArrayList<>();
    if (new HashSet<>(found).size() < found.size()) {
      differences.add(key + " has an entry twice: " + found);
    }
    Set<String> expected = present.getOrDefault(key, Set.of());
    if (!found.containsAll(expected)) {
      Set<String> lost = new HashSet<>(expected);
      found.forEach(lost::remove);
      differences.add(key + " has lost " + lost);
    }
    found.stream()
        .filter(entry -> entry.matches("w\\d+-\\d+"))
        .filter(entry -> !expected.contains(entry))
        .filter(entry -> !uncertain.getOrDefault(key, Set.of()).contains(entry))
        .forEach(entry -> differences.add(key + " has " + entry + " again"));
    return differences;
  }

  /** Takes what is in the cluster as right, after a fault that loses writes by design. */
  synchronized void accept(List<ServiceAccount> accounts) {
    present.clear();
    uncertain.clear();
    for (ServiceAccount account : accounts) {
      String key = account.getMetadata().getNamespace() + "/" + account.getMetadata().getName();
      Set<String> entries = new HashSet<>(names(account));
      entries.removeIf(entry -> !entry.matches("w\\d+-\\d+"));
      present.put(key, entries);
    }
  }

  /** The names in its imagePullSecrets. */
  static List<String> names(ServiceAccount account) {
    return account == null || account.getImagePullSecrets() == null
        ? List.of()
        : account.getImagePullSecrets().stream().map(LocalObjectReference::getName).toList();
  }

  /** Whether the entry was added; false after a conflict. */
  private static boolean add(KubernetesClient client, ServiceAccount account, String entry) {
    String value = "{\"name\": \"%s\"}".formatted(entry);
    return patch(
        client,
        account,
        names(account).isEmpty()
            ? "{\"op\": \"add\", \"path\": \"/imagePullSecrets\", \"value\": [" + value + "]}"
            : "{\"op\": \"add\", \"path\": \"/imagePullSecrets/-\", \"value\": " + value + "}");
  }

  /** Whether the entry was removed; false after a conflict, or if it is not there. */
  static boolean remove(KubernetesClient client, ServiceAccount account, String entry) {
    int index = names(account).indexOf(entry);
    return index >= 0
        && patch(
            client,
            account,
            "{\"op\": \"remove\", \"path\": \"/imagePullSecrets/%d\"}".formatted(index));
  }

  private static boolean patch(KubernetesClient client, ServiceAccount account, String operation) {
    String patch =
        "[{\"op\": \"test\", \"path\": \"/metadata/resourceVersion\", \"value\": \"%s\"}, %s]"
            .formatted(account.getMetadata().getResourceVersion(), operation);
    try {
      client.resource(account).patch(JSON_PATCH, patch);
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == 409 || e.getCode() == 422) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
