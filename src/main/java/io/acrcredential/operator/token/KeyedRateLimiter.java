package io.acrcredential.operator.token;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * No more calls per account and region than the limiter, with bursts of one second's worth; and a
 * pause for the pair alone when the service throttles. Callers are told how long to wait, in the
 * order in which they ask.
 */
public final class KeyedRateLimiter {

  /** A lower rate is of no use, and sums of longer intervals would overflow. */
  private static final double LONGEST_INTERVAL_NANOS = 3.6e12;

  private final double perSecond;
  private final LongSupplier nanoTime;
  private final Map<Key, Bucket> buckets = new HashMap<>();

  /** Whose calls ACR counts together. */
  private record Key(String account, String region) {}

  /**
   * @param perSecond calls per second of one account in one region, above 0
   */
  public KeyedRateLimiter(double perSecond, LongSupplier nanoTime) {
    this.perSecond = perSecond;
    this.nanoTime = nanoTime;
  }

  /** Takes the next place; the call may start after this wait. */
  public synchronized Duration reserve(String account, String region) {
    return bucket(account, region).reserve(nanoTime.getAsLong());
  }

  /**
   * The service throttled: no call of the pair starts within a wait. Calls refused together are one
   * refusal: each counted, a single burst would mean the longest wait.
   *
   * @param wait for so many throttled in a row, 1 or more
   */
  public synchronized void onThrottled(String account, String region, IntFunction<Duration> wait) {
    Bucket bucket = bucket(account, region);
    long now = nanoTime.getAsLong();
    if (bucket.pausedUntil <= now) {
      bucket.throttled++;
      bucket.pausedUntil = now + wait.apply(bucket.throttled).toNanos();
    }
  }

  /** The service did not throttle: the next refusal is a first one. */
  public synchronized void onAccepted(String account, String region) {
    bucket(account, region).throttled = 0;
  }

  private Bucket bucket(String account, String region) {
    return buckets.computeIfAbsent(new Key(account, region), key -> new Bucket());
  }

  /** A virtual-time token bucket (GCRA): one number tells all. */
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
