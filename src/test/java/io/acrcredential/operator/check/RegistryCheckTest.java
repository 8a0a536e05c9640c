// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.alibabacloud.client.AcrOperations;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.cli.Verdict;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.DocPage;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryCheckTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final String SECRET = "CanaryKeySecret0001";
  private static final String TOKEN = "canary-token";
  private static final RegistryRef ENTERPRISE =
      new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-abc");

  private final FakeAcr acr = new FakeAcr();

  @Test
  void everyStepOfAHealthyInstance() {
    // when
    List<Step> steps = run(ENTERPRISE, List.of());

    // then
    assertThat(steps)
        .extracting(Step::name)
        .containsExactly("credentials", "endpoint", "token", "domains");
    assertThat(steps).extracting(Step::verdict).containsOnly(Verdict.OK);
    assertThat(step(steps, "endpoint").text()).isEqualTo("https://cr.cn-hangzhou.example");
    assertThat(step(steps, "token").text()).contains("60 min left, until 2026-01-01T01:00:00Z");
    assertThat(step(steps, "domains").text()).endsWith("acme-registry.cn-hangzhou.cr.aliyuncs.com");
    assertThat(steps.toString()).doesNotContain(SECRET, TOKEN);
  }

  @Test
  void aDeniedTokenDoesNotHideTheDomains() {
    // given
    acr.tokenFailure = failure(Reason.AccessDenied, "Forbidden.RAM");

    // when
    List<Step> steps = run(ENTERPRISE, List.of());

    // then
    assertThat(step(steps, "token").verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(step(steps, "token").advice()).isEqualTo("advice");
    assertThat(step(steps, "domains").verdict()).isEqualTo(Verdict.OK);
  }

  @Test
  void onlyWhatMustBeChangedIsBroken() {
    assertThat(verdict(failure(Reason.InstanceNotFound, "INSTANCE_NOT_EXIST")))
        .isEqualTo(Verdict.BROKEN);
    assertThat(verdict(failure(Reason.Unreachable, "UnknownHost"))).isEqualTo(Verdict.BROKEN);
    assertThat(verdict(failure(Reason.Unreachable, "Timeout"))).isEqualTo(Verdict.UNKNOWN);
    assertThat(verdict(failure(Reason.Throttled, "Throttling.User"))).isEqualTo(Verdict.UNKNOWN);
    assertThat(verdict(new IllegalStateException(TOKEN))).isEqualTo(Verdict.UNKNOWN);
  }

  private Verdict verdict(RuntimeException failure) {
    acr.tokenFailure = failure;
    List<Step> steps = run(ENTERPRISE, List.of());
    assertThat(steps.toString()).doesNotContain(TOKEN);
    return step(steps, "token").verdict();
  }

  @Test
  void anInstanceWithoutEndpointsIsBroken() {
    // given
    acr.domains = List.of();

    // then
    assertThat(step(run(ENTERPRISE, List.of()), "domains"))
        .extracting(Step::verdict, Step::code)
        .containsExactly(Verdict.BROKEN, "NoDomains");
  }

  /** The RAM policy need not allow a call that the operator does not make. */
  @Test
  void namedDomainsAreNotListed() {
    // given
    acr.domains = null;

    // then
    assertThat(step(run(ENTERPRISE, List.of("img.example.cn")), "domains").text())
        .startsWith("img.example.cn");
    assertThat(
            step(run(new RegistryRef(Identity.OWN, "cn-hangzhou", ""), List.of()), "domains")
                .text())
        .startsWith("registry.cn-hangzhou.aliyuncs.com, ");
  }

  @Test
  void anExpiredTokenIsInconclusive() {
    // given
    acr.expiresAt = NOW.minusSeconds(60);

    // then
    assertThat(step(run(ENTERPRISE, List.of()), "token"))
        .extracting(Step::verdict, Step::code)
        .containsExactly(Verdict.UNKNOWN, "InvalidResponse");
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/check.md", "docs/zh/check.md"})
  void pagesShowWhatIsPrinted(String page) throws IOException {
    // given
    List<Step> steps = new ArrayList<>();
    steps.add(Step.ok("region", "", "cn-hangzhou (--region)"));
    steps.add(Step.ok("identity", "", "AccessKey in the environment"));
    acr.domains = null;
    steps.addAll(run(ENTERPRISE, List.of()));
    CheckReport report = new CheckReport("0.1.0", NOW, steps);

    // then
    DocPage.assertOutput(Path.of(page), "RegistryCheckTest", report.text());
  }

  private List<Step> run(RegistryRef ref, List<String> domains) {
    Map<String, String> environment =
        Map.of(
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            "LTAI5tCanaryKeyId0001",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            SECRET);
    CredentialsResolver credentials =
        new CredentialsResolver(
            new CredentialSecretCache(),
            "kube-system",
            name -> Optional.ofNullable(environment.get(name)),
            Path.of("none"),
            null,
            null);
    return new RegistryCheck(
            acr,
            region -> Uni.createFrom().item("https://cr." + region + ".example"),
            credentials.newBatch(),
            Clock.fixed(NOW, ZoneOffset.UTC))
        .run(ref, domains);
  }

  private static Step step(List<Step> steps, String name) {
    return steps.stream().filter(step -> step.name().equals(name)).findFirst().orElseThrow();
  }

  private static AlibabaCloudException denied() {
    return new AlibabaCloudException(
        Reason.AccessDenied,
        "Forbidden.RAM",
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
        "The RAM policy lacks cr:ListInstanceEndpoint: add it.",
        "0A1B2C3D-0000-0000-0000-000000000000");
  }

  private static AlibabaCloudException failure(Reason reason, String code) {
    return new AlibabaCloudException(reason, code, "message", "advice", "request");
  }

  private static final class FakeAcr implements AcrOperations {
    private Instant expiresAt = NOW.plusSeconds(3600);
    private RuntimeException tokenFailure;
    private List<String> domains = List.of("acme-registry.cn-hangzhou.cr.aliyuncs.com");

    @Override
    public Uni<RegistryToken> token(RegistryRef ref, AccessKey key) {
      return tokenFailure != null
          ? Uni.createFrom().failure(tokenFailure)
          : Uni.createFrom()
              .item(
                  new RegistryToken(
                      "cr_temp_user", SensitiveString.of(TOKEN), NOW, expiresAt, "fingerprint"));
    }

    @Override
    public Uni<List<String>> domains(RegistryRef ref, AccessKey key) {
      return domains == null ? Uni.createFrom().failure(denied()) : Uni.createFrom().item(domains);
    }
  }
}
