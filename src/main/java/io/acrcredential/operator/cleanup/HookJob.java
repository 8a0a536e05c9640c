// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.text.TextSanitizer;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The Job of the chart's pre-delete hook. {@code helm template} prints it among the manifests, so
 * {@code kubectl apply} creates it at once, when nothing is to be deleted. Only programs that run
 * hooks create it at the right time. They are recognized by their field manager: {@code helm} for
 * the commands of Helm 3 and 4, {@code helm-controller} for Flux, by default the name of the
 * program that uses Helm's library ({@code ManagedFieldsManager} in Helm's pkg/kube/client.go,
 * which both set: Helm in its command, Flux in main.go of fluxcd/helm-controller).
 */
final class HookJob {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HELM = "helm";

  private HookJob() {}

  /**
   * Why the Job must not clean up; empty if Helm or Flux created it.
   *
   * @param job its namespace and name: {@code namespace/name}
   */
  static Optional<String> refusal(KubernetesClient client, String job) {
    String[] parts = job.split("/", 2);
    // Read as text, because the client ignores managedFields and has no model of a Job.
    String json = client.raw("/apis/batch/v1/namespaces/%s/jobs/%s".formatted(parts[0], parts[1]));
    return refusal(job, json == null ? "{}" : json);
  }

  static Optional<String> refusal(String job, String json) {
    List<String> managers = managers(json);
    if (managers.stream().anyMatch(HookJob::runsHooks)) {
      return Optional.empty();
    }
    String creator =
        managers.isEmpty()
            ? "has no field manager"
            : "was created by " + TextSanitizer.clean(String.join(", ", managers));
    return Optional.of(
        ("The Job %s %s, not by Helm or Flux, so it is not the hook of an uninstall: nothing is"
                + " removed. To omit the Job, render the chart with --no-hooks; to uninstall, see"
                + " docs/uninstall.md.")
            .formatted(job, creator));
  }

  /** Without the managers of subresources: the Job controller writes the status. */
  private static List<String> managers(String json) {
    List<String> managers = new ArrayList<>();
    for (JsonNode entry : parse(json).at("/metadata/managedFields")) {
      if (entry.path("subresource").asText().isEmpty()) {
        managers.add(entry.path("manager").asText());
      }
    }
    return managers;
  }

  private static boolean runsHooks(String manager) {
    return manager.toLowerCase(Locale.ROOT).contains(HELM);
  }

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("The API server's response is not JSON", e);
    }
  }
}
