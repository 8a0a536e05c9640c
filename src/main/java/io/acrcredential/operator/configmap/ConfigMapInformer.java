// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import io.acrcredential.operator.StartException;
import io.acrcredential.operator.kubernetes.ChangeHandler;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Optional;

/** Watches one object: the ConfigMap {@code acr-configuration}. */
public final class ConfigMapInformer {

  private record Name(String namespace, String name) {
    static Name of(String text) {
      String[] parts = text.split("/", -1);
      if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
        throw new StartException(
            "ACR_CONFIG_MAP is \""
                + text
                + "\": write namespace/name, or leave it empty to switch the ConfigMap off");
      }
      return new Name(parts[0], parts[1]);
    }
  }

  private final KubernetesClient client;
  private final Optional<Name> name;
  private SharedIndexInformer<ConfigMap> informer;

  /** Until then, an absent ConfigMap only means that it has not been read yet. */
  private volatile boolean synced;

  /**
   * @param name {@code namespace/name}; empty = the ConfigMap is switched off
   */
  public ConfigMapInformer(KubernetesClient client, Optional<String> name) {
    this.client = client;
    this.name = name.map(Name::of);
  }

  /**
   * Starts the watch.
   *
   * @param onChange called at every change, and once when the informer has synced
   */
  void start(InformerRegistry informers, Runnable onChange) {
    if (name.isEmpty()) {
      synced = true;
      onChange.run();
      return;
    }
    String namespace = name.get().namespace();
    String objectName = name.get().name();
    informer =
        informers.start(
            "ConfigMap " + namespace + "/" + objectName,
            true,
            client.configMaps().inNamespace(namespace).withName(objectName),
            null,
            ChangeHandler.of(onChange));
    informers.onSync(
        informer,
        () -> {
          synced = true;
          onChange.run();
        });
  }

  /** False also where RBAC forbids to read it: that must not be taken for a deletion. */
  boolean hasSynced() {
    return synced;
  }

  /** Its last observed state; empty = it does not exist. */
  Optional<ConfigMap> get() {
    return name.flatMap(
        configured ->
            informer.getStore().list().stream()
                .filter(map -> map.getMetadata().getName().equals(configured.name()))
                .findFirst());
  }
}
