// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Until when a held Lease permits writes, by a monotonic clock. Nothing is permitted before the
 * first {@link #extend}.
 */
final class WriteDeadline {

  /** Time for a request that has just started to reach the API server before the Lease expires. */
  private static final Duration RESERVE = Duration.ofSeconds(1);

  private final LongSupplier nanoTime;
  private volatile long deadline;

  WriteDeadline(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.deadline = nanoTime.getAsLong();
  }

  /**
   * Runs a request that takes or renews the Lease, and extends the deadline if it succeeds. The
   * time counts from before the request, because the Lease lasts at least that long.
   */
  <T> T extend(Duration lease, Supplier<T> request) {
    long start = nanoTime.getAsLong();
    T result = request.get();
    deadline = start + lease.toNanos();
    return result;
  }

  /** Permits no more writes. */
  void expire() {
    deadline = nanoTime.getAsLong();
  }

  /** How long writes may still start; zero or negative = no longer. */
  Duration timeLeft() {
    return Duration.ofNanos(deadline - nanoTime.getAsLong()).minus(RESERVE);
  }

  /** Whether a write may start now. */
  boolean hasTimeLeft() {
    return deadline - nanoTime.getAsLong() - RESERVE.toNanos() > 0;
  }

  /**
   * Returns if a write may start now.
   *
   * @throws NotLeadingException if too little time is left
   */
  void checkTimeLeft() {
    if (!hasTimeLeft()) {
      throw new NotLeadingException();
    }
  }
}
