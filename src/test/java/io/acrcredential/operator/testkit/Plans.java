// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.policy.FieldError;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.PolicySettings;
import io.acrcredential.operator.policy.PolicySettings.PolicyTargets;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.policy.TargetSelector;
import io.acrcredential.operator.token.RegistryState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Creates policies and states of registries. */
public final class Plans {

  /** The creation time of all objects. */
  public static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  /** Every namespace, every ServiceAccount. */
  public static final TargetSelector ALL = TargetSelector.of(List.of("*"), null, null);

  private Plans() {}

  public static RegistryRef ref(String instanceId) {
    return new RegistryRef(Identity.OWN, "cn-hangzhou", instanceId);
  }

  /** A registry that is served at these domains. */
  public static ResolvedRegistry resolvedRegistry(String instanceId, String... domains) {
    return new ResolvedRegistry(
        ref(instanceId), List.of(domains), List.of(), instanceId, "cn-hangzhou", List.of());
  }

  public static ResolvedRegistry withPrefixes(ResolvedRegistry registry, String... prefixes) {
    return new ResolvedRegistry(
        registry.ref(),
        registry.domains(),
        List.of(prefixes),
        registry.instanceId(),
        registry.region(),
        registry.problems());
  }

  /** An item whose values are wrong. */
  public static ResolvedRegistry refused() {
    return new ResolvedRegistry(
        null,
        List.of(),
        List.of(),
        "???",
        "cn-hangzhou",
        List.of(new FieldError("spec.registries[0].instanceId", "???", "write an id")));
  }

  /** Covers everything, appends. */
  public static PolicyPlan plan(String name, ResolvedRegistry... registries) {
    return plan(name, ALL, ALL, Binding.Append, false, registries);
  }

  public static PolicyPlan plan(
      String name,
      TargetSelector namespaces,
      TargetSelector serviceAccounts,
      Binding binding,
      boolean suspended,
      ResolvedRegistry... registries) {
    return new PolicyPlan(
        new PolicySettings(
            name,
            NOW,
            1,
            new PolicyTargets(namespaces, serviceAccounts, binding, true, false, false),
            Duration.ofMinutes(15),
            null,
            suspended,
            ""),
        List.of(registries),
        List.of());
  }

  public static PolicyPlan withEmail(PolicyPlan plan, String email) {
    PolicySettings s = plan.settings();
    return copy(plan, s.generation(), s.targets(), s.refreshBefore(), email);
  }

  public static PolicyPlan withRefreshBefore(PolicyPlan plan, Duration refreshBefore) {
    PolicySettings s = plan.settings();
    return copy(plan, s.generation(), s.targets(), refreshBefore, s.email());
  }

  public static PolicyPlan withGeneration(PolicyPlan plan, long generation) {
    PolicySettings s = plan.settings();
    return copy(plan, generation, s.targets(), s.refreshBefore(), s.email());
  }

  public static PolicyPlan withInjectPods(PolicyPlan plan) {
    return withPods(plan, true, plan.healPods());
  }

  public static PolicyPlan withHealPods(PolicyPlan plan) {
    return withPods(plan, plan.injectPods(), true);
  }

  private static PolicyPlan withPods(PolicyPlan plan, boolean inject, boolean heal) {
    PolicySettings s = plan.settings();
    PolicyTargets t = s.targets();
    return copy(
        plan,
        s.generation(),
        new PolicyTargets(
            t.namespaces(), t.serviceAccounts(), t.binding(), t.bindAtCreation(), inject, heal),
        s.refreshBefore(),
        s.email());
  }

  private static PolicyPlan copy(
      PolicyPlan plan,
      long generation,
      PolicyTargets targets,
      Duration refreshBefore,
      String email) {
    PolicySettings s = plan.settings();
    return new PolicyPlan(
        new PolicySettings(
            s.name(),
            s.created(),
            generation,
            targets,
            refreshBefore,
            email,
            s.suspended(),
            s.refreshRequest()),
        plan.registries(),
        plan.problems());
  }

  public static PolicyPlan withProblem(PolicyPlan plan, FieldError problem) {
    return new PolicyPlan(plan.settings(), plan.registries(), List.of(problem));
  }

  /** A token of one hour, issued {@link #NOW}. */
  public static RegistryToken token(String password) {
    return token(password, NOW.plus(Duration.ofHours(1)));
  }

  public static RegistryToken token(String password, Instant expiresAt) {
    return new RegistryToken("cr_temp_user", SensitiveString.of(password), NOW, expiresAt, "key");
  }

  /** A registry with this token and these domains listed. */
  public static RegistryState state(RegistryToken token, String... domains) {
    return new RegistryState(token, "", List.of(domains), NOW, null, null, null);
  }
}
