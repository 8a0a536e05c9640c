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
 * Writes the policy {@code acr-configuration}, which says what the ConfigMap says: its spec, and in
 * two annotations what could not be taken over, for the status.
 */
public final class ManagedPolicy {

  /** Its name: DESIGN section 3. */
  public static final String NAME = "acr-configuration";

  /** What of the ConfigMap was left out of the spec. */
  private static final String LEFT_OUT = AcrCredentialPolicy.GROUP + "/left-out";

  /** Why the spec is that of an earlier ConfigMap. */
  private static final String UNREADABLE = AcrCredentialPolicy.GROUP + "/unreadable";

  /** All annotations of an object together may have 256 KiB; and who mends these sees the next. */
  private static final int SHOWN = 10;

  private static final int MAX_SHOWN = 8_192;

  private final KubernetesClient client;
  private final WriteFence gate;

  public ManagedPolicy(KubernetesClient client, WriteFence gate) {
    this.client = client;
    this.gate = gate;
  }

  /** Whether the policy is the one that is compiled from the ConfigMap. */
  public static boolean isManaged(AcrCredentialPolicy policy) {
    return policy.getMetadata().getName().equals(NAME) && Ownership.isOurs(policy);
  }

  /** What of the ConfigMap was left out; empty = nothing was, or it is somebody's own policy. */
  public static String leftOut(AcrCredentialPolicy policy) {
    return annotation(policy, LEFT_OUT);
  }

  /** Why the ConfigMap could not be read; empty = it could, or it is somebody's own policy. */
  public static String unreadable(AcrCredentialPolicy policy) {
    return annotation(policy, UNREADABLE);
  }

  /** A copy may have kept ours. */
  private static String annotation(AcrCredentialPolicy policy, String name) {
    Map<String, String> annotations = policy.getMetadata().getAnnotations();
    return annotations == null || !isManaged(policy) ? "" : annotations.getOrDefault(name, "");
  }

  /** As it is now, whoever's it is; null = there is none. */
  AcrCredentialPolicy read() {
    return policy().get();
  }

  /**
   * The ConfigMap has been read.
   *
   * @param before null = there is none yet
   * @param leftOut what of it is not in the spec
   */
  void write(AcrCredentialPolicy before, AcrCredentialPolicySpec spec, List<String> leftOut) {
    write(before, spec, leftOut, List.of());
  }

  /**
   * The ConfigMap cannot be read.
   *
   * @param before null = there is none
   * @param spec of the last good ConfigMap, which stays in force
   */
  void keep(AcrCredentialPolicy before, AcrCredentialPolicySpec spec, List<String> unreadable) {
    String leftOut = before == null ? "" : leftOut(before);
    write(before, spec, leftOut.isEmpty() ? List.of() : List.of(leftOut), unreadable);
  }

  private void write(
      AcrCredentialPolicy before,
      AcrCredentialPolicySpec spec,
      List<String> leftOut,
      List<String> unreadable) {
    if (before != null) {
      update(before, spec, annotations(before, leftOut, unreadable));
      return;
    }
    AcrCredentialPolicy fresh = new AcrCredentialPolicy();
    fresh.getMetadata().setName(NAME);
    fresh.getMetadata().setLabels(Ownership.LABELS);
    fresh.getMetadata().setAnnotations(annotations(fresh, leftOut, unreadable));
    fresh.setSpec(spec);
    gate.permit("AcrCredentialPolicy", "create");
    client.resource(fresh).create();
  }

  private void update(
      AcrCredentialPolicy policy, AcrCredentialPolicySpec spec, Map<String, String> annotations) {
    boolean same =
        saysTheSame(policy, spec)
            && annotations.equals(
                Optional.ofNullable(policy.getMetadata().getAnnotations()).orElse(Map.of()));
    // One that somebody removed comes back once it has gone.
    if (same || policy.getMetadata().getDeletionTimestamp() != null) {
      return;
    }
    policy.getMetadata().setAnnotations(annotations);
    policy.setSpec(spec);
    gate.permit("AcrCredentialPolicy", "update");
    client.resource(policy).update();
  }

  /** There is no ConfigMap. */
  void remove(AcrCredentialPolicy policy) {
    if (isManaged(policy) && policy.getMetadata().getDeletionTimestamp() == null) {
      gate.permit("AcrCredentialPolicy", "delete");
      policy().delete();
    }
  }

  /** By what the specs mean: the API server fills defaults in. */
  private boolean saysTheSame(AcrCredentialPolicy policy, AcrCredentialPolicySpec spec) {
    AcrCredentialPolicy other = new AcrCredentialPolicy();
    other.setMetadata(policy.getMetadata());
    other.setSpec(spec);
    return PolicyValidator.validate(policy).equals(PolicyValidator.validate(other));
  }

  private static Map<String, String> annotations(
      AcrCredentialPolicy policy, List<String> leftOut, List<String> unreadable) {
    Map<String, String> annotations = new HashMap<>();
    if (policy.getMetadata().getAnnotations() != null) {
      annotations.putAll(policy.getMetadata().getAnnotations());
    }
    put(annotations, LEFT_OUT, leftOut);
    put(annotations, UNREADABLE, unreadable);
    return annotations;
  }

  private static void put(Map<String, String> annotations, String name, List<String> messages) {
    if (messages.isEmpty()) {
      annotations.remove(name);
      return;
    }
    int shown = Math.min(SHOWN, messages.size());
    String text = String.join("; ", messages.subList(0, shown));
    text = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
    int more = messages.size() - shown;
    annotations.put(name, more > 0 ? text + "; and " + more + " more" : text);
  }

  private Resource<AcrCredentialPolicy> policy() {
    return client.resources(AcrCredentialPolicy.class).withName(NAME);
  }
}
