// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PolicyCompilerTest {

  private final PolicyCompiler compiler = new PolicyCompiler(() -> Optional.of("cn-hangzhou"));

  @ParameterizedTest
  @MethodSource("io.acrcredential.operator.policy.SpecTable#rows")
  void acceptsValidAndRejectsInvalidSpecs(SpecTable.Row row) {
    // when
    PolicyPlan plan = compiler.compile(row.policy("p"));

    // then
    List<FieldError> problems = new ArrayList<>(plan.problems());
    plan.registries().forEach(r -> problems.addAll(r.problems()));
    if (row.isValid()) {
      assertThat(problems).isEmpty();
    } else {
      assertThat(problems).extracting(FieldError::field).containsExactly(row.field());
    }
  }

  @Test
  void fillsInDefaults() {
    // when
    PolicyPlan plan = compiler.compile(policy("{registries: [{}]}"));

    // then
    assertThat(plan.registries())
        .containsExactly(
            new ResolvedRegistry(
                new RegistryRef(Identity.OWN, "cn-hangzhou", ""),
                List.of(),
                List.of(),
                "",
                "cn-hangzhou",
                List.of()));
    assertThat(plan.binding()).isEqualTo(Binding.Append);
    assertThat(plan.refreshBefore()).isEqualTo(Duration.ofMinutes(15));
    assertThat(plan.email()).isNull();
    assertThat(plan.suspended()).isFalse();
    assertThat(plan.isFrozen()).isFalse();
    assertThat(plan.covers("default", Map.of())).isTrue();
    assertThat(plan.covers("other", Map.of())).isFalse();
    assertThat(plan.serviceAccounts().matches("default", null)).isTrue();
    assertThat(plan.serviceAccounts().matches("builder", null)).isFalse();
  }

  @Test
  void usesGivenValuesAndNormalizesPaths() {
    // when
    PolicyPlan plan =
        compiler.compile(
            policy(
                "{registries: [{instanceId: cri-abc, region: cn-beijing, domains: [a.cn/, a.cn],"
                    + " repositoryPrefixes: [/t/, t], credentials: {secretRef: {name: b,"
                    + " accessKeySecretKey: sk}}}], binding: Replace, refreshBefore: 1h30m, email:"
                    + " ops@example.com, suspend: true}"));

    // then
    assertThat(plan.acceptedRegistries())
        .containsExactly(
            new ResolvedRegistry(
                new RegistryRef(
                    new Identity.KeySecret("b", "access-key-id", "sk"), "cn-beijing", "cri-abc"),
                List.of("a.cn"),
                List.of("t"),
                "cri-abc",
                "cn-beijing",
                List.of()));
    assertThat(plan.binding()).isEqualTo(Binding.Replace);
    assertThat(plan.refreshBefore()).isEqualTo(Duration.ofMinutes(90));
    assertThat(plan.email()).isEqualTo("ops@example.com");
    assertThat(plan.suspended()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                                      | the operator's own identity",
        "{secretRef: {name: b}}                  | AccessKey in Secret b",
        "{oidc: OIDC}                            | RRSA role acs:ram::1:role/a",
        "{assumeRole: ROLE}                      | role acs:ram::2:role/b by the operator's own"
            + " identity",
        "{secretRef: {name: b}, assumeRole: ROLE}| role acs:ram::2:role/b by AccessKey in Secret b",
        "{oidc: OIDC, assumeRole: ROLE}          | role acs:ram::2:role/b by RRSA role"
            + " acs:ram::1:role/a",
      })
  void assumesRoleByTheGivenIdentity(String credentials, String description) {
    // when
    Identity identity =
        identity(
            credentials
                .replace(
                    "OIDC",
                    "{roleArn: 'acs:ram::1:role/a', providerArn: 'acs:ram::1:oidc-provider/x'}")
                .replace("ROLE", "{roleArn: 'acs:ram::2:role/b'}"));

    // then
    assertThat(identity.describe()).isEqualTo(description);
  }

  @Test
  void fillsInDefaultsOfRoles() {
    assertThat(
            identity(
                "{oidc: {roleArn: 'acs:ram::1:role/a', providerArn: 'acs:ram::1:oidc-provider/x'},"
                    + " assumeRole: {roleArn: 'acs:ram::2:role/b'}}"))
        .isEqualTo(
            new Identity.Role(
                new Identity.Oidc("acs:ram::1:role/a", "acs:ram::1:oidc-provider/x", 3600),
                "acs:ram::2:role/b",
                null,
                "acr-credential-operator",
                3600,
                null));
  }

  @Test
  void usesGivenValuesOfRoles() {
    assertThat(
            identity(
                "{assumeRole: {roleArn: 'acs:ram::2:role/b', externalId: x1, sessionName: y1,"
                    + " durationSeconds: 900, sessionPolicy: '{}'}}"))
        .isEqualTo(new Identity.Role(Identity.OWN, "acs:ram::2:role/b", "x1", "y1", 900, "{}"));
    assertThat(
            identity(
                "{oidc: {roleArn: 'acs:ram::1:role/a', providerArn: 'acs:ram::1:oidc-provider/x',"
                    + " durationSeconds: 43200}}"))
        .isEqualTo(new Identity.Oidc("acs:ram::1:role/a", "acs:ram::1:oidc-provider/x", 43_200));
  }

  private Identity identity(String credentials) {
    PolicyPlan plan =
        compiler.compile(policy("{registries: [{credentials: " + credentials + "}]}"));
    assertThat(plan.registries().get(0).problems()).isEmpty();
    return plan.registries().get(0).ref().identity();
  }

  @Test
  void acceptsOtherRegistriesBesideAnInvalidOne() {
    // when
    PolicyPlan plan = compiler.compile(policy("{registries: [{region: CN}, {instanceId: cri-b}]}"));

    // then
    assertThat(plan.isFrozen()).isFalse();
    assertThat(plan.acceptedRegistries())
        .extracting(ResolvedRegistry::instanceId)
        .containsExactly("cri-b");
    assertThat(plan.registries().get(0).ref()).isNull();
    assertThat(plan.registries().get(0).problems())
        .extracting(FieldError::message)
        .containsExactly(
            "spec.registries[0].region is \"CN\": write a region id such as cn-hangzhou");
  }

  @Test
  void rejectsRegistryWithoutRegionIfClusterRegionIsUnknown() {
    // given
    PolicyCompiler unknownRegion = new PolicyCompiler(() -> Optional.empty());

    // when
    PolicyPlan plan = unknownRegion.compile(policy("{registries: [{}, {region: cn-beijing}]}"));

    // then
    assertThat(plan.registries().get(0).problems())
        .extracting(FieldError::reason)
        .containsExactly(Reason.RegionUnknown);
    assertThat(plan.registries().get(1).isAccepted()).isTrue();
  }

  @Test
  void rejectsMalformedClusterRegion() {
    // given
    PolicyCompiler malformedRegion = new PolicyCompiler(() -> Optional.of("evil.example/"));

    // then
    assertThat(
            malformedRegion.compile(policy("{registries: [{}]}")).registries().get(0).isAccepted())
        .isFalse();
  }

  @Test
  void neverThrowsOnNullsThatAServerWithoutSchemaAccepts() {
    // given
    String spec =
        "{registries: [null, {domains: [null], repositoryPrefixes: [null]}], targets: {namespaces:"
            + " {names: [null], exclude: [null], selector: {matchExpressions: [{}]}}}}";

    // when
    PolicyPlan plan = compiler.compile(policy(spec));
    AcrCredentialPolicy withoutSpec = new AcrCredentialPolicy();
    withoutSpec.setMetadata(new ObjectMetaBuilder().withName("x").build());

    // then
    assertThat(plan.isFrozen()).isTrue();
    assertThat(compiler.compile(withoutSpec).isFrozen()).isTrue();
  }

  @Test
  void showsInvalidValueShortenedAndPrintable() {
    // given
    String region = "\u202e\\n" + "x".repeat(500);

    // when
    PolicyPlan plan = compiler.compile(policy("{registries: [{region: \"" + region + "\"}]}"));

    // then
    assertThat(plan.registries().get(0).problems().get(0).found())
        .startsWith("??xxx")
        .hasSizeLessThan(100);
  }

  @Test
  void rejectsLongValueWithoutBacktracking() {
    // given: a pattern alone would backtrack for hours
    String domain = "a-".repeat(500_000);

    // when
    long start = System.nanoTime();
    compiler.compile(policy("{registries: [{domains: [" + domain + "]}]}"));

    // then
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void ordersOlderPoliciesFirst() {
    // given
    AcrCredentialPolicy older = policy("{registries: [{}]}");
    older.getMetadata().setCreationTimestamp("2026-01-02T03:04:05Z");
    AcrCredentialPolicy newer = policy("{registries: [{}]}");

    // then
    PolicyPlan first = compiler.compile(older);
    assertThat(first.created()).isEqualTo(Instant.parse("2026-01-02T03:04:05Z"));
    assertThat(PolicyPlan.OLDEST_FIRST.compare(first, compiler.compile(newer))).isNegative();
  }

  private static AcrCredentialPolicy policy(String spec) {
    return new SpecTable.Row(spec, null).policy("p");
  }
}
