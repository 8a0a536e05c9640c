// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.cli.Verdict;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The steps of a check in their order: region, identity, then each registry. */
final class Check {

  /** A check is for a terminal: a policy may name 256 registries. */
  private static final int MAX_REGISTRIES = 32;

  /** They may name registries and identities, so nothing follows from a check without them. */
  private static final Step POLICIES_UNREADABLE =
      new Step(
          "policies",
          "",
          Verdict.UNKNOWN,
          "The policies of the cluster cannot be read",
          "PoliciesUnreadable",
          "Add --instance ID, or run this where they can be read.",
          "");

  private final ClusterReader cluster;
  private final CredentialsResolver credentials;
  private final ClusterRegion clusterRegion;
  private final Supplier<Optional<String>> detectedRegion;
  private final RegistryCheck registryCheck;
  private final List<Step> steps = new ArrayList<>();

  /**
   * @param clusterRegion is set to the region that is found
   * @param detectedRegion detects the region as the operator does
   */
  Check(
      ClusterReader cluster,
      CredentialsResolver credentials,
      ClusterRegion clusterRegion,
      Supplier<Optional<String>> detectedRegion,
      RegistryCheck registryCheck) {
    this.cluster = cluster;
    this.credentials = credentials;
    this.clusterRegion = clusterRegion;
    this.detectedRegion = detectedRegion;
    this.registryCheck = registryCheck;
  }

  List<Step> run(CheckOptions options) {
    cluster.readSecrets(credentials.secretsOf(Identity.OWN));
    Map<RegistryRef, List<String>> registries = new LinkedHashMap<>();
    Optional<List<AcrCredentialPolicy>> readable =
        options.instance().isPresent() ? Optional.of(List.of()) : cluster.policies();
    List<AcrCredentialPolicy> policies = readable.orElse(List.of());
    Optional<String> region = options.region().or(detectedRegion);
    clusterRegion.set(region);
    regionStep(region, options);
    for (AcrCredentialPolicy policy : policies) {
      addRegistries(policy, registries);
    }
    identityStep();
    if (readable.isEmpty()) {
      steps.add(POLICIES_UNREADABLE);
      return List.copyOf(steps);
    }
    if (options.instance().isPresent() || policies.isEmpty()) {
      region.ifPresent(
          found ->
              registries.put(
                  new RegistryRef(Identity.OWN, found, options.instance().orElse("")), List.of()));
    }
    registries.entrySet().stream()
        .limit(MAX_REGISTRIES)
        .forEach(each -> checkRegistry(each.getKey(), each.getValue()));
    if (registries.size() > MAX_REGISTRIES) {
      steps.add(
          Step.ok(
              "registries",
              "",
              "%d more registries of policies are not checked: name one by --instance"
                  .formatted(registries.size() - MAX_REGISTRIES)));
    }
    return List.copyOf(steps);
  }

  private void regionStep(Optional<String> region, CheckOptions options) {
    if (region.isPresent()) {
      String source = options.region().isPresent() ? "--region" : "ACR_REGION, or detected";
      steps.add(Step.ok("region", "", region.get() + " (" + source + ")"));
      return;
    }
    steps.add(
        new Step(
            "region",
            "",
            Verdict.BROKEN,
            "Neither a setting, the environment, the ECS metadata nor the nodes name the region",
            Reason.RegionUnknown.name(),
            "Add --region cn-hangzhou (your region), and set ACR_REGION for the operator.",
            ""));
  }

  private void addRegistries(
      AcrCredentialPolicy policy, Map<RegistryRef, List<String>> registries) {
    for (ResolvedRegistry each :
        new PolicyCompiler(clusterRegion::get).compile(policy).registries()) {
      if (each.isAccepted()) {
        registries.putIfAbsent(each.ref(), each.domains());
      } else {
        steps.add(
            new Step(
                "policy",
                "",
                Verdict.BROKEN,
                policy.getMetadata().getName() + ": " + each.problems().get(0).message(),
                each.problems().get(0).reason().name(),
                "",
                ""));
      }
    }
  }

  private void identityStep() {
    String text = credentials.describe(Identity.OWN);
    String advice = "";
    if (!cluster.obstacles().isEmpty()) {
      text += "; not read: " + String.join("; ", cluster.obstacles());
      advice = "If the operator uses a Secret, run this where it can be read, or in its pod.";
    }
    steps.add(Step.ok("identity", "", text, advice));
  }

  private void checkRegistry(RegistryRef ref, List<String> domains) {
    cluster.readSecrets(credentials.secretsOf(ref.identity()));
    for (Step step : registryCheck.run(ref, domains)) {
      // A Secret that could not be read may hold the key.
      boolean mayBeMissing =
          step.name().equals("credentials")
              && step.verdict() == Verdict.BROKEN
              && !cluster.obstacles().isEmpty();
      steps.add(mayBeMissing ? step.inconclusive() : step);
    }
  }
}
