// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.Expiry;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.alibabacloud.client.AcrOperations;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.Credentials;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Requests tokens and domains of many registries at once. The calls of a batch run in parallel,
 * each within the rate limit of its own account and region, so a batch takes as long as its slowest
 * chain of calls.
 */
public final class TokenFetcher {

  /** More than any cluster needs at once; the rate limit is the effective bound. */
  private static final int CONCURRENCY = 256;

  private final AcrOperations acr;
  private final CredentialsResolver credentials;
  private final RateLimitedCalls calls;
  private final Clock clock;

  /** Makes no call yet. */
  public TokenFetcher(
      AcrOperations acr,
      CredentialsResolver credentials,
      KeyedRateLimiter limiter,
      Clock clock,
      RandomGenerator random) {
    this.acr = acr;
    this.credentials = credentials;
    this.calls = new RateLimitedCalls(limiter, random);
    this.clock = clock;
  }

  /**
   * Fetches a batch.
   *
   * @param receiver gets exactly one outcome per request, in the order in which they arrive
   */
  void fetchEach(Collection<TokenRequest> batch, Consumer<TokenOutcome> receiver) {
    Set<TokenRequest> pending = ConcurrentHashMap.newKeySet();
    pending.addAll(batch);
    Multi.createFrom()
        .deferred(() -> fetch(batch))
        .subscribe()
        .with(
            outcome -> {
              pending.remove(outcome.request());
              try {
                receiver.accept(outcome);
              } catch (RuntimeException | Error e) {
                // Mutiny would cancel all other calls, and drop the exception.
                UnexpectedFailure.log("processing a response", e);
              }
            },
            failure -> failAll(pending, failure, receiver),
            () -> {
              if (!pending.isEmpty()) {
                failAll(pending, new IllegalStateException("no outcome"), receiver);
              }
            });
  }

  private static void failAll(
      Set<TokenRequest> pending, Throwable failure, Consumer<TokenOutcome> receiver) {
    for (TokenRequest request : pending) {
      receiver.accept(new TokenOutcome(request, null, null, asAlibabaCloudException(failure)));
    }
  }

  /** Outcomes in the order in which they arrive; the stream never fails. */
  Multi<TokenOutcome> fetch(Collection<TokenRequest> batch) {
    CredentialsResolver.Batch batchCredentials = credentials.newBatch();
    return Multi.createFrom()
        .iterable(List.copyOf(batch))
        .onItem()
        .transformToUni(request -> fetch(request, batchCredentials))
        .merge(CONCURRENCY);
  }

  /** The fingerprint of the key that would be used now; empty if there is none. */
  Optional<String> keyFingerprint(RegistryRef ref) {
    try {
      return credentials.fingerprint(ref.identity());
    } catch (RuntimeException e) {
      UnexpectedFailure.log("looking up a key", e);
      return Optional.empty();
    }
  }

  /** Whether calls of the same identity and region still wait for our own rate limit. */
  boolean isWaitingForRateLimit(RegistryRef ref) {
    return calls.isWaiting(ref);
  }

  private Uni<TokenOutcome> fetch(
      TokenRequest request, CredentialsResolver.Batch batchCredentials) {
    Identity identity = request.ref().identity();
    return Uni.createFrom()
        .deferred(
            () -> {
              // Read first, so that a key that changes from here on is recognized as another one.
              String fingerprint = keyFingerprint(request.ref()).orElse("");
              return batchCredentials
                  .get(identity)
                  .invoke(found -> requireUnexpired(found, identity))
                  .chain(found -> fetch(request, found, fingerprint));
            })
        .onFailure()
        .recoverWithItem(e -> new TokenOutcome(request, null, null, asAlibabaCloudException(e)));
  }

  private Uni<TokenOutcome> fetch(TokenRequest request, Credentials caller, String fingerprint) {
    RegistryRef ref = request.ref();
    Uni<Result<RegistryToken>> token =
        send(request.token(), ref, caller, () -> token(ref, caller, fingerprint));
    Uni<Result<List<String>>> domains =
        send(request.domains(), ref, caller, () -> acr.domains(ref, caller.key()));
    return Uni.combine()
        .all()
        .unis(token, domains)
        .with(
            (t, d) ->
                new TokenOutcome(request, t.item, d.item, t.error != null ? t.error : d.error));
  }

  private Uni<RegistryToken> token(RegistryRef ref, Credentials caller, String fingerprint) {
    Instant requestedAt = clock.instant();
    return acr.token(ref, caller.key())
        .invoke(token -> requireUsable(token, caller, ref.identity()))
        .map(
            token ->
                token.withRequest(
                    Duration.between(requestedAt, clock.instant()),
                    fingerprint,
                    caller.expiresAt()));
  }

  private void requireUsable(RegistryToken token, Credentials caller, Identity identity) {
    // Checked again, because the call may have waited for the rate limit.
    requireUnexpired(caller, identity);
    Optional<String> problem = Expiry.problem(token.expiresAt(), clock.instant(), token.offset());
    if (problem.isPresent()) {
      throw new AlibabaCloudException(
          Reason.Unreachable,
          "InvalidResponse",
          "The new token " + problem.get(),
          "Check the clock of the node, and that the endpoint is Alibaba Cloud's own.",
          "");
    }
  }

  /**
   * A token expires with the credentials that requested it. A token of credentials that expire at
   * once must not replace one that is still valid.
   */
  private void requireUnexpired(Credentials found, Identity identity) {
    if (found.expiresAt() == null) {
      return;
    }
    Optional<String> problem = Expiry.tooSoon(found.expiresAt(), clock.instant());
    if (problem.isPresent()) {
      throw new AlibabaCloudException(
          Reason.CredentialsMissing,
          "CredentialsExpired",
          "The temporary credentials can't be used ("
              + credentials.describe(identity)
              + "): their token "
              + problem.get(),
          "Check what renews them, and the clock of the node.",
          "");
    }
  }

  private record Result<T>(T item, AlibabaCloudException error) {}

  private <T> Uni<Result<T>> send(
      boolean requested, RegistryRef ref, Credentials caller, Supplier<Uni<T>> call) {
    if (!requested) {
      return Uni.createFrom().item(new Result<>(null, null));
    }
    return calls
        .send(ref, caller.account(), call)
        .onItemOrFailure()
        .transform(
            (item, failure) ->
                new Result<>(item, failure == null ? null : asAlibabaCloudException(failure)));
  }

  private static AlibabaCloudException asAlibabaCloudException(Throwable failure) {
    return UnexpectedFailure.of("requesting a token", failure);
  }
}
