// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Exponential back-off with jitter, capped at {@link #MAX}. */
public final class Backoff {

  /** Retries never stop, and are at most this far apart. */
  public static final Duration MAX = Duration.ofSeconds(60);

  private static final long FIRST_MILLIS = 1_000;

  private Backoff() {}

  /**
   * The wait after this many consecutive failures: between half and all of the doubled interval.
   *
   * @param failures 1 or more
   */
  public static Duration after(int failures, RandomGenerator random) {
    long full = Math.min(MAX.toMillis(), FIRST_MILLIS << Math.min(failures - 1, 16));
    return Duration.ofMillis(full / 2 + random.nextLong(full / 2 + 1));
  }
}
