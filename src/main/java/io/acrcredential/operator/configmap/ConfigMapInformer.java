package io.acrcredential.operator.configmap;

import io.acrcredential.operator.StartException;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Optional;

/** Watches the legacy ConfigMap, that one object, and knows whether it is there. */
public final class ConfigMapInformer {

  private record Name(String namespace, String name) {
    static Name of(String text) {
      String[] parts = text.split("/", -1);
      if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
        throw new StartException(
            "ACR_CONFIG_MAP is \""
                + text
                + "\": write namespace/name, or nothing to switch it off");
      }
      return new Name(parts[0], parts[1]);
    }
  }

  private final KubernetesClient client;
  private final Optional<Name> name;
  private SharedIndexInformer<ConfigMap> informer;

  /** Before, an absent ConfigMap means only that it has not been read yet. */
  private volatile boolean synced;

  /**
   * @param name {@code namespace/name}; empty = there is none, for certain
   */
  public ConfigMapInformer(KubernetesClient client, Optional<String> name) {
    this.client = client;
    this.name = name.map(Name::of);
  }

  /**
   * Starts to watch.
   *
   * @param changed run at every change, and once when it is known what is there
   */
  void start(InformerRegistry watches, Runnable changed) {
    if (name.isEmpty()) {
      synced = true;
      changed.run();
      return;
    }
    String namespace = name.get().namespace();
    String called = name.get().name();
    informer =
        watches.start(
            "ConfigMap " + namespace + "/" + called,
            true,
            client.configMaps().inNamespace(namespace).withName(called),
            null,
            new ResourceEventHandler<>() {
              @Override
              public void onAdd(ConfigMap added) {
                changed.run();
              }

              @Override
              public void onUpdate(ConfigMap before, ConfigMap now) {
                changed.run();
              }

              @Override
              public void onDelete(ConfigMap gone, boolean finalStateUnknown) {
                changed.run();
              }
            });
    watches.onSync(
        informer,
        () -> {
          synced = true;
          changed.run();
        });
  }

  /** Whether it has been read: one that may not be read is not one that is gone. */
  boolean synced() {
    return synced;
  }

  /** As it was seen last. */
  Optional<ConfigMap> seen() {
    return name.flatMap(
        wanted ->
            informer.getStore().list().stream()
                .filter(map -> map.getMetadata().getName().equals(wanted.name()))
                .findFirst());
  }
}
