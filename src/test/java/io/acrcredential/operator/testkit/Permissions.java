// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;

/** Permissions by RBAC, which take effect a moment after their objects were created. */
public final class Permissions {

  private Permissions() {}

  /**
   * Waits until the API server permits something.
   *
   * @param resource a plural of the core group, or with a subresource such as {@code pods/eviction}
   * @param namespace null = all namespaces
   */
  public static void await(
      KubernetesClient client, String user, String verb, String resource, String namespace) {
    String[] parts = resource.split("/");
    var review =
        new SubjectAccessReviewBuilder()
            .withNewSpec()
            .withUser(user)
            .withNewResourceAttributes()
            .withVerb(verb)
            .withResource(parts[0])
            .withSubresource(parts.length > 1 ? parts[1] : null)
            .withNamespace(namespace)
            .endResourceAttributes()
            .endSpec()
            .build();
    Awaits.soon()
        .until(
            () ->
                client
                    .authorization()
                    .v1()
                    .subjectAccessReview()
                    .create(review)
                    .getStatus()
                    .getAllowed());
  }
}
