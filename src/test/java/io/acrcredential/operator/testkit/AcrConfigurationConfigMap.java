// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The ConfigMap {@code acr-configuration} in a {@link OperatorTestEnvironment}, as its owner edits
 * it, and the policy that is compiled from it.
 */
public final class AcrConfigurationConfigMap {

  /** Of the ConfigMap and of its policy. */
  public static final String NAME = "acr-configuration";

  private final OperatorTestEnvironment env;

  public AcrConfigurationConfigMap(OperatorTestEnvironment env) {
    this.env = env;
  }

  /** Creates it, without {@code data} where none is given. */
  public void create(Map<String, String> data) {
    env.client.resource(of(data)).create();
  }

  /** Creates it, or replaces all that it contains. */
  public void createOrReplace(Map<String, String> data) {
    Edits.createOrReplace(env.client.resource(of(data)));
  }

  private static ConfigMap of(Map<String, String> data) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(NAME)
        .withNamespace("kube-system")
        .endMetadata()
        .withData(data.isEmpty() ? null : data)
        .build();
  }

  /** Edits it as {@code kubectl edit} does. */
  public void edit(Consumer<Map<String, String>> change) {
    Edits.edit(
        resource(),
        (ConfigMap map) -> {
          Map<String, String> data = new HashMap<>();
          if (map.getData() != null) {
            data.putAll(map.getData());
          }
          change.accept(data);
          map.setData(data);
          return map;
        });
  }

  /** Replaces all that it contains, as {@code kubectl replace} does; null = nothing. */
  public void replace(Map<String, String> data, Map<String, String> binaryData) {
    Edits.edit(
        resource(),
        (ConfigMap map) -> {
          map.setData(data);
          map.setBinaryData(binaryData);
          return map;
        });
  }

  /** Deletes it. */
  public void delete() {
    resource().delete();
  }

  /** Deletes it and waits until its policy is deleted. */
  public void clear() {
    delete();
    Awaits.soon().until(() -> policy() == null);
  }

  private Resource<ConfigMap> resource() {
    return env.client.configMaps().inNamespace("kube-system").withName(NAME);
  }

  /** The policy of that name; null = there is none. */
  public AcrCredentialPolicy policy() {
    return env.client.resources(AcrCredentialPolicy.class).withName(NAME).get();
  }

  /** The Secret that stores the AccessKeys of the ConfigMap; null = it does not exist. */
  public Secret accessKeySecret() {
    return env.client.secrets().inNamespace("kube-system").withName("acr-configuration-keys").get();
  }

  /** Events on it. */
  public List<Event> events() {
    return env.client.v1().events().inNamespace("kube-system").list().getItems().stream()
        .filter(event -> event.getInvolvedObject().getName().equals(NAME))
        .toList();
  }

  /** Events on its policy. */
  public List<Event> eventsOnPolicy() {
    return env.client.v1().events().inNamespace("default").list().getItems().stream()
        .filter(event -> event.getInvolvedObject().getName().equals(NAME))
        .toList();
  }
}
