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
 * Whether the API server serves what cannot be done without. It is asked what it serves, not how
 * old it is: distributions number as they like.
 */
public final class ApiDiscovery {

  private static final Logger LOG = Logger.getLogger(ApiDiscovery.class);

  /** Both came with Kubernetes 1.16 at the latest (1.14: coordination/v1). */
  private static final Map<String, String> NEEDED =
      Map.of("apiextensions.k8s.io", "v1", "coordination.k8s.io", "v1");

  private final KubernetesClient client;

  public ApiDiscovery(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Why the operator cannot work on this cluster, in one sentence for the log.
   *
   * @return empty where it can, or where the API server can't be asked: that may pass, while an old
   *     server stays old
   */
  public Optional<String> obstacle() {
    try {
      APIGroupList groups = client.getApiGroups();
      if (groups == null || groups.getGroups().isEmpty()) {
        return Optional.empty();
      }
      List<String> missing =
          NEEDED.entrySet().stream()
              .filter(needed -> !serves(groups, needed.getKey(), needed.getValue()))
              .map(needed -> needed.getKey() + "/" + needed.getValue())
              .sorted()
              .toList();
      return missing.isEmpty() ? Optional.empty() : Optional.of(tooOld(missing));
    } catch (KubernetesClientException e) {
      LOG.warnf("What the API server serves can't be asked yet: %s", ExceptionText.of(e));
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
    return "This cluster (Kubernetes %s) does not serve %s, without which the operator cannot work: use Kubernetes 1.16 or newer"
        .formatted(version(), missing.stream().collect(Collectors.joining(" and ")));
  }

  private String version() {
    VersionInfo version = client.getKubernetesVersion();
    return version == null || version.getGitVersion() == null
        ? "of unknown version"
        : TextSanitizer.clean(version.getGitVersion());
  }
}
