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
    return after(failures, Duration.ZERO, random);
  }

  /**
   * The same, but no shorter than the service asks for, up to {@link #MAX}.
   *
   * @param least what the service asks for; zero = nothing
   */
  static Duration after(int failures, Duration least, RandomGenerator random) {
    long full = Math.min(MAX.toMillis(), FIRST_MILLIS << Math.min(failures - 1, 16));
    Duration wait = Duration.ofMillis(full / 2 + random.nextLong(full / 2 + 1));
    // With jitter too, because all callers of an account get the same time.
    Duration asked = least.plusMillis(random.nextLong(least.toMillis() / 10 + 1));
    Duration longer = asked.compareTo(wait) > 0 ? asked : wait;
    return longer.compareTo(MAX) > 0 ? MAX : longer;
  }
}
