// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.kubernetes.ChangeHandler;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.kubernetes.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One informer for each Secret with an AccessKey, selected by name, because RBAC grants access by
 * name only. A change takes effect immediately.
 */
public final class CredentialSecretInformers {

  /**
   * Limits the wait for an API server that does not answer; the renewal of tokens with known keys
   * continues.
   */
  private static final Duration SYNC_TIMEOUT = Duration.ofSeconds(3);

  private final KubernetesClient client;
  private final InformerRegistry registry;
  private final CredentialSecretCache secrets;
  private final Consumer<Name> onChange;
  private final Duration syncTimeout;
  private final Map<Name, SharedIndexInformer<Secret>> running = new HashMap<>();

  /**
   * @param onChange called with every Secret that was added, changed or deleted
   */
  public CredentialSecretInformers(
      KubernetesClient client,
      InformerRegistry registry,
      CredentialSecretCache secrets,
      Consumer<Name> onChange) {
    this(client, registry, secrets, onChange, SYNC_TIMEOUT);
  }

  CredentialSecretInformers(
      KubernetesClient client,
      InformerRegistry registry,
      CredentialSecretCache secrets,
      Consumer<Name> onChange,
      Duration syncTimeout) {
    this.client = client;
    this.registry = registry;
    this.secrets = secrets;
    this.onChange = onChange;
    this.syncTimeout = syncTimeout;
  }

  /**
   * Watches exactly these Secrets. Returns when every Secret that exists and may be read has been
   * read, or after the timeout.
   */
  synchronized void watch(Collection<Name> names) throws InterruptedException {
    for (Name name : Map.copyOf(running).keySet()) {
      if (!names.contains(name)) {
        registry.stop(running.remove(name));
        secrets.put(name, null);
      }
    }
    Map<Name, SharedIndexInformer<Secret>> added = new HashMap<>();
    for (Name name : names) {
      if (!running.containsKey(name)) {
        added.put(name, start(name));
      }
    }
    running.putAll(added);
    long deadline = System.nanoTime() + syncTimeout.toNanos();
    for (Map.Entry<Name, SharedIndexInformer<Secret>> each : added.entrySet()) {
      registry.awaitFirstResult(
          each.getValue(), Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
      // Event handlers run asynchronously, and the first fetch must not run before them.
      each.getValue()
          .getStore()
          .list()
          .forEach(secret -> update(each.getKey(), SecretData.of(secret)));
    }
  }

  private SharedIndexInformer<Secret> start(Name name) {
    return registry.start(
        "Secret " + name,
        false,
        client.secrets().inNamespace(name.namespace()).withName(name.name()),
        null,
        new ChangeHandler<>(
            secret -> update(name, SecretData.of(secret)), secret -> update(name, null)));
  }

  private void update(Name name, Map<String, SensitiveString> data) {
    if (secrets.put(name, data)) {
      onChange.accept(name);
    }
  }
}
