package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A policy with every default filled in: what the rest of the operator works from.
 *
 * @param created decides who wins a conflict: the older, then the name
 * @param generation of the spec this was compiled from
 * @param registries one per item of the spec, in its order
 * @param problems what is wrong with the spec as a whole; where there is any, nothing is changed
 *     for this policy, so that a slip of the pen takes nothing away
 * @param refreshRequest the value of the annotation that forces a refresh; empty = none
 */
public record PolicyPlan(
    String name,
    Instant created,
    long generation,
    List<ResolvedRegistry> registries,
    TargetSelector namespaces,
    TargetSelector serviceAccounts,
    Binding binding,
    Duration refreshBefore,
    String email,
    boolean suspended,
    String refreshRequest,
    List<FieldError> problems) {

  /** Older first, then by name: the order in which policies win a conflict. */
  public static final Comparator<PolicyPlan> OLDEST_FIRST =
      Comparator.comparing(PolicyPlan::created).thenComparing(PolicyPlan::name);

  /**
   * One registry of the policy.
   *
   * @param ref what the token is for; null where problems forbid it
   * @param domains where it is valid; empty = wherever the instance answers
   * @param prefixes repository prefixes, without slashes around; empty = whole hosts
   * @param instanceId as written, for the status
   * @param region as resolved, for the status; empty = unknown
   */
  public record ResolvedRegistry(
      RegistryRef ref,
      List<String> domains,
      List<String> prefixes,
      String instanceId,
      String region,
      List<FieldError> problems) {

    /** Nothing is wrong with it. */
    public boolean accepted() {
      return problems.isEmpty();
    }
  }

  /** Nothing is fetched, written or unbound for it; what it put there stays. */
  public boolean frozen() {
    return suspended || !problems.isEmpty();
  }

  /**
   * What takes effect after the plan before (null = none): whom a frozen policy means stays as it
   * was, so that nothing is unbound.
   */
  public PolicyPlan following(PolicyPlan before) {
    if (before == null || !frozen()) {
      return this;
    }
    return new PolicyPlan(
        name,
        created,
        generation,
        registries,
        before.namespaces,
        before.serviceAccounts,
        before.binding,
        refreshBefore,
        email,
        suspended,
        refreshRequest,
        problems);
  }

  /** The same, suspended. */
  public PolicyPlan held() {
    return new PolicyPlan(
        name,
        created,
        generation,
        registries,
        namespaces,
        serviceAccounts,
        binding,
        refreshBefore,
        email,
        true,
        refreshRequest,
        problems);
  }

  /** Whether it covers the namespace. */
  public boolean covers(String namespace, Map<String, String> labels) {
    return namespaces.matches(namespace, labels);
  }

  /** The items whose values are right. */
  public List<ResolvedRegistry> accepted() {
    return registries.stream().filter(ResolvedRegistry::accepted).toList();
  }
}
