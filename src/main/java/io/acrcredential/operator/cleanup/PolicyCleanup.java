// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.cleanup.CleanupReport.Done;
import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.Pages;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Removes the finalizers of the policies, and the policies that are to be deleted. The status of
 * the others becomes Unknown: otherwise it would say Ready after the end of the operator, and to
 * the next installation.
 */
final class PolicyCleanup {

  private final KubernetesClient client;
  private final WriteFence fence;
  private final boolean deleteAll;
  private final CleanupReport report;
  private final Clock clock;

  PolicyCleanup(
      KubernetesClient client,
      WriteFence fence,
      boolean deleteAll,
      CleanupReport report,
      Clock clock) {
    this.client = client;
    this.fence = fence;
    this.deleteAll = deleteAll;
    this.report = report;
    this.clock = clock;
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
    policies.stream()
        .filter(policy -> !isToBeDeleted(policy))
        .forEach(
            policy ->
                report.attempt(
                    "status of policy " + policy.getMetadata().getName(),
                    () -> write(policy, this::resetStatus)));
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
    if (isToBeDeleted(observed) && observed.getMetadata().getDeletionTimestamp() == null) {
      fence.permit("AcrCredentialPolicy", "delete");
      resource(observed).delete();
      report.done(Done.POLICIES);
    }
    write(observed, this::removeFinalizer);
  }

  /**
   * @param write is given the current policy; null = it does not exist
   */
  private void write(AcrCredentialPolicy observed, Function<AcrCredentialPolicy, Boolean> write) {
    Resource<AcrCredentialPolicy> resource = resource(observed);
    ConflictRetry.run(
        resource.get(), resource::get, policy -> policy.getMetadata().getResourceVersion(), write);
  }

  private Resource<AcrCredentialPolicy> resource(AcrCredentialPolicy policy) {
    return client.resources(AcrCredentialPolicy.class).withName(policy.getMetadata().getName());
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

  /** Returns whether there was a status to reset. */
  private boolean resetStatus(AcrCredentialPolicy policy) {
    if (policy == null || policy.getStatus() == null || !hasOutcome(policy.getStatus())) {
      return false;
    }
    AcrCredentialPolicyStatus unknown =
        new AcrCredentialPolicyStatus(
            policy.getMetadata().getGeneration(),
            Stream.of("Ready", "Accepted", "TokensFresh", "Bound")
                .map(type -> unknown(type, policy.getMetadata().getGeneration()))
                .toList(),
            null,
            null,
            null,
            null,
            null,
            null,
            null);
    fence.permit("AcrCredentialPolicy", "patch");
    JsonPatch.ofVersion(policy.getMetadata().getResourceVersion())
        .add("/status", unknown)
        .applyToStatus(client.resource(policy));
    return true;
  }

  private static boolean hasOutcome(AcrCredentialPolicyStatus status) {
    return status.conditions() != null
        && status.conditions().stream()
            .anyMatch(condition -> !condition.getStatus().equals("Unknown"));
  }

  private Condition unknown(String type, Long generation) {
    return new ConditionBuilder()
        .withType(type)
        .withStatus("Unknown")
        .withReason(Reason.CleanedUp.name())
        .withMessage("cleanup has removed what was written for this policy; no operator serves it")
        .withObservedGeneration(generation)
        .withLastTransitionTime(clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
        .build();
  }
}
