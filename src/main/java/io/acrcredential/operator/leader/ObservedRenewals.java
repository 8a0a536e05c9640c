// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long ago the holder of a Lease was last observed to renew it. Clocks of different machines
 * are never compared: the time counts from when this process first saw the renewal, which is later
 * than when the holder wrote it. Not thread-safe.
 */
final class ObservedRenewals {

  private final LongSupplier nanoTime;
  private Object last;
  private long lastNanos;

  ObservedRenewals(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Observes the Lease.
   *
   * @param renewal differs from the one before if the holder has renewed meanwhile
   * @return whether it differs
   */
  boolean observe(Object renewal) {
    if (renewal.equals(last)) {
      return false;
    }
    last = renewal;
    lastNanos = nanoTime.getAsLong();
    return true;
  }

  /** The time since the last renewal was first observed. */
  Duration age() {
    return Duration.ofNanos(nanoTime.getAsLong() - lastNanos);
  }
}
