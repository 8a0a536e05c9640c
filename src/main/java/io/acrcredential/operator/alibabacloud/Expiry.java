// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Judges the time at which a service lets a token or temporary credentials expire. */
public final class Expiry {

  /**
   * A token that ends sooner can't be written, pulled with and renewed in time. The shortest
   * session that STS gives lasts 15 minutes, which leaves this much to a node whose clock is 14
   * minutes off.
   */
  public static final Duration SHORTEST = Duration.ofSeconds(10);

  /** The longest session of a role, 12 hours, with some slack for clocks. */
  static final Duration LONGEST = Duration.ofHours(12).plusMinutes(15);

  private Expiry() {}

  /**
   * What is wrong with it, as the end of a sentence; empty = nothing. Any {@link Instant} will do.
   *
   * @param now by the service's clock
   */
  public static Optional<String> problem(Instant expiresAt, Instant now) {
    return expiresAt.isAfter(now.plus(LONGEST))
        ? Optional.of("would live longer than any identity can give, until " + expiresAt)
        : tooSoon(expiresAt, now);
  }

  /** The same, for what may live as long as it likes. */
  public static Optional<String> tooSoon(Instant expiresAt, Instant now) {
    if (!expiresAt.isAfter(now)) {
      return Optional.of("had expired at " + expiresAt + " already");
    }
    if (expiresAt.isBefore(now.plus(SHORTEST))) {
      return Optional.of(
          "expires at " + expiresAt + ", in less than " + SHORTEST.toSeconds() + " s");
    }
    return Optional.empty();
  }
}
