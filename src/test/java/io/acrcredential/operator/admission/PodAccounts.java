// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import io.acrcredential.operator.testkit.Awaits;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;

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
    Map<String, Map<String, String>> namespaces = CoverageCases.createNamespaces(client);
    for (String name : namespaces.keySet()) {
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
    }
    return namespaces;
  }
}
