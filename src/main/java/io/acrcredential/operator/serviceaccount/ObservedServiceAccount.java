// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The record of a ServiceAccount.
 *
 * @param imagePullSecrets the names in its list, in their order
 */
public record ObservedServiceAccount(
    String resourceVersion, Map<String, String> labels, List<String> imagePullSecrets) {

  /** The record of a ServiceAccount from a watch or a reply. */
  public static ObservedServiceAccount of(ServiceAccount account) {
    Map<String, String> labels = account.getMetadata().getLabels();
    List<LocalObjectReference> entries = account.getImagePullSecrets();
    return new ObservedServiceAccount(
        account.getMetadata().getResourceVersion(),
        labels == null ? Map.of() : Map.copyOf(labels),
        entries == null
            ? List.of()
            : entries.stream()
                .map(LocalObjectReference::getName)
                .map(name -> Objects.toString(name, ""))
                .map(String::intern)
                .toList());
  }
}
