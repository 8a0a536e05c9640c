// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Sends calls within the rate limit of their account and region, and pauses the pair when the
 * service throttles.
 */
final class RateLimitedCalls {

  private final KeyedRateLimiter limiter;
  private final RandomGenerator random;

  /** Number of calls that wait for the rate limit. */
  private final Map<Queue, Integer> waiting = new ConcurrentHashMap<>();

  /** Calls of one queue wait for each other. */
  private record Queue(Identity identity, String region) {
    static Queue of(RegistryRef ref) {
      return new Queue(ref.identity(), ref.region());
    }
  }

  RateLimitedCalls(KeyedRateLimiter limiter, RandomGenerator random) {
    this.limiter = limiter;
    this.random = random;
  }

  /** Whether calls of the same identity and region still wait for the rate limit. */
  boolean isWaiting(RegistryRef ref) {
    return waiting.containsKey(Queue.of(ref));
  }

  /**
   * Reserves a slot now and sends the call when it is due.
   *
   * @param account the account to which the service counts the call
   * @return fails with an {@link AlibabaCloudException}, also if the call emits no item
   */
  <T> Uni<T> send(RegistryRef ref, String account, Supplier<Uni<T>> call) {
    Duration wait = limiter.reserve(account, ref.region());
    Uni<T> now = Uni.createFrom().deferred(call::get);
    return (wait.isZero() ? now : delayed(wait, Queue.of(ref), now))
        .onItem()
        .ifNull()
        .failWith(() -> new IllegalStateException("no item"))
        .onFailure()
        .transform(failure -> UnexpectedFailure.of("requesting a token", failure))
        .onItemOrFailure()
        .invoke((item, failure) -> adjustRate(account, ref.region(), failure));
  }

  private <T> Uni<T> delayed(Duration wait, Queue queue, Uni<T> call) {
    return Uni.createFrom()
        .nullItem()
        .onSubscription()
        .invoke(() -> waiting.merge(queue, 1, Integer::sum))
        .onItem()
        .delayIt()
        .by(wait)
        .onTermination()
        .invoke(() -> waiting.computeIfPresent(queue, (q, n) -> n == 1 ? null : n - 1))
        .chain(x -> call);
  }

  private void adjustRate(String account, String region, Throwable failure) {
    if (failure == null) {
      limiter.onAccepted(account, region);
    } else if (failure instanceof AlibabaCloudException e && e.reason() == Reason.Throttled) {
      limiter.onThrottled(account, region, times -> Backoff.after(times, e.retryAfter(), random));
    }
  }
}
