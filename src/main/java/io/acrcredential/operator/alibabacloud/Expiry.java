// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.endpoint.ClockOffset;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Checks the expiry of a token or of temporary credentials. */
public final class Expiry {

  /**
   * A token that expires sooner cannot be written, used and renewed in time. The shortest session
   * of STS lasts 15 minutes, so this accepts it even if the clock of the node is 14 minutes fast.
   */
  public static final Duration SHORTEST = Duration.ofSeconds(10);

  /** The longest session of a role, 12 hours, plus a margin for clock skew. */
  static final Duration LONGEST = Duration.ofHours(12).plusMinutes(15);

  private Expiry() {}

  /**
   * What is wrong with the expiry, as the end of a sentence; empty = nothing. Accepts any {@link
   * Instant}.
   *
   * @param now by the clock of the service
   */
  public static Optional<String> problem(Instant expiresAt, Instant now) {
    return expiresAt.isAfter(now.plus(LONGEST))
        ? Optional.of("would live longer than any identity can give, until " + expiresAt)
        : tooSoon(expiresAt, now);
  }

  /**
   * The same for a time of a service; a problem only if it is one whatever the offset of its clock
   * is.
   *
   * @param now by the local clock
   */
  public static Optional<String> problem(Instant expiresAt, Instant now, ClockOffset offset) {
    return problem(expiresAt, now.plus(offset.most()))
        .flatMap(problem -> problem(expiresAt, now.plus(offset.least())));
  }

  /** Like {@link #problem}, without a maximum. */
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
