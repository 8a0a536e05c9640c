// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import io.acrcredential.operator.testkit.Awaits;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Namespaces with ServiceAccounts, without which the API server accepts no pod. */
public final class PodAccounts {

  private PodAccounts() {}

  /**
   * Creates the namespaces of {@link CoverageCases} and, in all that the cases name, the
   * ServiceAccounts that they name.
   *
   * @return the labels of the namespaces, by name
   */
  public static Map<String, Map<String, String>> create(KubernetesClient client) {
    CoverageCases.NAMESPACES.forEach(
        (name, labels) ->
            client
                .resource(
                    new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withLabels(labels)
                        .endMetadata()
                        .build())
                .create());
    List<String> names = new ArrayList<>(CoverageCases.NAMESPACES.keySet());
    names.addAll(List.of("default", "kube-system"));
    Map<String, Map<String, String>> created = new TreeMap<>();
    for (String name : names) {
      for (String account : List.of("app", "app.one", "builder")) {
        client
            .resource(
                new ServiceAccountBuilder()
                    .withNewMetadata()
                    .withNamespace(name)
                    .withName(account)
                    .endMetadata()
                    .build())
            .create();
      }
      Awaits.soon()
          .until(
              () -> client.serviceAccounts().inNamespace(name).withName("default").get() != null);
      Namespace namespace = client.namespaces().withName(name).get();
      created.put(name, Optional.ofNullable(namespace.getMetadata().getLabels()).orElse(Map.of()));
    }
    return created;
  }
}
