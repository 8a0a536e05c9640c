// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.RegistryToken;
import java.time.Duration;
import java.time.Instant;

/**
 * When a token is due. While ACR answers, a token in the cluster is valid for at least {@link
 * #effectiveRefreshBefore}, and short-lived tokens cause no refresh loop.
 *
 * @param jitter 0 to 1, constant per cluster, so that many clusters of one account do not refresh
 *     in the same second
 */
public record RefreshSchedule(double jitter) {

  private static final Duration MAX_MARGIN = Duration.ofSeconds(60);
  private static final Duration MAX_BATCH_WINDOW = Duration.ofMinutes(5);

  /** The minimum remaining lifetime of a token in the cluster: min(refreshBefore, lifetime / 2). */
  public static Duration effectiveRefreshBefore(Duration refreshBefore, Duration lifetime) {
    return min(refreshBefore, lifetime.dividedBy(2));
  }

  /**
   * When to fetch a new token, by the local clock. Never before the token was issued, even for
   * absurd times: an overflow here would end the renewal.
   */
  public Instant dueAt(RegistryToken token, Duration refreshBefore) {
    Duration lifetime = token.lifetime();
    Duration margin = min(MAX_MARGIN, lifetime.dividedBy(10));
    Duration spread = Duration.ofNanos((long) (margin.toNanos() * jitter / 2));
    return token
        .earliestExpiry()
        .minus(effectiveRefreshBefore(refreshBefore, lifetime))
        .minus(margin)
        .minus(spread);
  }

  /**
   * A token that is due within this time is fetched together with one that is due now, so that each
   * namespace is written once.
   */
  public static Duration batchWindow(Duration lifetime) {
    return min(MAX_BATCH_WINDOW, lifetime.dividedBy(10));
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
