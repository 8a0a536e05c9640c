// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;

/** Who owns the fields of an object. */
public final class ManagedFields {

  private ManagedFields() {}

  /** The owners of the fields of a ServiceAccount, with the fields of each. */
  public static List<ManagedFieldsEntry> ofServiceAccount(
      KubernetesClient client, String namespace, String name) {
    return client
        .serviceAccounts()
        .inNamespace(namespace)
        .withName(name)
        .get()
        .getMetadata()
        .getManagedFields();
  }
}
