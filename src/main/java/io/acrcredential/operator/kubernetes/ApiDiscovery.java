// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.text.TextSanitizer;
import io.fabric8.kubernetes.api.model.APIGroup;
import io.fabric8.kubernetes.api.model.APIGroupList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.VersionInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Checks that the API server serves the API groups that the operator requires. It reads the served
 * groups, not the version, because distributions have version numbers of their own.
 */
public final class ApiDiscovery {

  private static final Logger LOG = Logger.getLogger(ApiDiscovery.class);

  /** Served since Kubernetes 1.16 (apiextensions.k8s.io/v1) and 1.14 (coordination.k8s.io/v1). */
  private static final Map<String, String> REQUIRED =
      Map.of("apiextensions.k8s.io", "v1", "coordination.k8s.io", "v1");

  private final KubernetesClient client;

  public ApiDiscovery(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Why the operator cannot work on this cluster, in one sentence for the log.
   *
   * @return empty if it can, or if the API server does not answer, which may be temporary
   */
  public Optional<String> obstacle() {
    try {
      APIGroupList groups = client.getApiGroups();
      if (groups == null || groups.getGroups().isEmpty()) {
        return Optional.empty();
      }
      List<String> missing =
          REQUIRED.entrySet().stream()
              .filter(group -> !serves(groups, group.getKey(), group.getValue()))
              .map(group -> group.getKey() + "/" + group.getValue())
              .sorted()
              .toList();
      return missing.isEmpty() ? Optional.empty() : Optional.of(tooOld(missing));
    } catch (KubernetesClientException e) {
      LOG.warnf("Could not read which API groups the API server serves: %s", ExceptionText.of(e));
      return Optional.empty();
    }
  }

  private static boolean serves(APIGroupList groups, String group, String version) {
    return groups.getGroups().stream()
        .filter(served -> served.getName().equals(group))
        .map(APIGroup::getVersions)
        .anyMatch(versions -> versions.stream().anyMatch(v -> v.getVersion().equals(version)));
  }

  private String tooOld(List<String> missing) {
    return "This cluster (Kubernetes %s) does not serve %s, which the operator requires: use Kubernetes 1.16 or newer"
        .formatted(version(), missing.stream().collect(Collectors.joining(" and ")));
  }

  private String version() {
    VersionInfo version = client.getKubernetesVersion();
    return version == null || version.getGitVersion() == null
        ? "of unknown version"
        : TextSanitizer.clean(version.getGitVersion());
  }
}
