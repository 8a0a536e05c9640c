// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.Expiry;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.alibabacloud.client.AcrOperations;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.cli.Verdict;
import io.acrcredential.operator.credentials.Credentials;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.endpoint.ClockOffset;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.policy.RegistryRef.Edition;
import io.acrcredential.operator.text.ExceptionText;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Tries one registry: credentials, endpoint, token, domains, clock. Blocks. */
final class RegistryCheck {

  /** Two calls with their retries after a clock correction, and a fallback of STS. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String TOKEN = "token";
  private static final String DOMAINS = "domains";

  private final AcrOperations acr;
  private final Function<String, Uni<String>> endpoints;
  private final CredentialsResolver.Batch credentials;
  private final Clock clock;

  /**
   * @param endpoints the base URL of ACR in a region
   * @param credentials of all registries of this check, so that each role is assumed once
   */
  RegistryCheck(
      AcrOperations acr,
      Function<String, Uni<String>> endpoints,
      CredentialsResolver.Batch credentials,
      Clock clock) {
    this.acr = acr;
    this.endpoints = endpoints;
    this.credentials = credentials;
    this.clock = clock;
  }

  /**
   * What failed ends the check of the registry, but for the token: the domains are asked for
   * anyway, because RAM may deny either.
   *
   * @param domains that the policy names; empty = all of the instance
   */
  List<Step> run(RegistryRef ref, List<String> domains) {
    String registry = ref.describe();
    List<Step> steps = new ArrayList<>();
    Credentials caller;
    try {
      caller = await(credentials.get(ref.identity()));
      steps.add(Step.ok("credentials", registry, describe(caller, ref.identity())));
    } catch (AlibabaCloudException e) {
      steps.add(Step.failed("credentials", registry, e));
      return steps;
    }
    try {
      String url = await(endpoints.apply(ref.region()));
      steps.add(Step.ok("endpoint", registry, url));
    } catch (AlibabaCloudException e) {
      steps.add(Step.failed("endpoint", registry, e));
      return steps;
    }
    ClockOffset offset = ClockOffset.NONE;
    try {
      RegistryToken token = await(acr.token(ref, caller.key()));
      steps.add(tokenStep(registry, token, caller));
      offset = token.offset();
    } catch (AlibabaCloudException e) {
      steps.add(Step.failed(TOKEN, registry, e));
    }
    steps.add(domainsStep(ref, domains, caller));
    clockStep(registry, offset).ifPresent(steps::add);
    return steps;
  }

  private String describe(Credentials caller, Identity identity) {
    if (caller.expiresAt() == null) {
      return "an AccessKey that does not expire; STS is not called";
    }
    String source =
        identity instanceof Identity.Own ? "temporary credentials" : "session of the role";
    return "%s, %s left".formatted(source, left(caller.expiresAt()));
  }

  private Step tokenStep(String registry, RegistryToken token, Credentials caller) {
    RegistryToken limited = token.withRequest(Duration.ZERO, "", caller.expiresAt());
    Optional<String> problem =
        Expiry.problem(limited.expiresAt(), clock.instant(), limited.offset());
    if (problem.isPresent()) {
      return new Step(
          TOKEN,
          registry,
          Verdict.UNKNOWN,
          "The token " + problem.get(),
          "InvalidResponse",
          "Check the clock of this machine, and that the endpoint is Alibaba Cloud's own.",
          "");
    }
    return Step.ok(
        TOKEN,
        registry,
        "cr:GetAuthorizationToken gives a token with %s left, until %s"
            .formatted(
                left(limited.earliestExpiry()),
                limited.expiresAt().truncatedTo(ChronoUnit.SECONDS)));
  }

  private Step domainsStep(RegistryRef ref, List<String> domains, Credentials caller) {
    String registry = ref.describe();
    if (!domains.isEmpty()) {
      return Step.ok(DOMAINS, registry, String.join(", ", domains) + " (of the policy, not asked)");
    }
    if (ref.edition() != Edition.ENTERPRISE) {
      return Step.ok(
          DOMAINS,
          registry,
          String.join(", ", ref.computedDomains()) + " (by rule: this edition has no call for it)");
    }
    try {
      List<String> found = await(acr.domains(ref, caller.key()));
      return found.isEmpty()
          ? noDomains(registry)
          : Step.ok(DOMAINS, registry, "cr:ListInstanceEndpoint gives " + String.join(", ", found));
    } catch (AlibabaCloudException e) {
      return Step.failed(DOMAINS, registry, e);
    }
  }

  private static Step noDomains(String registry) {
    return new Step(
        DOMAINS,
        registry,
        Verdict.BROKEN,
        "The instance has no enabled endpoint, so no image can be pulled from it",
        Reason.NoDomains.name(),
        "Enable public or VPC access of the instance in the ACR console.",
        "");
  }

  private static Optional<Step> clockStep(String registry, ClockOffset offset) {
    Duration ahead =
        offset.most().abs().compareTo(offset.least().abs()) >= 0 ? offset.most() : offset.least();
    if (ahead.isZero()) {
      return Optional.empty();
    }
    return Optional.of(
        Step.ok(
            "clock",
            registry,
            "The clock of the service is %d s %s that of this machine"
                .formatted(ahead.abs().toSeconds(), ahead.isNegative() ? "behind" : "ahead of"),
            "Set the clock of this machine. The operator corrects the times until then."));
  }

  private String left(Instant end) {
    long seconds = Math.max(0, Duration.between(clock.instant(), end).toSeconds());
    return seconds < 120 ? seconds + " s" : seconds / 60 + " min";
  }

  /** Fails with an {@link AlibabaCloudException}. */
  private static <T> T await(Uni<T> call) {
    try {
      return call.await().atMost(PATIENCE);
    } catch (AlibabaCloudException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new AlibabaCloudException(
          Reason.Unreachable,
          "OperatorError",
          ExceptionText.of(e),
          "Report this as a bug of the operator.",
          "");
    }
  }
}
