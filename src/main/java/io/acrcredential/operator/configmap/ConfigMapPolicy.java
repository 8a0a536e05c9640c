// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.policy.PolicyValidator;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes the policy {@code acr-configuration} that is compiled from the ConfigMap. Two annotations
 * hand the ConfigMap's mistakes to the reconciler of policies, which reports them in the status.
 */
public final class ConfigMapPolicy {

  /** The same as the ConfigMap's, so that users find it. */
  public static final String NAME = "acr-configuration";

  /** Messages about the items of the ConfigMap that are not in the spec. */
  private static final String IGNORED_ITEMS = AcrCredentialPolicy.GROUP + "/left-out";

  /** Why the spec is still that of an earlier version of the ConfigMap. */
  private static final String UNREADABLE = AcrCredentialPolicy.GROUP + "/unreadable";

  /** All annotations of an object together may have 256 KiB. */
  private static final int MAX_MESSAGES = 10;

  private static final int MAX_LENGTH = 8_192;

  private final KubernetesClient client;
  private final WriteFence fence;

  public ConfigMapPolicy(KubernetesClient client, WriteFence fence) {
    this.client = client;
    this.fence = fence;
  }

  /** Whether the operator compiled this policy from the ConfigMap. */
  public static boolean isManaged(AcrCredentialPolicy policy) {
    return policy.getMetadata().getName().equals(NAME) && Ownership.isOurs(policy);
  }

  /** Messages about the ignored items; empty if there are none, or if a user owns the policy. */
  public static String ignoredItems(AcrCredentialPolicy policy) {
    return annotation(policy, IGNORED_ITEMS);
  }

  /** Why the ConfigMap cannot be parsed; empty if it can, or if a user owns the policy. */
  public static String unreadableReason(AcrCredentialPolicy policy) {
    return annotation(policy, UNREADABLE);
  }

  /** Ignores the annotations of a copy that a user made of the policy. */
  private static String annotation(AcrCredentialPolicy policy, String name) {
    Map<String, String> annotations = policy.getMetadata().getAnnotations();
    return annotations == null || !isManaged(policy) ? "" : annotations.getOrDefault(name, "");
  }

  /** The policy of this name from the API server, whoever owns it; null = it does not exist. */
  AcrCredentialPolicy read() {
    return policy().get();
  }

  /**
   * Writes the spec of a ConfigMap that could be parsed.
   *
   * @param before null = the policy does not exist yet
   * @param ignoredItems messages about what is not in the spec
   */
  void write(AcrCredentialPolicy before, AcrCredentialPolicySpec spec, List<String> ignoredItems) {
    write(before, spec, ignoredItems, List.of());
  }

  /**
   * Keeps an earlier spec, because the ConfigMap cannot be parsed.
   *
   * @param before null = the policy does not exist
   * @param spec of the last ConfigMap that could be parsed
   * @param unreadable why this one cannot
   */
  void retain(AcrCredentialPolicy before, AcrCredentialPolicySpec spec, List<String> unreadable) {
    String ignored = before == null ? "" : ignoredItems(before);
    write(before, spec, ignored.isEmpty() ? List.of() : List.of(ignored), unreadable);
  }

  private void write(
      AcrCredentialPolicy before,
      AcrCredentialPolicySpec spec,
      List<String> ignoredItems,
      List<String> unreadable) {
    if (before != null) {
      update(before, spec, annotations(before, ignoredItems, unreadable));
      return;
    }
    AcrCredentialPolicy created = new AcrCredentialPolicy();
    created.getMetadata().setName(NAME);
    created.getMetadata().setLabels(Ownership.LABELS);
    created.getMetadata().setAnnotations(new HashMap<>(Ownership.annotations(null)));
    created.getMetadata().setAnnotations(annotations(created, ignoredItems, unreadable));
    created.setSpec(spec);
    fence.permit("AcrCredentialPolicy", "create");
    client.resource(created).create();
  }

  private void update(
      AcrCredentialPolicy policy, AcrCredentialPolicySpec spec, Map<String, String> annotations) {
    boolean unchanged =
        isEquivalent(policy, spec)
            && annotations.equals(
                Optional.ofNullable(policy.getMetadata().getAnnotations()).orElse(Map.of()));
    // A policy that a user deletes is created again as soon as it is gone.
    if (unchanged || policy.getMetadata().getDeletionTimestamp() != null) {
      return;
    }
    policy.getMetadata().setAnnotations(annotations);
    policy.setSpec(spec);
    fence.permit("AcrCredentialPolicy", "update");
    client.resource(policy).update();
  }

  /** Deletes the policy, because the ConfigMap does not exist. */
  void delete(AcrCredentialPolicy policy) {
    if (isManaged(policy) && policy.getMetadata().getDeletionTimestamp() == null) {
      fence.permit("AcrCredentialPolicy", "delete");
      policy().delete();
    }
  }

  /** Compares the meaning of the specs, because the API server adds default values. */
  private boolean isEquivalent(AcrCredentialPolicy policy, AcrCredentialPolicySpec spec) {
    AcrCredentialPolicy other = new AcrCredentialPolicy();
    other.setMetadata(policy.getMetadata());
    other.setSpec(spec);
    return PolicyValidator.validate(policy).equals(PolicyValidator.validate(other));
  }

  private static Map<String, String> annotations(
      AcrCredentialPolicy policy, List<String> ignoredItems, List<String> unreadable) {
    Map<String, String> annotations = new HashMap<>();
    if (policy.getMetadata().getAnnotations() != null) {
      annotations.putAll(policy.getMetadata().getAnnotations());
    }
    put(annotations, IGNORED_ITEMS, ignoredItems);
    put(annotations, UNREADABLE, unreadable);
    return annotations;
  }

  private static void put(Map<String, String> annotations, String name, List<String> messages) {
    if (messages.isEmpty()) {
      annotations.remove(name);
      return;
    }
    int shown = Math.min(MAX_MESSAGES, messages.size());
    String text = String.join("; ", messages.subList(0, shown));
    text = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "…" : text;
    int more = messages.size() - shown;
    annotations.put(name, more > 0 ? text + "; and " + more + " more" : text);
  }

  private Resource<AcrCredentialPolicy> policy() {
    return client.resources(AcrCredentialPolicy.class).withName(NAME);
  }
}
