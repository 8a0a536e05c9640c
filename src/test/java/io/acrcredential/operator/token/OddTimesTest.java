// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.alibabacloud.client.AcrOperations;
import io.acrcredential.operator.alibabacloud.client.StsOperations;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.ManualTime;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;

/** Renewal continues without looping, whatever times the services return. */
class OddTimesTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final RegistryRef REF =
      new RegistryRef(
          new Identity.Role(Identity.OWN, "acs:ram::222:role/pull", null, "session", 3600, null),
          "cn-hangzhou",
          "cri-a");

  /** Any times, and more of those that are nearly right. */
  @Provide
  Arbitrary<Instant> times() {
    Arbitrary<Instant> any =
        Arbitraries.longs()
            .between(Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond())
            .map(Instant::ofEpochSecond);
    Arbitrary<Instant> near =
        Arbitraries.longs()
            .between(-HOUR.toMillis(), 14 * HOUR.toMillis())
            .map(millis -> START.plus(HOUR).plusMillis(millis));
    return Arbitraries.oneOf(any, near, Arbitraries.of(Instant.MIN, Instant.MAX, Instant.EPOCH));
  }

  @Property(tries = 300)
  void keepsRenewingWithoutLoopingForAnyTimes(
      @ForAll @Size(min = 1, max = 20) List<@From("times") Instant> keyEnds,
      @ForAll @Size(min = 1, max = 20) List<@From("times") Instant> tokenEnds) {
    // given a good token
    Services services = new Services();
    TokenService service = services.tokenService();
    Map<RegistryRef, TokenDemand> demands =
        Map.of(REF, new TokenDemand(Duration.ofMinutes(15), "", false, false));
    service.updateDemands(demands, ref -> RegistryState.NONE, Set.of());
    assertThat(service.state(REF).isValidAt(START)).isTrue();

    // when
    services.keyEnds.addAll(keyEnds);
    services.tokenEnds.addAll(tokenEnds);
    for (int second = 0; second < 3 * 3600; second += 10) {
      services.time.advance(Duration.ofSeconds(10));
      assertThat(service.state(REF).nextTryAt())
          .isBetween(START, services.time.now().plus(Duration.ofHours(13)));
    }

    // then
    services.assertAtMostTwoCallsPerSecond();
    services.keyEnds.clear();
    services.tokenEnds.clear();
    Instant requested = services.time.now();
    service.updateDemands(demands, ref -> RegistryState.NONE, Set.of(REF));
    services.time.advance(Duration.ofSeconds(61));
    assertThat(service.state(REF).error()).isNull();
    assertThat(service.state(REF).token().expiresAt()).isAfterOrEqualTo(requested.plus(HOUR));
  }

  @Property
  void isDueWithinTheLifetimeForAnyTimes(
      @ForAll("times") Instant issued,
      @ForAll("times") Instant expires,
      @ForAll("times") Instant before,
      @ForAll @DoubleRange(min = 0, max = 1) double jitter) {
    // given
    RegistryToken token = new RegistryToken("u", SensitiveString.of("p"), issued, expires, "key");
    Duration refreshBefore = Duration.between(START, before).abs();

    // when
    Instant due = new RefreshSchedule(jitter).dueAt(token, refreshBefore);

    // then
    assertThat(due).isBetween(issued.isBefore(expires) ? issued : expires, expires);
    assertThat(TokenBatcher.holdUntil(token, token, START)).isNotNull();
  }

  /** STS and ACR with the given expiry times in turn, or one of an hour if none are given. */
  private static final class Services implements AcrOperations, StsOperations {
    final ManualTime time = new ManualTime(START);
    final List<Instant> keyEnds = new ArrayList<>();
    final List<Instant> tokenEnds = new ArrayList<>();
    final List<Instant> keyCalls = new ArrayList<>();
    final List<Instant> tokenCalls = new ArrayList<>();

    TokenService tokenService() {
      return new TokenService(
          new TokenFetcher(
              this,
              DefaultKeySecret.resolver(DefaultKeySecret.cache("id"), this, null),
              new KeyedRateLimiter(1_000, time::nanoTime),
              time.clock(),
              new Random(1)),
          time.clock(),
          time::nanoTime,
          new Random(2),
          time.timer(),
          new NoListener());
    }

    private Instant next(List<Instant> times, List<Instant> calls) {
      calls.add(time.now());
      return times.isEmpty() ? time.now().plus(HOUR) : times.get(calls.size() % times.size());
    }

    void assertAtMostTwoCallsPerSecond() {
      for (List<Instant> calls : List.of(keyCalls, tokenCalls)) {
        for (int i = 2; i < calls.size(); i++) {
          assertThat(Duration.between(calls.get(i - 2), calls.get(i)))
              .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        }
      }
    }

    @Override
    public Uni<TemporaryCredentials> assumeRole(
        Identity.Role role, String sessionPolicy, AccessKey by) {
      AccessKey key = new AccessKey("STS.id", SensitiveString.of("s"), SensitiveString.of("t"));
      return Uni.createFrom().item(new TemporaryCredentials(key, next(keyEnds, keyCalls)));
    }

    @Override
    public Uni<TemporaryCredentials> assumeRoleWithOidc(
        Identity.Oidc role, String sessionName, String sessionPolicy, SensitiveString token) {
      throw new AssertionError("no test uses such an identity");
    }

    @Override
    public Uni<RegistryToken> token(RegistryRef ref, AccessKey key) {
      return Uni.createFrom()
          .item(
              new RegistryToken(
                  "u", SensitiveString.of("t"), time.now(), next(tokenEnds, tokenCalls), ""));
    }

    @Override
    public Uni<List<String>> domains(RegistryRef ref, AccessKey key) {
      throw new AssertionError("no demand lists domains");
    }
  }

  private static final class NoListener implements TokenListener {
    @Override
    public void onTokensChanged(Set<RegistryRef> refs) {}

    @Override
    public void onStatesChanged(Set<RegistryRef> refs) {}

    @Override
    public void onFetchCompleted(RegistryRef ref, Duration took, AlibabaCloudException error) {}
  }
}
