// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.alibabacloud.ServiceErrors;
import io.acrcredential.operator.alibabacloud.client.AcrOperations;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.testkit.Plans;
import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenFetcherTest {

  private final KeyedRateLimiter limiter = new KeyedRateLimiter(100, () -> 0);

  private TokenFetcher fetcher(AcrOperations acr) {
    return new TokenFetcher(
        acr,
        DefaultKeySecret.resolver(DefaultKeySecret.cache("id"), null, null),
        limiter,
        new ManualTime(Plans.NOW).clock(),
        new Random(1));
  }

  @Test
  void countsCallsRefusedTogetherAsOneRefusal() {
    // given
    TokenFetcher fetcher = fetcher(new Throttled());

    // when
    List<TokenOutcome> outcomes =
        fetcher
            .fetch(
                IntStream.range(0, 20)
                    .mapToObj(i -> new TokenRequest(Plans.ref("cri-" + i), true, false))
                    .toList())
            .collect()
            .asList()
            .await()
            .atMost(Duration.ofSeconds(30));

    // then the pause is that of a first refusal
    assertThat(outcomes).allMatch(outcome -> outcome.error().reason() == Reason.Throttled);
    String account = fetcher.keyFingerprint(Plans.ref("cri-0")).orElseThrow();
    assertThat(limiter.reserve(account, "cn-hangzhou"))
        .isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
  }

  @Test
  void waitsAsLongAsTheServiceAsks() {
    // given
    TokenFetcher fetcher =
        fetcher(
            new Throttled() {
              @Override
              public Uni<RegistryToken> token(RegistryRef ref, AccessKey key) {
                return Uni.createFrom().failure(ServiceErrors.throttled(Duration.ofSeconds(20)));
              }
            });

    // when
    fetcher
        .fetch(List.of(new TokenRequest(Plans.ref("cri-0"), true, false)))
        .toUni()
        .await()
        .atMost(Duration.ofSeconds(30));

    // then
    String account = fetcher.keyFingerprint(Plans.ref("cri-0")).orElseThrow();
    assertThat(limiter.reserve(account, "cn-hangzhou"))
        .isBetween(Duration.ofSeconds(20), Duration.ofSeconds(22));
  }

  @Test
  void failsOnlyTheRegistryOfAnUnreadableIdentity() {
    // given
    CredentialSecretCache secrets = new CredentialSecretCache();
    secrets.put(
        new CredentialSecretCache.Name(DefaultKeySecret.NAMESPACE, "team"),
        DefaultKeySecret.data("id"));
    TokenFetcher fetcher =
        new TokenFetcher(
            new Throttled(),
            new CredentialsResolver(
                secrets,
                DefaultKeySecret.NAMESPACE,
                variable -> {
                  throw new IllegalStateException("planted");
                },
                Path.of("absent"),
                null,
                null),
            limiter,
            new ManualTime(Plans.NOW).clock(),
            new Random(1));
    RegistryRef broken = Plans.ref("cri-a");
    RegistryRef other =
        new RegistryRef(new Identity.KeySecret("team", null, null), "cn-hangzhou", "cri-b");

    // when
    List<TokenOutcome> outcomes =
        fetcher
            .fetch(
                List.of(
                    new TokenRequest(broken, true, false), new TokenRequest(other, false, true)))
            .collect()
            .asList()
            .await()
            .atMost(Duration.ofSeconds(30));

    // then
    assertThat(outcomes).hasSize(2);
    assertThat(outcomes.get(0).error().code()).isEqualTo("OperatorError");
    assertThat(outcomes.get(0).error().getMessage()).doesNotContain("planted");
    assertThat(outcomes.get(1).error()).isNull();
    assertThat(fetcher.keyFingerprint(broken)).isEmpty();
  }

  /** Mutiny throws both as one exception, which must not hide the reason and the advice. */
  @Test
  void keepsTheFailureIfTheCallbackFailsToo() {
    // given
    AlibabaCloudException first =
        new AlibabaCloudException(Reason.Unreachable, "DnsTimeout", "no", "wait", "");
    AcrOperations acr =
        new Throttled() {
          @Override
          public Uni<RegistryToken> token(RegistryRef ref, AccessKey key) {
            return Uni.createFrom()
                .<RegistryToken>failure(first)
                .onFailure()
                .invoke(
                    () -> {
                      throw new IllegalStateException("the process is ending");
                    });
          }
        };

    // when
    TokenOutcome outcome =
        fetcher(acr)
            .fetch(List.of(new TokenRequest(Plans.ref("cri-0"), true, false)))
            .toUni()
            .await()
            .atMost(Duration.ofSeconds(30));

    // then
    assertThat(outcome.error()).isSameAs(first);
  }

  private static class Throttled implements AcrOperations {
    @Override
    public Uni<RegistryToken> token(RegistryRef ref, AccessKey key) {
      return Uni.createFrom()
          .failure(
              new AlibabaCloudException(Reason.Throttled, "Throttling.User", "no", "wait", ""));
    }

    @Override
    public Uni<List<String>> domains(RegistryRef ref, AccessKey key) {
      return Uni.createFrom().item(List.of());
    }
  }
}
