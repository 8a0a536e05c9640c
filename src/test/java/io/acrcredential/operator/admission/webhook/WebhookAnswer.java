// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
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
    CoveringPolicies policies = new CoveringPolicies();
    policies.put(policy);
    AdmissionReviewer reviewer =
        new AdmissionReviewer(
            policies,
            any -> Future.succeededFuture(Optional.of(namespaceLabels)),
            new EntryPatch("pull"),
            Set.of(excluded),
            Set.of());
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
    String yaml = Serialization.asYaml(account.build());
    return !Reviews.patch(reviewer.answer(Reviews.create(yaml)).result()).isEmpty();
  }
}
