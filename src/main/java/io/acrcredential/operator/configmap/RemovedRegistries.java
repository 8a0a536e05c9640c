// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.configmap.parser.Finding;
import java.util.List;
import java.util.Optional;

/**
 * Recognizes an edit after which {@code acr-registry-info} lists nothing. That is valid, because
 * the ACK add-on ships the ConfigMap so, but after items it is more often a mistake.
 */
final class RemovedRegistries {

  /** Of the registries that were listed before. */
  private static final int SHOWN = 5;

  private RemovedRegistries() {}

  /**
   * @param before null = there was no earlier configuration
   */
  static Optional<Finding> finding(AcrCredentialPolicySpec before, AcrCredentialPolicySpec now) {
    if (before == null || !now.registries().stream().allMatch(RemovedRegistries::isDefault)) {
      return Optional.empty();
    }
    List<String> removed =
        before.registries().stream()
            .filter(registry -> !isDefault(registry))
            .map(RemovedRegistries::name)
            .toList();
    return removed.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Finding.REGISTRIES_REMOVED,
                "acr-registry-info has no items any more, which means the Personal Edition of the"
                    + " cluster's region alone; no longer served: "
                    + String.join(", ", removed.subList(0, Math.min(SHOWN, removed.size())))
                    + (removed.size() > SHOWN ? " and " + (removed.size() - SHOWN) + " more" : "")
                    + ". If that is not intended, write the items again"));
  }

  /** Whether this is what the ConfigMap means without items. */
  private static boolean isDefault(Registry registry) {
    return isEmpty(registry.instanceId())
        && isEmpty(registry.region())
        && isEmpty(registry.domains())
        && isEmpty(registry.repositoryPrefixes())
        && registry.credentials() == null;
  }

  private static boolean isEmpty(String text) {
    return text == null || text.isEmpty();
  }

  private static boolean isEmpty(List<String> list) {
    return list == null || list.isEmpty();
  }

  private static String name(Registry registry) {
    String instance = isEmpty(registry.instanceId()) ? "Personal Edition" : registry.instanceId();
    return isEmpty(registry.region()) ? instance : instance + " in " + registry.region();
  }
}
