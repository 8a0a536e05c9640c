// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jboss.logging.Logger;

/**
 * An estimate of the service's clock: the local clock, corrected when the service rejects the date
 * of a request and sends its own. Signatures use it, and so does everything that is compared with a
 * time of the service.
 */
public final class SkewCorrectedClock extends Clock {

  private static final Logger LOG = Logger.getLogger(SkewCorrectedClock.class);

  /**
   * The skew can't be larger: HTTPS works only while the local clock is within the validity of the
   * certificate, which the CA/Browser Forum limits to 398 days.
   */
  private static final Duration MAX_SKEW = Duration.ofDays(398);

  /** Smaller changes are not logged: each response differs a little from the last. */
  private static final Duration LOG_THRESHOLD = Duration.ofMinutes(1);

  private final Clock local;
  private volatile Duration offset = Duration.ZERO;

  /** Starts with no difference. */
  public SkewCorrectedClock(Clock local) {
    this.local = local;
  }

  /**
   * Adjusts to the service's time, from the header {@code Date} of its response.
   *
   * @return false if it is so far off that the response must be wrong; then nothing changes
   */
  synchronized boolean adjustTo(Instant serviceTime) {
    Duration found = Duration.between(local.instant(), serviceTime);
    if (found.abs().compareTo(MAX_SKEW) > 0) {
      return false;
    }
    if (found.minus(offset).abs().compareTo(LOG_THRESHOLD) > 0) {
      LOG.warnf(
          "The clock of this node is %d s off the service's: times are corrected, but set it right",
          -found.toSeconds());
    }
    offset = found;
    return true;
  }

  @Override
  public Instant instant() {
    return local.instant().plus(offset);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return Clock.system(zone);
  }
}
