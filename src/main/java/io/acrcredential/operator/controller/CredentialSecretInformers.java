package io.acrcredential.operator.controller;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One watch for each Secret that holds an AccessKey, by its name: RBAC grants no more, and a change
 * is used at once.
 */
public final class CredentialSecretInformers {

  /** A server that does not answer must not hold up the tokens whose keys are known. */
  static final Duration SYNC = Duration.ofSeconds(3);

  private final KubernetesClient client;
  private final InformerRegistry watches;
  private final CredentialSecretCache secrets;
  private final Consumer<Name> changed;
  private final Map<Name, SharedIndexInformer<Secret>> running = new HashMap<>();

  /**
   * @param changed told of every Secret that is new, changed or gone
   */
  public CredentialSecretInformers(
      KubernetesClient client,
      InformerRegistry watches,
      CredentialSecretCache secrets,
      Consumer<Name> changed) {
    this.client = client;
    this.watches = watches;
    this.secrets = secrets;
    this.changed = changed;
  }

  /** Watches these and no others; returns when what is there, and may be, has been read. */
  synchronized void watch(Collection<Name> wanted) throws InterruptedException {
    for (Name name : Map.copyOf(running).keySet()) {
      if (!wanted.contains(name)) {
        watches.stop(running.remove(name));
        secrets.put(name, null);
      }
    }
    Map<Name, SharedIndexInformer<Secret>> fresh = new HashMap<>();
    for (Name name : wanted) {
      if (!running.containsKey(name)) {
        fresh.put(name, start(name));
      }
    }
    running.putAll(fresh);
    long end = System.nanoTime() + SYNC.toNanos();
    for (Map.Entry<Name, SharedIndexInformer<Secret>> each : fresh.entrySet()) {
      watches.awaitAnswer(each.getValue(), Duration.ofNanos(Math.max(0, end - System.nanoTime())));
      // Handlers are told in their own time, and the first fetch shall not come before them.
      each.getValue().getStore().list().forEach(secret -> seen(each.getKey(), data(secret)));
    }
  }

  private SharedIndexInformer<Secret> start(Name name) {
    return watches.start(
        "Secret " + name,
        false,
        client.secrets().inNamespace(name.namespace()).withName(name.name()),
        null,
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(Secret secret) {
            seen(name, data(secret));
          }

          @Override
          public void onUpdate(Secret before, Secret secret) {
            seen(name, data(secret));
          }

          @Override
          public void onDelete(Secret secret, boolean finalStateUnknown) {
            seen(name, null);
          }
        });
  }

  private void seen(Name name, Map<String, SensitiveString> data) {
    if (secrets.put(name, data)) {
      changed.accept(name);
    }
  }

  private static Map<String, SensitiveString> data(Secret secret) {
    Map<String, SensitiveString> data = new HashMap<>();
    if (secret.getData() != null) {
      secret.getData().forEach((key, value) -> data.put(key, decoded(value)));
    }
    return data;
  }

  private static SensitiveString decoded(String base64) {
    return SensitiveString.of(new String(Base64.getDecoder().decode(base64), UTF_8));
  }
}
