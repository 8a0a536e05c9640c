package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.RegistryToken;
import java.time.Duration;
import java.time.Instant;

/**
 * When a token is due. DESIGN section 5: what lies in the cluster has at least {@code effective}
 * left while ACR answers, and short tokens do not mean a loop.
 *
 * @param jitter 0 to 1, the same for a cluster at all times, so that many clusters of one account
 *     do not ask in the same second
 */
public record RefreshSchedule(double jitter) {

  private static final Duration MAX_MARGIN = Duration.ofSeconds(60);
  private static final Duration MAX_BATCH_WINDOW = Duration.ofMinutes(5);

  /**
   * The life a token in the cluster should have left at least: min(refreshBefore, lifetime / 2).
   */
  public static Duration effectiveRefreshBefore(Duration refreshBefore, Duration lifetime) {
    return min(refreshBefore, lifetime.dividedBy(2));
  }

  /**
   * At this time a new one is fetched. Never before the token was issued, whatever its times are;
   * an overflow here would end the renewal.
   */
  public Instant dueAt(RegistryToken token, Duration refreshBefore) {
    Duration lifetime = token.lifetime();
    Duration margin = min(MAX_MARGIN, lifetime.dividedBy(10));
    Duration spread = Duration.ofNanos((long) (margin.toNanos() * jitter / 2));
    return token
        .expiresAt()
        .minus(effectiveRefreshBefore(refreshBefore, lifetime))
        .minus(margin)
        .minus(spread);
  }

  /**
   * A token that is due this much later is fetched along with one that is due now, so that a
   * namespace is written once.
   */
  public static Duration batchWindow(Duration lifetime) {
    return min(MAX_BATCH_WINDOW, lifetime.dividedBy(10));
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
