// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the webhook answers with a single policy. */
public final class WebhookAnswer {

  private WebhookAnswer() {}

  /**
   * Whether it adds the entry to a new ServiceAccount.
   *
   * @param excluded the namespace that the operator must not touch
   * @param name one that ends in - is made up by the API server
   */
  public static boolean isPatched(
      AcrCredentialPolicy policy,
      String excluded,
      Map<String, String> namespaceLabels,
      String namespace,
      String name,
      Map<String, String> labels) {
    ServiceAccountBuilder account =
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withLabels(labels)
            .endMetadata();
    if (name.endsWith("-")) {
      account.editMetadata().withGenerateName(name).endMetadata();
    } else {
      account.editMetadata().withName(name).endMetadata();
    }
    return isPatched(policy, excluded, namespaceLabels, account.build());
  }

  /**
   * Whether it adds the entry to a new pod.
   *
   * @param excluded the namespace that the operator must not touch
   */
  public static boolean isPodPatched(
      AcrCredentialPolicy policy, String excluded, Map<String, String> namespaceLabels, Pod pod) {
    return isPatched(policy, excluded, namespaceLabels, pod);
  }

  private static boolean isPatched(
      AcrCredentialPolicy policy,
      String excluded,
      Map<String, String> namespaceLabels,
      HasMetadata object) {
    CoveringPolicies policies = new CoveringPolicies();
    policies.put(policy);
    AdmissionReviewer reviewer =
        new AdmissionReviewer(
            policies,
            any -> Future.succeededFuture(Optional.of(namespaceLabels)),
            new EntryPatch("pull"),
            Set.of(excluded),
            Set.of());
    return !Reviews.patch(reviewer.answer(Reviews.create(Serialization.asYaml(object))).result())
        .isEmpty();
  }
}
