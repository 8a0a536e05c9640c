// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.alibabacloud.client.AcrOperations;
import io.acrcredential.operator.alibabacloud.client.EcsMetadata;
import io.acrcredential.operator.alibabacloud.client.StsOperations;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.ManualTime;
import io.smallrye.mutiny.Uni;
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

/** A {@link TokenService} with fakes of the services it calls. */
abstract class TokenServiceFixture {

  static final RegistryRef A = new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-a");
  static final RegistryRef B = new RegistryRef(Identity.OWN, "cn-beijing", "cri-b");
  static final Duration HOUR = Duration.ofHours(1);
  static final TokenDemand DEMAND = new TokenDemand(Duration.ofMinutes(15), "", false, false);
  static final TokenDemand LISTING = new TokenDemand(Duration.ofMinutes(15), "", true, false);
  static final TokenDemand SUSPENDED = new TokenDemand(Duration.ofMinutes(15), "", false, true);
  static final RegistryRef ROLE_REF =
      new RegistryRef(
          new Identity.Role(Identity.OWN, "acs:ram::222:role/pull", null, "session", 3600, null),
          "cn-hangzhou",
          "cri-role");
  static final String PLANTED = "planted-secret";

  final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
  final FakeAcr acr = new FakeAcr();
  final RecordingListener listener = new RecordingListener();
  final FakeSts sts = new FakeSts();
  int clockFailures;
  private Map<RegistryRef, TokenDemand> demanded = Map.of();
  final CredentialSecretCache secrets = DefaultKeySecret.cache("LTAIfirst");
  final TokenService service = service(1_000, time.timer());

  TokenService service(double callsPerSecond, ScheduledExecutorService timer) {
    CredentialsResolver credentials = DefaultKeySecret.resolver(secrets, sts, new NoMetadata());
    KeyedRateLimiter limiter = new KeyedRateLimiter(callsPerSecond, time::nanoTime);
    return new TokenService(
        new TokenFetcher(acr, credentials, limiter, time.clock(), new Random(1)),
        failingClock(),
        time::nanoTime,
        new Random(2),
        timer,
        listener);
  }

  /** Fails {@link #clockFailures} times. */
  Clock failingClock() {
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

  void key(String id) {
    secrets.put(DefaultKeySecret.NAME, DefaultKeySecret.data(id));
  }

  void demand(RegistryRef... refs) {
    Map<RegistryRef, TokenDemand> demands = new LinkedHashMap<>();
    for (RegistryRef ref : refs) {
      demands.put(ref, DEMAND);
    }
    demand(demands);
  }

  void demand(Map<RegistryRef, TokenDemand> demands) {
    demanded = demands;
    service.updateDemands(demands, ref -> RegistryState.NONE, Set.of());
  }

  /** A policy requests new tokens of these; all demands stay. */
  void refresh(RegistryRef... refs) {
    service.updateDemands(demanded, ref -> RegistryState.NONE, Set.of(refs));
  }

  record Call(RegistryRef ref, AccessKey key, CompletableFuture<RegistryToken> reply) {}

  /** Answers a call when the test says so. */
  final class FakeAcr implements AcrOperations {
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

    void failDomains(Reason reason) {
      lists.forEach(list -> list.completeExceptionally(failure(reason)));
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

  /** Returns credentials with the expiry that a test sets. */
  final class FakeSts implements StsOperations {
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
      throw new AssertionError("no test uses such an identity");
    }
  }

  /** As outside of ECS. */
  static final class NoMetadata implements EcsMetadata {
    @Override
    public Uni<Optional<String>> region() {
      return Uni.createFrom().item(Optional.empty());
    }

    @Override
    public Uni<TemporaryCredentials> roleCredentials(String role) {
      return Uni.createFrom()
          .failure(
              new AlibabaCloudException(
                  Reason.CredentialsMissing, "NoInstanceRole", "none", "", ""));
    }
  }

  static final class RecordingListener implements TokenListener {
    final List<Set<RegistryRef>> changed = new ArrayList<>();
    final List<Set<RegistryRef>> states = new ArrayList<>();

    /** The number of the next calls that fail. */
    int failures;

    private void failIfRequested() {
      if (failures > 0) {
        failures--;
        throw new IllegalStateException(PLANTED);
      }
    }

    @Override
    public void onTokensChanged(Set<RegistryRef> refs) {
      failIfRequested();
      changed.add(refs);
    }

    @Override
    public void onStatesChanged(Set<RegistryRef> refs) {
      states.add(refs);
    }

    @Override
    public void onFetchCompleted(RegistryRef ref, Duration took, AlibabaCloudException error) {
      failIfRequested();
    }
  }
}
