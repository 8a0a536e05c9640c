// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Namespaces;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.ServiceAccounts;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Targets;
import io.acrcredential.operator.policy.PolicySettings.PolicyTargets;
import io.acrcredential.operator.policy.ValidatedPolicy.ValidatedRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Fills in the defaults of a policy and checks its values. The CRD has the same rules, so {@code
 * kubectl apply} reports most errors; they are checked again here because an older CRD, or an API
 * server without CEL, accepts everything.
 */
public final class PolicyValidator {

  /** How long before its expiry a token is renewed if the policy does not set it. */
  public static final Duration DEFAULT_REFRESH_BEFORE = Duration.ofMinutes(15);

  private static final int MAX_REGISTRIES = 256;
  private static final int MAX_DOMAINS = 32;
  private static final int MAX_PREFIXES = 64;
  private static final int MAX_NAMES = 1024;

  private PolicyValidator() {}

  /** Never throws: the result lists what is wrong. */
  public static ValidatedPolicy validate(AcrCredentialPolicy policy) {
    AcrCredentialPolicySpec spec =
        policy.getSpec() == null
            ? new AcrCredentialPolicySpec(null, null, null, null, null, null, null, null, null)
            : policy.getSpec();
    FieldErrors errors = new FieldErrors();
    List<ValidatedRegistry> registries = registries(spec.registries(), errors);
    Duration refreshBefore = refreshBefore(spec.refreshBefore(), errors);
    String email = spec.email() == null ? "" : spec.email();
    errors.check(email, ValueFormat.EMAIL, "spec.email");
    PolicyTargets targets = targets(spec, errors);
    PolicySettings settings =
        new PolicySettings(
            policy.getMetadata().getName(),
            created(policy),
            policy.getMetadata().getGeneration() == null ? 0 : policy.getMetadata().getGeneration(),
            targets,
            refreshBefore,
            email.isEmpty() ? null : email,
            Boolean.TRUE.equals(spec.suspend()),
            refreshRequest(policy));
    return new ValidatedPolicy(settings, registries, errors.list());
  }

  /** Errors of one registry belong to that registry, not to the policy. */
  private static List<ValidatedRegistry> registries(List<Registry> given, FieldErrors errors) {
    List<Registry> items = given == null ? List.of() : given;
    if (items.isEmpty() || items.size() > MAX_REGISTRIES) {
      errors.add(
          new FieldError(
              "spec.registries",
              items.size() + " items",
              "name 1 to " + MAX_REGISTRIES + " registries"));
    }
    List<ValidatedRegistry> registries = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      registries.add(registry(items.get(i), "spec.registries[" + i + "]"));
    }
    return List.copyOf(registries);
  }

  private static ValidatedRegistry registry(Registry given, String field) {
    Registry item = given == null ? new Registry(null, null, null, null, null) : given;
    FieldErrors errors = new FieldErrors();
    String instanceId = item.instanceId() == null ? "" : item.instanceId();
    errors.check(instanceId, ValueFormat.INSTANCE_ID, field + ".instanceId");
    String region = item.region() == null ? "" : item.region();
    if (!region.isEmpty()) {
      errors.check(region, ValueFormat.REGION, field + ".region");
    }
    List<String> domains =
        errors.check(item.domains(), MAX_DOMAINS, ValueFormat.DOMAIN, field + ".domains");
    requireInstance(instanceId, domains, field, errors);
    List<String> prefixes =
        errors.check(
            item.repositoryPrefixes(),
            MAX_PREFIXES,
            ValueFormat.PREFIX,
            field + ".repositoryPrefixes");
    Identity identity =
        new CredentialsValidator(errors).identity(item.credentials(), field + ".credentials");
    List<FieldError> problems = errors.list();
    return new ValidatedRegistry(
        field,
        instanceId,
        region,
        problems.isEmpty() ? identity : null,
        domains.stream().map(PolicyValidator::withoutSlashes).distinct().toList(),
        prefixes.stream().map(PolicyValidator::withoutSlashes).distinct().toList(),
        problems);
  }

  /**
   * Without an instance ID, the token is that of the shared Personal Edition, which is of no use
   * for the domain of an instance.
   */
  private static void requireInstance(
      String instanceId, List<String> domains, String field, FieldErrors errors) {
    if (!instanceId.isEmpty()) {
      return;
    }
    domains.stream()
        .filter(RegistryRef::isInstanceDomain)
        .findFirst()
        .ifPresent(
            domain ->
                errors.add(
                    new FieldError(
                        field + ".instanceId",
                        "",
                        "write the ID of the instance whose domain is "
                            + domain
                            + ", such as cri-abc")));
  }

  private static Duration refreshBefore(String given, FieldErrors errors) {
    boolean valid =
        given != null && errors.check(given, ValueFormat.DURATION, "spec.refreshBefore");
    return valid ? GoDuration.parse(given).orElseThrow() : DEFAULT_REFRESH_BEFORE;
  }

  private static PolicyTargets targets(AcrCredentialPolicySpec spec, FieldErrors errors) {
    Targets targets = spec.targets() == null ? new Targets(null, null) : spec.targets();
    Namespaces namespaces =
        targets.namespaces() == null ? new Namespaces(null, null, null) : targets.namespaces();
    String field = "spec.targets.namespaces";
    errors.check(namespaces.names(), MAX_NAMES, ValueFormat.NAMESPACE, field + ".names");
    errors.check(
        namespaces.exclude(), MAX_NAMES, ValueFormat.EXCLUDED_NAMESPACE, field + ".exclude");
    errors.check(namespaces.selector(), field + ".selector");
    ServiceAccounts accounts =
        targets.serviceAccounts() == null
            ? new ServiceAccounts(null, null)
            : targets.serviceAccounts();
    field = "spec.targets.serviceAccounts";
    errors.check(accounts.names(), MAX_NAMES, ValueFormat.SERVICE_ACCOUNT, field + ".names");
    errors.check(accounts.selector(), field + ".selector");
    TargetSelector selectedAccounts =
        TargetSelector.of(accounts.names(), accounts.selector(), null);
    boolean injectPods = Boolean.TRUE.equals(spec.injectPods());
    if (injectPods && selectedAccounts.selectsByLabels()) {
      errors.add(
          new FieldError(
              "spec.injectPods",
              "true",
              "write the names of ServiceAccounts in targets.serviceAccounts.names instead of a"
                  + " selector, or injectPods: false, because a pod shows the name of its"
                  + " ServiceAccount and not its labels"));
    }
    return new PolicyTargets(
        TargetSelector.of(namespaces.names(), namespaces.selector(), namespaces.exclude()),
        selectedAccounts,
        spec.binding() == null ? Binding.Append : spec.binding(),
        !Boolean.FALSE.equals(spec.bindAtCreation()),
        injectPods,
        Boolean.TRUE.equals(spec.healPods()));
  }

  private static Instant created(AcrCredentialPolicy policy) {
    String text = policy.getMetadata().getCreationTimestamp();
    return text == null ? Instant.MAX : Instant.parse(text);
  }

  private static String refreshRequest(AcrCredentialPolicy policy) {
    return policy.getMetadata().getAnnotations() == null
        ? ""
        : policy
            .getMetadata()
            .getAnnotations()
            .getOrDefault(AcrCredentialPolicy.REFRESH_REQUESTED_AT, "");
  }

  private static String withoutSlashes(String path) {
    int from = path.startsWith("/") ? 1 : 0;
    int to = path.endsWith("/") ? path.length() - 1 : path.length();
    return path.substring(from, to);
  }
}
