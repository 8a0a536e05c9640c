// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.cleanup.CleanupReport.Done;
import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;

/** Removes the finalizers of the policies, and the policies that are to be deleted. */
final class PolicyCleanup {

  private final KubernetesClient client;
  private final WriteFence fence;
  private final boolean deleteAll;
  private final CleanupReport report;

  PolicyCleanup(
      KubernetesClient client, WriteFence fence, boolean deleteAll, CleanupReport report) {
    this.client = client;
    this.fence = fence;
    this.deleteAll = deleteAll;
    this.report = report;
  }

  /** Whether the Secret with AccessKeys from the ConfigMap is needed by no policy that remains. */
  enum ConfigMapKeys {
    UNUSED,
    USED,
    /** The policies could not be read. */
    UNKNOWN
  }

  ConfigMapKeys run() {
    List<AcrCredentialPolicy> policies = new ArrayList<>();
    boolean read = report.attempt("policies", () -> list(policies));
    policies.forEach(
        policy -> report.attempt("policy " + policy.getMetadata().getName(), () -> clean(policy)));
    if (policies.stream()
        .filter(policy -> !isToBeDeleted(policy))
        .anyMatch(PolicyCleanup::usesConfigMapKeys)) {
      return ConfigMapKeys.USED;
    }
    return read ? ConfigMapKeys.UNUSED : ConfigMapKeys.UNKNOWN;
  }

  private void list(List<AcrCredentialPolicy> policies) {
    try {
      Pages.forEach(client.resources(AcrCredentialPolicy.class), policies::add);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      report.note("The CRD is not installed, so there are no policies.");
    }
  }

  /** The managed policy belongs to no user: the ConfigMap was compiled into it. */
  private boolean isToBeDeleted(AcrCredentialPolicy policy) {
    return deleteAll
        || ConfigMapPolicy.isManaged(policy)
        || policy.getMetadata().getDeletionTimestamp() != null;
  }

  private static boolean usesConfigMapKeys(AcrCredentialPolicy policy) {
    return policy.getSpec() != null
        && policy.getSpec().registries() != null
        && policy.getSpec().registries().stream()
            .map(AcrCredentialPolicySpec.Registry::credentials)
            .filter(credentials -> credentials != null && credentials.secretRef() != null)
            .anyMatch(
                credentials ->
                    AcrConfigurationParser.KEYS_SECRET.equals(credentials.secretRef().name()));
  }

  private void clean(AcrCredentialPolicy observed) {
    Resource<AcrCredentialPolicy> resource =
        client.resources(AcrCredentialPolicy.class).withName(observed.getMetadata().getName());
    if (isToBeDeleted(observed) && observed.getMetadata().getDeletionTimestamp() == null) {
      fence.permit("AcrCredentialPolicy", "delete");
      resource.delete();
      report.done(Done.POLICIES);
    }
    ConflictRetry.run(
        resource.get(),
        resource::get,
        policy -> policy.getMetadata().getResourceVersion(),
        this::removeFinalizer);
  }

  /** Returns whether there was a finalizer to remove. */
  private boolean removeFinalizer(AcrCredentialPolicy policy) {
    int index = policy == null ? -1 : policy.getFinalizers().indexOf(AcrCredentialPolicy.FINALIZER);
    if (index < 0) {
      return false;
    }
    fence.permit("AcrCredentialPolicy", "patch");
    JsonPatch.ofVersion(policy.getMetadata().getResourceVersion())
        .remove("/metadata/finalizers/" + index)
        .applyTo(client.resource(policy));
    report.done(Done.FINALIZERS);
    return true;
  }
}
