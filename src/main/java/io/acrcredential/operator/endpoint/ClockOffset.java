// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.endpoint;

import java.time.Duration;
import java.time.Instant;

/**
 * How far the clock of a service is ahead of the local one; negative = behind. Until several
 * responses agree on it, it is a range: what must not be late uses the {@link #earliest} local
 * time, and what must not be early the {@link #latest} one.
 */
public record ClockOffset(Duration least, Duration most) {

  /** The clocks agree. */
  public static final ClockOffset NONE = new ClockOffset(Duration.ZERO, Duration.ZERO);

  static ClockOffset between(Duration one, Duration other) {
    return one.compareTo(other) <= 0 ? new ClockOffset(one, other) : new ClockOffset(other, one);
  }

  /** Whether several responses agree on it. */
  public boolean isAgreed() {
    return least.equals(most);
  }

  /** The earliest local time that this time of the service can be. */
  public Instant earliest(Instant serviceTime) {
    return serviceTime.minus(most);
  }

  /** The latest local time that this time of the service can be. */
  public Instant latest(Instant serviceTime) {
    return serviceTime.minus(least);
  }

  /**
   * What another process may assume: it may run on a node with another clock, which can be right.
   */
  public ClockOffset restored() {
    return new ClockOffset(
        least.isNegative() ? least : Duration.ZERO, most.isNegative() ? Duration.ZERO : most);
  }
}
