// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * Limits the rate of calls per account and region, with bursts of one second, and pauses the pair
 * when the service throttles. Callers get the time to wait, in the order of their calls.
 */
public final class KeyedRateLimiter {

  /** A lower rate is useless, and sums of longer intervals would overflow. */
  private static final double LONGEST_INTERVAL_NANOS = 3.6e12;

  private final double perSecond;
  private final LongSupplier nanoTime;
  private final Map<Key, Bucket> buckets = new HashMap<>();

  /** Calls with the same key share a rate limit in ACR. */
  private record Key(String account, String region) {}

  /**
   * @param perSecond calls per second of one account in one region, above 0
   */
  public KeyedRateLimiter(double perSecond, LongSupplier nanoTime) {
    this.perSecond = perSecond;
    this.nanoTime = nanoTime;
  }

  /** Reserves the next slot; the call may start after the returned time. */
  public synchronized Duration reserve(String account, String region) {
    return bucket(account, region).reserve(nanoTime.getAsLong());
  }

  /**
   * The service throttled: no call of the pair starts during the wait. Calls that are throttled
   * together count once; otherwise a single burst would cause the longest wait.
   *
   * @param wait by the number of consecutive throttled calls, 1 or more
   */
  public synchronized void onThrottled(String account, String region, IntFunction<Duration> wait) {
    Bucket bucket = bucket(account, region);
    long now = nanoTime.getAsLong();
    if (bucket.pausedUntil <= now) {
      bucket.throttled++;
      bucket.pausedUntil = now + wait.apply(bucket.throttled).toNanos();
    }
  }

  /** The service did not throttle: the next throttled call counts as the first. */
  public synchronized void onAccepted(String account, String region) {
    bucket(account, region).throttled = 0;
  }

  private Bucket bucket(String account, String region) {
    return buckets.computeIfAbsent(new Key(account, region), key -> new Bucket());
  }

  /** A virtual-time token bucket (GCRA). */
  private final class Bucket {
    private final long interval = (long) Math.min(LONGEST_INTERVAL_NANOS, 1e9 / perSecond);
    private final long burst = Math.max(0, 1_000_000_000L - interval);
    private long next = nanoTime.getAsLong() - burst;
    private long pausedUntil = Long.MIN_VALUE;
    private int throttled;

    long nextSlot(long now) {
      return Math.max(next, now - burst);
    }

    Duration reserve(long now) {
      long start = Math.max(nextSlot(now), pausedUntil);
      next = start + interval;
      return Duration.ofNanos(Math.max(0, start - now));
    }
  }
}
