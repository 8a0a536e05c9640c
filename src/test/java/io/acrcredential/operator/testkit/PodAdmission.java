// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.client.KubernetesClient;

/** Asks the API server whether it admits a Pod: Pod Security and ServiceAccount admission. */
public final class PodAdmission {

  private PodAdmission() {}

  /** A Pod of the template without its priority class, which the test cluster may not have. */
  public static Pod pod(String namespace, PodTemplateSpec template) {
    return new PodBuilder()
        .withNewMetadata()
        .withName("try")
        .withNamespace(namespace)
        .endMetadata()
        .withNewSpecLike(template.getSpec())
        .withPriorityClassName(null)
        .withRestartPolicy("Never")
        .endSpec()
        .build();
  }

  /** Returns the Pod as admitted, without creating it; throws if it is denied. */
  public static Pod dryRun(KubernetesClient client, Pod pod) {
    return client.resource(pod).dryRun().create();
  }
}
