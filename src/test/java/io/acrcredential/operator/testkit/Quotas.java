// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;

/** ResourceQuotas, whose controller does not run here. */
public final class Quotas {

  private static final Map<String, Quantity> NO_SECRETS =
      Map.of("count/secrets", new Quantity("0"));

  private Quotas() {}

  /** Makes the API server refuse Secrets in a namespace, by the ResourceQuota {@code limits}. */
  public static void refuseSecrets(KubernetesClient client, String namespace) {
    var quota = client.resourceQuotas().inNamespace(namespace).withName("limits");
    client
        .resource(
            new ResourceQuotaBuilder()
                .withNewMetadata()
                .withName("limits")
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withHard(NO_SECRETS)
                .endSpec()
                .build())
        .create();
    Edits.editStatus(
        quota,
        found ->
            new ResourceQuotaBuilder(found)
                .withNewStatus()
                .withHard(NO_SECRETS)
                .withUsed(NO_SECRETS)
                .endStatus()
                .build());
  }
}
