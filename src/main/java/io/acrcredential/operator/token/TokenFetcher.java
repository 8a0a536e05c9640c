package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AcrOperations;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.Expiry;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.Credentials;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.smallrye.mutiny.CompositeException;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Asks ACR for many registries at once. The calls of one wave run in parallel, each behind its own
 * account's and region's ceiling; the longest chain of calls is the length of the wave.
 */
public final class TokenFetcher {

  /** More than any cluster needs at once; what bounds the rate is the ceiling. */
  private static final int CONCURRENCY = 256;

  private final AcrOperations acr;
  private final CredentialsResolver keys;
  private final KeyedRateLimiter ceiling;
  private final Clock clock;
  private final RandomGenerator random;

  /** Calls that wait for their place below our own ceiling. */
  private final Map<Queue, Integer> queued = new ConcurrentHashMap<>();

  /** Whose calls wait for each other. */
  private record Queue(Identity identity, String region) {
    static Queue of(RegistryRef ref) {
      return new Queue(ref.identity(), ref.region());
    }
  }

  /** Makes no call yet. */
  public TokenFetcher(
      AcrOperations acr,
      CredentialsResolver keys,
      KeyedRateLimiter ceiling,
      Clock clock,
      RandomGenerator random) {
    this.acr = acr;
    this.keys = keys;
    this.ceiling = ceiling;
    this.clock = clock;
    this.random = random;
  }

  /** What is asked for one registry. */
  public record Request(RegistryRef ref, boolean token, boolean domains) {}

  /**
   * What came back: a part is null where it was not asked for or failed.
   *
   * @param error null = all that was asked for is there
   */
  public record Outcome(
      Request request, RegistryToken token, List<String> domains, AlibabaCloudException error) {}

  /** Outcomes in the order in which they arrive; never fails. */
  public Multi<Outcome> fetch(Collection<Request> wave) {
    CredentialsResolver.Wave credentials = keys.wave();
    return Multi.createFrom()
        .iterable(List.copyOf(wave))
        .onItem()
        .transformToUni(request -> fetch(request, credentials))
        .merge(CONCURRENCY);
  }

  /** Of the key that would ask now; empty where there is none. */
  public Optional<String> keyFingerprint(RegistryRef ref) {
    try {
      return keys.fingerprint(ref.identity());
    } catch (RuntimeException e) {
      UnexpectedFailure.log("it looked up a key", e);
      return Optional.empty();
    }
  }

  /** Whether calls of the same identity and region have not been sent yet, for our own ceiling. */
  public boolean queued(RegistryRef ref) {
    return queued.containsKey(Queue.of(ref));
  }

  private Uni<Outcome> fetch(Request request, CredentialsResolver.Wave credentials) {
    Identity identity = request.ref().identity();
    return Uni.createFrom()
        .deferred(
            () -> {
              // Taken first: a key that changes from here on is told apart from the one that asked.
              String fingerprint = keyFingerprint(request.ref()).orElse("");
              return credentials
                  .of(identity)
                  .invoke(by -> check(by, identity))
                  .chain(by -> fetch(request, by, fingerprint));
            })
        .onFailure()
        .recoverWithItem(e -> new Outcome(request, null, null, asAcrException(e)));
  }

  private Uni<Outcome> fetch(Request request, Credentials by, String fingerprint) {
    RegistryRef ref = request.ref();
    Uni<Result<RegistryToken>> token =
        asked(request.token(), ref, by, () -> token(ref, by, fingerprint));
    Uni<Result<List<String>>> domains =
        asked(request.domains(), ref, by, () -> acr.domains(ref, by.key()));
    return Uni.combine()
        .all()
        .unis(token, domains)
        .with((t, d) -> new Outcome(request, t.item, d.item, t.error != null ? t.error : d.error));
  }

  private Uni<RegistryToken> token(RegistryRef ref, Credentials by, String fingerprint) {
    Instant askedAt = clock.instant();
    return acr.token(ref, by.key())
        .map(issued -> token(issued, askedAt, by, ref.identity(), fingerprint));
  }

  private RegistryToken token(
      RegistryToken issued,
      Instant askedAt,
      Credentials by,
      Identity identity,
      String fingerprint) {
    // Once more: the call may have waited for its place below the ceiling.
    check(by, identity);
    Optional<String> problem = Expiry.problem(issued.expiresAt(), clock.instant());
    if (problem.isPresent()) {
      throw new AlibabaCloudException(
          Reason.Unreachable,
          "InvalidResponse",
          "The new token " + problem.get(),
          "Check the clock of the node, and that the endpoint is Alibaba Cloud's own.",
          "");
    }
    return issued.requested(askedAt, fingerprint, by.expiresAt());
  }

  /**
   * A token ends with the credentials that it was got with: one of credentials that end at once
   * must not take the place of a token that still lives.
   */
  private void check(Credentials by, Identity identity) {
    if (by.expiresAt() == null) {
      return;
    }
    Optional<String> problem = Expiry.tooSoon(by.expiresAt(), clock.instant());
    if (problem.isPresent()) {
      throw new AlibabaCloudException(
          Reason.CredentialsMissing,
          "CredentialsExpired",
          "The temporary credentials can't be used ("
              + keys.describe(identity)
              + "): their token "
              + problem.get(),
          "Check what renews them, and the clock of the node.",
          "");
    }
  }

  private record Result<T>(T item, AlibabaCloudException error) {}

  private <T> Uni<Result<T>> asked(
      boolean wanted, RegistryRef ref, Credentials by, Supplier<Uni<T>> call) {
    if (!wanted) {
      return Uni.createFrom().item(new Result<>(null, null));
    }
    String account = by.account();
    Duration wait = ceiling.reserve(account, ref.region());
    Uni<T> now = Uni.createFrom().deferred(call::get);
    return (wait.isZero() ? now : later(wait, Queue.of(ref), now))
        .onItem()
        .ifNull()
        .failWith(() -> new IllegalStateException("no item"))
        .onItemOrFailure()
        .transform(
            (item, failure) -> {
              AlibabaCloudException error = failure == null ? null : asAcrException(failure);
              pace(account, ref.region(), error);
              return new Result<>(item, error);
            });
  }

  private <T> Uni<T> later(Duration wait, Queue queue, Uni<T> call) {
    return Uni.createFrom()
        .nullItem()
        .onSubscription()
        .invoke(() -> queued.merge(queue, 1, Integer::sum))
        .onItem()
        .delayIt()
        .by(wait)
        .onTermination()
        .invoke(() -> queued.computeIfPresent(queue, (q, n) -> n == 1 ? null : n - 1))
        .chain(x -> call);
  }

  private void pace(String account, String region, AlibabaCloudException error) {
    if (error == null) {
      ceiling.answered(account, region);
    } else if (error.reason() == Reason.Throttled) {
      ceiling.refused(account, region, times -> Backoff.after(times, random));
    }
  }

  /** Where a call-back failed too, what came first is what went wrong. */
  private static AlibabaCloudException asAcrException(Throwable failure) {
    if (failure instanceof CompositeException both) {
      return asAcrException(both.getCauses().get(0));
    }
    return UnexpectedFailure.of("it asked for a token", failure);
  }
}
