package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AcrOperations;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.EcsMetadata;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.alibabacloud.StsOperations;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.ManualTime;
import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenServiceTest {

  private static final RegistryRef A = new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-a");
  private static final RegistryRef B = new RegistryRef(Identity.OWN, "cn-beijing", "cri-b");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final TokenDemand DEMAND = new TokenDemand(Duration.ofMinutes(15), false, false);
  private static final TokenDemand LISTING = new TokenDemand(Duration.ofMinutes(15), true, false);
  private static final TokenDemand HELD = new TokenDemand(Duration.ofMinutes(15), false, true);
  private static final RegistryRef OF_ROLE =
      new RegistryRef(
          new Identity.Role(Identity.OWN, "acs:ram::222:role/pull", null, "session", 3600, null),
          "cn-hangzhou",
          "cri-role");
  private static final String PLANTED = "planted-secret";
  private static final CredentialSecretCache.Name KEYS =
      new CredentialSecretCache.Name("kube-system", "alibaba-addon-secret");

  private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
  private final FakeAcr acr = new FakeAcr();
  private final Told told = new Told();
  private final FakeSts sts = new FakeSts();
  private int clockFailures;
  private final CredentialSecretCache secrets = new CredentialSecretCache();
  private final TokenService service = service(1_000, time.timer());

  TokenServiceTest() {
    key("LTAIfirst");
  }

  private TokenService service(double callsPerSecond, ScheduledExecutorService timer) {
    CredentialsResolver keys =
        new CredentialsResolver(
            secrets,
            "kube-system",
            variable -> Optional.empty(),
            Path.of("absent"),
            sts,
            new NoMetadata());
    KeyedRateLimiter limiter = new KeyedRateLimiter(callsPerSecond, time::nanoTime);
    return new TokenService(
        new TokenFetcher(acr, keys, limiter, time.clock(), new Random(1)),
        failingClock(),
        time::nanoTime,
        new Random(2),
        timer,
        told);
  }

  /** Fails as often as {@link #clockFailures} says. */
  private Clock failingClock() {
    return new Clock() {
      @Override
      public Instant instant() {
        if (clockFailures > 0) {
          clockFailures--;
          throw new IllegalStateException(PLANTED);
        }
        return time.now();
      }

      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException();
      }
    };
  }

  private void key(String id) {
    secrets.put(
        KEYS,
        Map.of(
            "access-key-id",
            SensitiveString.of(id),
            "access-key-secret",
            SensitiveString.of("secret")));
  }

  // ---- one call at a time

  @Test
  void asksOnceHoweverOftenItIsWanted() {
    // when
    want(A);
    want(A);
    service.relistDomains(Set.of(A));
    time.advance(Duration.ofMinutes(1));

    // then
    assertThat(acr.tokens).hasSize(1);
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(10));
    assertThat(acr.tokens).hasSize(1);
    assertThat(service.state(A).validAt(time.now())).isTrue();
  }

  @Test
  void aRefreshAskedForMeanwhileComesAfterwardsOnce() {
    // given
    want(A);

    // when
    service.refresh(Set.of(A));
    service.refresh(Set.of(A));

    // then
    assertThat(acr.tokens).hasSize(1);
    acr.answer(A, HOUR);
    assertThat(acr.tokens).hasSize(2);
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(10));
    assertThat(acr.tokens).hasSize(2);
  }

  @Test
  void whatIsDroppedInFlightAndWantedAgainIsNotAskedTwice() {
    // given
    want(A);

    // when
    want();
    want(A);

    // then
    assertThat(acr.tokens).hasSize(1);
    acr.answer(A, HOUR);
    assertThat(service.state(A).validAt(time.now())).isTrue();
    assertThat(told.changed).containsExactly(Set.of(A));
  }

  @Test
  void anAnswerThatNobodyWantsAnyMoreIsForgotten() {
    // given
    want(A);
    want();

    // when
    acr.answer(A, HOUR);

    // then
    assertThat(service.snapshot()).isEmpty();
    assertThat(told.changed).isEmpty();
  }

  // ---- settling

  @Test
  void waitsForTheOthersOfTheWaveFor200MillisecondsAtMost() {
    // given
    want(A, B);

    // when
    acr.answer(A, HOUR);
    time.advance(Duration.ofMillis(199));

    // then
    assertThat(told.changed).isEmpty();
    time.advance(Duration.ofMillis(1));
    assertThat(told.changed).containsExactly(Set.of(A));
    acr.answer(B, HOUR);
    assertThat(told.changed).containsExactly(Set.of(A), Set.of(B));
  }

  @Test
  void aFailureIsToldWhileAnotherHangs() {
    // given
    want(A, B);

    // when
    acr.fail(A, Reason.AccessDenied);
    time.advance(Duration.ofMillis(199));

    // then
    assertThat(told.told).isEmpty();
    time.advance(Duration.ofMillis(1));
    assertThat(told.told).containsExactly(Set.of(A));
    assertThat(told.changed).isEmpty();
    acr.answer(B, HOUR);
    assertThat(told.told).containsExactly(Set.of(A), Set.of(B));
  }

  @Test
  void tellsAtOnceWhenAllHaveArrived() {
    // given
    want(A, B);

    // when
    acr.answer(A, HOUR);
    time.advance(Duration.ofMillis(50));
    acr.answer(B, HOUR);

    // then
    assertThat(told.changed).containsExactly(Set.of(A, B));
    time.advance(Duration.ofSeconds(5));
    assertThat(told.changed).hasSize(1);
  }

  // ---- when

  @Test
  void refreshesBeforeTheTokensEffectiveLifeBegins() {
    // given
    want(A);
    acr.answer(A, HOUR);

    // when / then
    time.advance(Duration.ofMinutes(44).minusSeconds(1));
    assertThat(acr.tokens).hasSize(1);
    time.advance(Duration.ofSeconds(1).plusMillis(1));
    assertThat(acr.tokens).hasSize(2);
    acr.answer(A, HOUR);
    assertThat(told.changed).containsExactly(Set.of(A), Set.of(A));
  }

  @Test
  void fetchesAlongWhatIsDueWithinFiveMinutes() {
    // given
    want(A, B);
    acr.answer(A, HOUR);
    acr.answer(B, HOUR.plusMinutes(5).minusSeconds(1));

    // when
    time.advance(Duration.ofMinutes(44).plusMillis(1));

    // then
    assertThat(acr.tokens).hasSize(4);
  }

  @Test
  void aRegistryThatKeepsFailingSplitsNoWave() {
    // given fifty that are due 20 seconds apart, and one that never answers well
    RegistryRef broken = new RegistryRef(Identity.OWN, "cn-beijing", "cri-broken");
    Map<RegistryRef, TokenDemand> demands = new LinkedHashMap<>();
    for (int i = 0; i < 50; i++) {
      demands.put(new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-" + i), DEMAND);
    }
    demands.put(broken, DEMAND);
    want(demands);
    acr.fail(broken, Reason.Unreachable);
    for (int i = 0; i < 50; i++) {
      RegistryRef ref = new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-" + i);
      acr.answer(ref, HOUR.plusSeconds(20 * i));
    }
    told.changed.clear();

    // when
    for (int second = 0; second < 62 * 60; second++) {
      List.copyOf(acr.tokens).stream()
          .filter(call -> !call.reply.isDone())
          .forEach(
              call -> {
                if (call.ref.equals(broken)) {
                  acr.fail(broken, Reason.Unreachable);
                } else {
                  acr.answer(call.ref, HOUR);
                }
              });
      time.advance(Duration.ofSeconds(1));
    }

    // then each wave takes the sixteen of five minutes
    assertThat(told.changed).hasSize(4);
    assertThat(acr.tokens.stream().filter(call -> call.ref.equals(broken)).count())
        .isGreaterThan(60);
  }

  @Test
  void leavesWhatIsDueLater() {
    // given
    want(A, B);
    acr.answer(A, HOUR);
    acr.answer(B, HOUR.plusMinutes(5).plusSeconds(2));

    // when
    time.advance(Duration.ofMinutes(44).plusMillis(1));

    // then
    assertThat(acr.tokens).hasSize(3);
    assertThat(acr.tokens.get(2).ref).isEqualTo(A);
  }

  @Test
  void listsDomainsAtFirstUseAndThenEverySixHours() {
    // given
    want(Map.of(A, LISTING));
    acr.answer(A, HOUR);
    acr.answerDomains("a.cn");
    assertThat(service.state(A).domains()).containsExactly("a.cn");

    // when
    for (int minute = 0; minute < 6 * 60 + 50; minute++) {
      time.advance(Duration.ofMinutes(1));
      acr.answerAll(HOUR);
    }

    // then
    assertThat(acr.lists).hasSize(2);
    assertThat(acr.tokens).hasSizeGreaterThan(8);
  }

  // ---- failures

  @Test
  void retriesNeverStopAndAreAtMostAMinuteApart() {
    // given
    want(A);
    List<Instant> tries = new ArrayList<>();

    // when
    for (int i = 0; i < 200; i++) {
      assertThat(acr.tokens).hasSize(i + 1);
      tries.add(time.now());
      acr.fail(A, Reason.Unreachable);
      Duration waited = Duration.ZERO;
      while (acr.tokens.size() == i + 1 && waited.toSeconds() <= 61) {
        time.advance(Duration.ofMillis(100));
        waited = waited.plusMillis(100);
      }
    }

    // then
    assertThat(tries).hasSize(200);
    for (int i = 1; i < tries.size(); i++) {
      assertThat(Duration.between(tries.get(i - 1), tries.get(i)))
          .isBetween(Duration.ofMillis(500), Duration.ofMillis(60_200));
    }
    acr.answer(A, HOUR);
    assertThat(service.state(A).error()).isNull();
  }

  /** Nobody is asked, so nobody is spared by waiting; and the token is there soon after DNS is. */
  @ParameterizedTest
  @ValueSource(strings = {"DnsTimeout", "DnsFailure"})
  void whileDnsIsAwayRetriesStayCloseTogether(String code) {
    // given
    want(A);

    // when, then
    for (int i = 0; i < 50; i++) {
      acr.fail(A, new AlibabaCloudException(Reason.Unreachable, code, "no", "wait", ""));
      time.advance(Duration.ofMillis(400));
      assertThat(acr.tokens).hasSize(i + 1);
      time.advance(Duration.ofMillis(1_700));
      assertThat(acr.tokens).hasSize(i + 2);
    }
  }

  @Test
  void aFailureOfOneDelaysNoOther() {
    // given
    want(A, B);

    // when
    acr.fail(A, Reason.AccessDenied);
    acr.answer(B, HOUR);

    // then
    assertThat(told.changed).containsExactly(Set.of(B));
    assertThat(service.state(A).error().reason()).isEqualTo(Reason.AccessDenied);
    assertThat(service.state(A).nextTryAt()).isEqualTo(time.now().plusSeconds(60));
    assertThat(told.told).containsExactly(Set.of(A, B));
  }

  @Test
  void theLastTokenStaysUntilItsEndWhichIsTold() {
    // given
    want(A);
    acr.answer(A, HOUR);
    Instant end = time.now().plus(HOUR);

    // when
    while (time.now().isBefore(end.minusMillis(100))) {
      time.advance(Duration.ofMillis(100));
      acr.failAll(Reason.Unreachable);
    }

    // then
    assertThat(service.state(A).validAt(time.now())).isTrue();
    assertThat(told.changed).hasSize(1);
    time.advance(Duration.ofMillis(102));
    assertThat(service.state(A).validAt(time.now())).isFalse();
    assertThat(told.changed).containsExactly(Set.of(A), Set.of(A));
    time.advance(Duration.ofMinutes(2));
    assertThat(told.changed).as("once").hasSize(2);
  }

  // ---- suspension, keys

  @Test
  void aHeldDemandFetchesNothing() {
    // given
    want(Map.of(A, HELD, B, DEMAND));
    acr.answer(B, HOUR);

    // when
    service.refresh(Set.of(A));
    for (int minute = 0; minute < 300; minute++) {
      time.advance(Duration.ofMinutes(1));
      acr.answerAll(HOUR);
    }

    // then
    assertThat(acr.tokens).extracting(Call::ref).containsOnly(B);
    want(A);
    assertThat(acr.tokens).extracting(Call::ref).contains(A);
  }

  @Test
  void anotherKeyFetchesAnewAndTheSameKeyDoesNot() {
    // given
    want(A);
    acr.answer(A, HOUR);

    // when
    service.onKeysChanged(identity -> true);

    // then
    assertThat(acr.tokens).hasSize(1);
    key("LTAIsecond");
    service.onKeysChanged(identity -> identity != Identity.OWN);
    assertThat(acr.tokens).as("somebody else's key").hasSize(1);
    service.onKeysChanged(identity -> true);
    assertThat(acr.tokens).hasSize(2);
    assertThat(acr.tokens.get(1).key.id()).isEqualTo("LTAIsecond");
  }

  @Test
  void aKeyThatAppearsIsUsedAtOnce() {
    // given
    secrets.put(KEYS, null);
    want(A);
    assertThat(service.state(A).error().reason()).isEqualTo(Reason.CredentialsMissing);
    assertThat(acr.tokens).isEmpty();

    // when
    key("LTAIfirst");
    service.onKeysChanged(identity -> true);

    // then
    assertThat(acr.tokens).hasSize(1);
  }

  @Test
  void aKeyThatChangesDuringACallIsUsedRightAfterIt() {
    // given
    want(A);
    key("LTAIsecond");
    service.onKeysChanged(identity -> true);

    // when
    acr.fail(A, Reason.AccessDenied);

    // then
    assertThat(acr.tokens).hasSize(2);
    assertThat(acr.tokens.get(1).key.id()).isEqualTo("LTAIsecond");
  }

  @Test
  void aKeyThatChangesDuringACallThatSucceedsIsUsedRightAfterIt() {
    // given
    want(A);
    key("LTAIsecond");
    service.onKeysChanged(identity -> true);

    // when
    acr.answer(A, HOUR);

    // then
    assertThat(acr.tokens).hasSize(2);
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(5));
    assertThat(acr.tokens).hasSize(2);
  }

  @Test
  void whatAnEarlierProcessKnewIsNotAskedForAgain() {
    // given
    want(A);
    acr.answer(A, HOUR);
    RegistryState known = service.state(A);
    service.updateDemands(Map.of(), ref -> RegistryState.NONE);

    // when
    time.advance(Duration.ofMinutes(10));
    service.updateDemands(Map.of(A, DEMAND), ref -> known);

    // then
    assertThat(acr.tokens).hasSize(1);
    assertThat(service.state(A).validAt(time.now())).isTrue();
  }

  @Test
  void aClosedServiceStartsNothingMore() {
    // given
    want(A);
    acr.answer(A, HOUR);

    // when
    service.close();
    time.advance(Duration.ofHours(2));

    // then
    assertThat(acr.tokens).hasSize(1);
  }

  // ---- exceptions

  static List<Supplier<Uni<RegistryToken>>> brokenCalls() {
    return List.of(
        () -> {
          throw new IllegalStateException(PLANTED);
        },
        () -> {
          throw new StackOverflowError(PLANTED);
        },
        () -> null,
        () -> Uni.createFrom().nullItem(),
        () -> Uni.createFrom().failure(new ArithmeticException(PLANTED)),
        () ->
            Uni.createFrom()
                .item(new RegistryToken("u", SensitiveString.of("t"), Instant.EPOCH, null, "")));
  }

  @ParameterizedTest
  @MethodSource("brokenCalls")
  void anExceptionInACallIsRetriedAndDelaysNoOther(Supplier<Uni<RegistryToken>> broken) {
    // given
    acr.broken.put(A, broken);
    want(A, B);

    // when
    acr.answer(B, HOUR);
    time.advance(Duration.ofMinutes(44).plusSeconds(1));
    acr.answer(B, HOUR);

    // then
    AlibabaCloudException error = service.state(A).error();
    assertThat(error.code()).isEqualTo("OperatorError");
    assertThat(error.getMessage() + error.advice()).doesNotContain(PLANTED);
    assertThat(service.state(A).nextTryAt()).isBetween(time.now(), time.now().plusSeconds(60));
    acr.broken.clear();
    time.advance(Duration.ofSeconds(60).plusMillis(1));
    acr.answer(A, HOUR);
    assertThat(service.state(A).validAt(time.now())).isTrue();
  }

  @Test
  void whatNobodyCouldBeToldIsToldLater() {
    // given
    want(A, B);
    told.failures = 5;

    // when
    acr.answer(A, HOUR);
    acr.answer(B, HOUR);

    // then
    assertThat(told.changed).isEmpty();
    time.advance(Duration.ofSeconds(8));
    assertThat(told.changed).containsExactly(Set.of(A, B));
    assertThat(told.told).containsExactly(Set.of(A, B));
    time.advance(Duration.ofMinutes(44));
    assertThat(acr.tokens).hasSize(4);
  }

  @Test
  void anExceptionInAnAnswerIsAFailureOfItsRegistryAlone() {
    // given
    want(A, B);

    // when
    clockFailures = 1;
    acr.answer(A, HOUR);
    acr.answer(B, HOUR);

    // then
    assertThat(service.state(A).error().code()).isEqualTo("OperatorError");
    assertThat(service.state(B).validAt(time.now())).isTrue();
    time.advance(Duration.ofSeconds(1).plusMillis(1));
    acr.answer(A, HOUR);
    assertThat(service.state(A).validAt(time.now())).isTrue();
  }

  @Test
  void anExceptionInTheCallBackCancelsNoOtherCall() {
    // given
    want(A, B);

    // when the handling of the first exception fails too
    clockFailures = 2;
    acr.answer(A, HOUR);
    acr.answer(B, HOUR);

    // then
    assertThat(clockFailures).isZero();
    assertThat(service.state(B).validAt(time.now())).isTrue();
    assertThat(service.countOverdue()).isZero();
    time.advance(Duration.ofMinutes(5));
    assertThat(service.countOverdue()).as("a new process helps A").isEqualTo(1);
  }

  @Test
  void anExceptionOnTheTimerEndsNoRenewal() {
    // given
    want(A);
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(43));

    // when
    clockFailures = 1;
    time.advance(Duration.ofMinutes(2));

    // then
    assertThat(clockFailures).isZero();
    assertThat(acr.tokens).hasSize(2);
  }

  // ---- odd times

  static List<Instant> deadCredentials() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    return List.of(
        Instant.MIN,
        Instant.EPOCH,
        now.minusSeconds(1),
        now.plus(HOUR),
        now.plus(HOUR).plusSeconds(5));
  }

  /** From 16 minutes before the token's end to that end. */
  @ParameterizedTest
  @MethodSource("deadCredentials")
  void deadCredentialsTakeNoTokenAway(Instant end) {
    // given
    want(OF_ROLE, B);
    acr.answer(OF_ROLE, HOUR.plusMinutes(2));
    acr.answer(B, HOUR);
    time.advance(Duration.ofMinutes(44));
    told.changed.clear();
    sts.calls.clear();

    // when
    sts.end = call -> end.isBefore(time.now()) ? end : time.now().plusSeconds(5);
    for (int second = 0; second < 17 * 60; second++) {
      time.advance(Duration.ofSeconds(1));
      acr.openFor(B).forEach(call -> acr.answer(B, HOUR));
    }

    // then
    assertThat(service.state(OF_ROLE).validAt(time.now())).isTrue();
    AlibabaCloudException error = service.state(OF_ROLE).error();
    assertThat(error.code()).isEqualTo("CredentialsExpired");
    assertThat(error.getMessage()).contains("acs:ram::222:role/pull");
    assertThat(acr.tokens).extracting(Call::ref).containsExactly(OF_ROLE, B, B);
    assertThat(sts.calls).hasSizeBetween(15, 30);
    assertThat(told.changed).containsExactly(Set.of(B));
    sts.end = call -> time.now().plus(HOUR);
    time.advance(Duration.ofSeconds(61));
    acr.answer(OF_ROLE, HOUR);
    assertThat(service.state(OF_ROLE).error()).isNull();
  }

  @Test
  void credentialsThatNeverEndGiveATokenOfItsOwnLife() {
    // given
    sts.end = call -> Instant.MAX;
    want(OF_ROLE);

    // when
    acr.answer(OF_ROLE, HOUR);

    // then
    assertThat(service.state(OF_ROLE).token().lifetime()).isEqualTo(HOUR);
  }

  @Test
  void twoCallsASecondHoweverOftenSomebodyAsks() {
    // given
    want(A);

    // when
    for (int i = 0; i < 1_000; i++) {
      acr.openFor(A).forEach(call -> acr.answer(A, HOUR));
      service.refresh(Set.of(A));
      time.advance(Duration.ofMillis(10));
    }

    // then
    assertThat(acr.tokens).hasSizeBetween(18, 21);
  }

  // ---- liveness

  @Test
  void aDeadTimerShowsAfterFiveMinutes() {
    // given
    want(A);
    acr.answer(A, HOUR);

    // when
    time.pass(Duration.ofHours(2));

    // then
    assertThat(service.countOverdue()).isZero();
    time.pass(Duration.ofMinutes(5).minusSeconds(1));
    assertThat(service.countOverdue()).isZero();
    time.pass(Duration.ofSeconds(1));
    assertThat(service.countOverdue()).isEqualTo(1);
    service.relistDomains(Set.of());
    assertThat(service.countOverdue()).as("asked for").isZero();
    service.close();
  }

  @Test
  void aLostAnswerShowsAfterFiveMinutes() {
    // given
    want(A);

    // when
    time.advance(Duration.ofHours(1));

    // then
    assertThat(service.countOverdue()).isZero();
    time.advance(Duration.ofMinutes(5));
    assertThat(service.countOverdue()).isEqualTo(1);
    acr.answer(A, HOUR);
    assertThat(service.countOverdue()).isZero();
  }

  @Test
  void whatWaitsForAReasonIsNotOverdue() {
    // given one suspended, one throttled, and a clock that jumps
    want(A, B);
    acr.answer(A, HOUR);
    acr.answer(B, HOUR);
    want(Map.of(A, HELD, B, DEMAND));

    // when / then
    for (int half = 0; half < 4 * 60; half++) {
      time.advance(Duration.ofSeconds(30));
      acr.openFor(B).forEach(call -> acr.fail(B, Reason.Throttled));
      assertThat(service.countOverdue()).isZero();
    }
    assertThat(service.state(A).validAt(time.now())).isFalse();
    time.pass(Duration.ofHours(2));
    service.close();
    service.countOverdue();
    time.pass(Duration.ofHours(2));
    assertThat(service.countOverdue()).as("closed").isZero();
  }

  @Test
  void whatTheCeilingHoldsBackIsNotOverdue() {
    // given a call in 1,000 s
    RegistryRef second = new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-second");
    TokenService slow = service(0.001, time.timer());
    Map<RegistryRef, TokenDemand> demands = new LinkedHashMap<>();
    demands.put(A, DEMAND);
    demands.put(second, DEMAND);

    // when
    slow.updateDemands(demands, ref -> RegistryState.NONE);
    acr.answer(A, HOUR);

    // then
    assertThat(acr.tokens).hasSize(1);
    assertThat(slow.countOverdue()).isZero();
    time.advance(Duration.ofMinutes(10));
    assertThat(slow.countOverdue()).isZero();
    slow.close();
  }

  // ---- what stands in for the world

  private void want(RegistryRef... refs) {
    Map<RegistryRef, TokenDemand> demands = new LinkedHashMap<>();
    for (RegistryRef ref : refs) {
      demands.put(ref, DEMAND);
    }
    want(demands);
  }

  private void want(Map<RegistryRef, TokenDemand> demands) {
    service.updateDemands(demands, ref -> RegistryState.NONE);
  }

  private record Call(RegistryRef ref, AccessKey key, CompletableFuture<RegistryToken> reply) {}

  /** Answers when it is told to. */
  private final class FakeAcr implements AcrOperations {
    final List<Call> tokens = new ArrayList<>();
    final List<CompletableFuture<List<String>>> lists = new ArrayList<>();
    final Map<RegistryRef, Supplier<Uni<RegistryToken>>> broken = new HashMap<>();

    @Override
    public Uni<RegistryToken> token(RegistryRef ref, AccessKey key) {
      if (broken.containsKey(ref)) {
        return broken.get(ref).get();
      }
      Call call = new Call(ref, key, new CompletableFuture<>());
      tokens.add(call);
      return Uni.createFrom().completionStage(call.reply);
    }

    @Override
    public Uni<List<String>> domains(RegistryRef ref, AccessKey key) {
      lists.add(new CompletableFuture<>());
      return Uni.createFrom().completionStage(lists.get(lists.size() - 1));
    }

    void answer(RegistryRef ref, Duration lifetime) {
      open(ref).complete(token(lifetime));
    }

    void answerDomains(String... domains) {
      lists.forEach(list -> list.complete(List.of(domains)));
    }

    void answerAll(Duration lifetime) {
      List.copyOf(tokens).forEach(call -> call.reply.complete(token(lifetime)));
      List.copyOf(lists).forEach(list -> list.complete(List.of("a.cn")));
    }

    void fail(RegistryRef ref, Reason reason) {
      fail(ref, failure(reason));
    }

    void fail(RegistryRef ref, AlibabaCloudException failure) {
      open(ref).completeExceptionally(failure);
    }

    void failAll(Reason reason) {
      List.copyOf(tokens).forEach(call -> call.reply.completeExceptionally(failure(reason)));
    }

    List<Call> openFor(RegistryRef ref) {
      return tokens.stream().filter(call -> call.ref.equals(ref) && !call.reply.isDone()).toList();
    }

    private CompletableFuture<RegistryToken> open(RegistryRef ref) {
      return tokens.stream()
          .filter(call -> call.ref.equals(ref) && !call.reply.isDone())
          .findFirst()
          .orElseThrow(() -> new AssertionError("no call is open for " + ref.describe()))
          .reply;
    }

    private RegistryToken token(Duration lifetime) {
      return new RegistryToken(
          "u", SensitiveString.of("t" + tokens.size()), time.now(), time.now().plus(lifetime), "");
    }

    private AlibabaCloudException failure(Reason reason) {
      return new AlibabaCloudException(reason, reason.name(), "no", "wait", "");
    }
  }

  /** Gives credentials that end when a test says so. */
  private final class FakeSts implements StsOperations {
    final List<Instant> calls = new ArrayList<>();
    UnaryOperator<Instant> end = now -> now.plus(Duration.ofMinutes(62));

    @Override
    public Uni<TemporaryCredentials> assumeRole(
        Identity.Role role, String sessionPolicy, AccessKey by) {
      calls.add(time.now());
      AccessKey key = new AccessKey("STS.id", SensitiveString.of("s"), SensitiveString.of("t"));
      return Uni.createFrom().item(new TemporaryCredentials(key, end.apply(time.now())));
    }

    @Override
    public Uni<TemporaryCredentials> assumeRoleWithOidc(
        Identity.Oidc role, String sessionName, String sessionPolicy, SensitiveString token) {
      throw new AssertionError("nobody has such an identity");
    }
  }

  /** This is no ECS instance. */
  private static final class NoMetadata implements EcsMetadata {
    @Override
    public Uni<Optional<String>> region() {
      return Uni.createFrom().item(Optional.empty());
    }

    @Override
    public Uni<TemporaryCredentials> roleCredentials() {
      return Uni.createFrom()
          .failure(
              new AlibabaCloudException(
                  Reason.CredentialsMissing, "NoInstanceRole", "none", "", ""));
    }
  }

  private static final class Told implements TokenListener {
    final List<Set<RegistryRef>> changed = new ArrayList<>();
    final List<Set<RegistryRef>> told = new ArrayList<>();

    /** So many calls of the listener fail. */
    int failures;

    private void failAtTimes() {
      if (failures > 0) {
        failures--;
        throw new IllegalStateException(PLANTED);
      }
    }

    @Override
    public void onTokensChanged(Set<RegistryRef> refs) {
      failAtTimes();
      changed.add(refs);
    }

    @Override
    public void onStatesChanged(Set<RegistryRef> refs) {
      told.add(refs);
    }

    @Override
    public void onFetchCompleted(RegistryRef ref, Duration took, AlibabaCloudException error) {
      failAtTimes();
    }
  }
}
