// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.client.AcrApi;
import io.acrcredential.operator.alibabacloud.client.AcrClient;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.endpoint.EndpointClocks;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.token.KeyedRateLimiter;
import io.acrcredential.operator.token.RefreshSchedule;
import io.acrcredential.operator.token.RegistryState;
import io.acrcredential.operator.token.TokenDemand;
import io.acrcredential.operator.token.TokenFetcher;
import io.acrcredential.operator.token.TokenListener;
import io.acrcredential.operator.token.TokenService;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import jakarta.ws.rs.core.Response;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tokens of an hour from services whose clocks, or whose node's clock, are wrong. The time of the
 * test is the right one.
 */
class ClockSkewTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final RegistryRef HANGZHOU =
      new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-hangzhou");
  private static final RegistryRef BEIJING =
      new RegistryRef(Identity.OWN, "cn-beijing", "cri-beijing");

  private static Vertx vertx;

  @BeforeAll
  static void open() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void close() {
    vertx.closeAndAwait();
  }

  private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
  private Duration nodeAhead = Duration.ZERO;
  private final FakeAcr acr = new FakeAcr();
  private final Set<RegistryRef> expired = new java.util.HashSet<>();

  /** The services, by region. */
  private final class FakeAcr implements AcrApi {
    final Map<String, Duration> ahead = new HashMap<>();

    /** Overrides the header Date of the next response of a region. */
    final Map<String, Duration> nextDateAhead = new HashMap<>();

    /** When tokens were requested, by region and right time. */
    final Map<String, List<Instant>> requests = new HashMap<>();

    @Override
    public Uni<Response> enterprise(
        String baseUrl, AccessKey key, String action, String instanceId) {
      String region = instanceId.replace("cri-", "cn-");
      requests.computeIfAbsent(region, absent -> new ArrayList<>()).add(time.now());
      Duration clock = ahead.getOrDefault(region, Duration.ZERO);
      Duration date = nextDateAhead.containsKey(region) ? nextDateAhead.remove(region) : clock;
      String body =
          "{\"IsSuccess\":true,\"TempUsername\":\"u\",\"AuthorizationToken\":\"t%d\",\"ExpireTime\":%d}"
              .formatted(
                  requests.get(region).size(), time.now().plus(clock).plus(HOUR).toEpochMilli());
      return Uni.createFrom().item(Answers.of(200, body, httpDate(time.now().plus(date))));
    }

    @Override
    public Uni<Response> personalToken(String baseUrl, AccessKey key) {
      throw new AssertionError("another edition");
    }

    List<Instant> of(String region) {
      return requests.getOrDefault(region, List.of());
    }
  }

  private static String httpDate(Instant instant) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(instant.atOffset(ZoneOffset.UTC));
  }

  private Clock local() {
    return Clock.offset(time.clock(), nodeAhead);
  }

  /** A process on the node. */
  private TokenService service() {
    Clock local = local();
    CredentialSecretCache secrets = new CredentialSecretCache();
    secrets.put(
        new CredentialSecretCache.Name("kube-system", "alibaba-addon-secret"),
        Map.of(
            "access-key-id", SensitiveString.of("LTAI"),
            "access-key-secret", SensitiveString.of("s")));
    CredentialsResolver credentials =
        new CredentialsResolver(
            secrets, "kube-system", variable -> Optional.empty(), Path.of("absent"), null, null);
    Endpoints endpoints =
        new Endpoints(
            new FakeSettings(),
            FakeSettings.config(Map.of()),
            new ClusterRegion(),
            FakeSettings.sdkEnvironment(Map.of()),
            vertx);
    ApiInvoker invoker =
        new ApiInvoker(new EndpointClocks(local), new SimpleMeterRegistry(), Runnable::run);
    TokenService service =
        new TokenService(
            new TokenFetcher(
                new AcrClient(acr, endpoints, invoker),
                credentials,
                new KeyedRateLimiter(1_000, time::nanoTime),
                local,
                new Random(1)),
            local,
            time::nanoTime,
            new Random(2),
            time.timer(),
            new ExpiryRecorder());
    service.setSchedule(new RefreshSchedule(0));
    return service;
  }

  private final class ExpiryRecorder implements TokenListener {
    @Override
    public void onTokensChanged(Set<RegistryRef> refs) {
      refs.stream().filter(ref -> !isServed(ref)).forEach(expired::add);
    }

    @Override
    public void onStatesChanged(Set<RegistryRef> refs) {}

    @Override
    public void onFetchCompleted(RegistryRef ref, Duration took, AlibabaCloudException error) {
      assertThat(error).isNull();
    }
  }

  private TokenService running;

  private boolean isServed(RegistryRef ref) {
    return running.state(ref).isValidAt(local().instant());
  }

  private void demand(Duration refreshBefore, RegistryRef... refs) {
    Map<RegistryRef, TokenDemand> demands = new HashMap<>();
    for (RegistryRef ref : refs) {
      demands.put(ref, new TokenDemand(refreshBefore, "", false, false));
    }
    running.updateDemands(demands, ref -> RegistryState.NONE, Set.of());
  }

  /** The shortest remaining life of a token when its successor was requested. */
  private Duration shortestRest(String region) {
    List<Instant> requests = acr.of(region);
    Duration shortest = HOUR;
    for (int i = 1; i < requests.size(); i++) {
      Duration rest = Duration.between(requests.get(i), requests.get(i - 1).plus(HOUR));
      shortest = rest.compareTo(shortest) < 0 ? rest : shortest;
    }
    return shortest;
  }

  @ParameterizedTest
  @CsvSource({
    "-840, PT15M",
    "840, PT15M",
    "-840, PT5M",
    "840, PT5M",
    "-900, PT30M",
    "0, PT15M",
    "-7, PT15M",
  })
  void renewsInTimeOnANodeWhoseClockIsWrong(long secondsAhead, Duration refreshBefore) {
    // given
    nodeAhead = Duration.ofSeconds(secondsAhead);
    running = service();

    // when
    demand(refreshBefore, HANGZHOU);
    time.advance(Duration.ofHours(6));

    // then
    assertThat(shortestRest("cn-hangzhou")).isGreaterThanOrEqualTo(refreshBefore.minusSeconds(10));
    assertThat(acr.of("cn-hangzhou")).as("no more often than needed").hasSizeLessThan(18);
    assertThat(expired).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"PT2H", "PT-2H", "PT14M", "PT-14M"})
  void otherRegionsDoNotNoticeAWrongClock(Duration ahead) {
    // given
    running = service();
    demand(Duration.ofMinutes(15), HANGZHOU);
    time.advance(Duration.ofMinutes(20));
    acr.ahead.put("cn-beijing", ahead);

    // when
    demand(Duration.ofMinutes(15), HANGZHOU, BEIJING);
    time.advance(Duration.ofHours(6));

    // then
    assertThat(expired).isEmpty();
    assertThat(isServed(HANGZHOU)).isTrue();
    assertThat(isServed(BEIJING)).isTrue();
    assertThat(shortestRest("cn-hangzhou")).isGreaterThanOrEqualTo(Duration.ofMinutes(15));
    assertThat(shortestRest("cn-beijing"))
        .isGreaterThanOrEqualTo(Duration.ofMinutes(15).minusSeconds(10));
    assertThat(acr.of("cn-hangzhou")).hasSizeLessThan(11);
    assertThat(acr.of("cn-beijing")).hasSizeLessThan(11);
  }

  @ParameterizedTest
  @CsvSource({"PT2H", "PT-2H"})
  void aSingleWrongDateTakesNoTokenAwayAndDelaysNoRenewal(Duration ahead) {
    // given
    running = service();
    demand(Duration.ofMinutes(15), HANGZHOU);
    time.advance(Duration.ofMinutes(30));

    // when
    acr.nextDateAhead.put("cn-hangzhou", ahead);
    time.advance(Duration.ofHours(3));

    // then
    assertThat(expired).isEmpty();
    assertThat(isServed(HANGZHOU)).isTrue();
    assertThat(shortestRest("cn-hangzhou")).isGreaterThanOrEqualTo(Duration.ofMinutes(15));
    assertThat(acr.of("cn-hangzhou")).hasSizeLessThan(8);
  }

  @Test
  void stillDropsATokenAtItsOwnExpiry() {
    // given
    nodeAhead = Duration.ofMinutes(-14);
    running = service();
    demand(Duration.ofMinutes(15), HANGZHOU);
    time.advance(Duration.ofMinutes(50));
    running.close();

    // when, then
    Instant last = acr.of("cn-hangzhou").get(acr.of("cn-hangzhou").size() - 1);
    time.pass(Duration.between(time.now(), last.plus(HOUR).minusSeconds(10)));
    assertThat(isServed(HANGZHOU)).isTrue();
    time.pass(Duration.ofSeconds(20));
    assertThat(isServed(HANGZHOU)).isFalse();
  }
}
