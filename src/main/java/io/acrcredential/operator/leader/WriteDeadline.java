// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import java.time.Duration;
import java.util.function.LongSupplier;

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
  void extend(Duration lease, Runnable request) {
    long start = nanoTime.getAsLong();
    request.run();
    deadline = start + lease.toNanos();
  }

  /** Permits no more writes. */
  void expire() {
    deadline = nanoTime.getAsLong();
  }

  /** Whether the Lease has expired. */
  boolean hasPassed() {
    return nanoTime.getAsLong() - deadline >= 0;
  }

  /**
   * Returns if a write may start now.
   *
   * @throws NotLeadingException if too little time is left
   */
  void checkTimeLeft() {
    if (nanoTime.getAsLong() + RESERVE.toNanos() - deadline >= 0) {
      throw new NotLeadingException();
    }
  }
}
