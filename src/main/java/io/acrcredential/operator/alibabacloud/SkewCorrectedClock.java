package io.acrcredential.operator.alibabacloud;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jboss.logging.Logger;

/**
 * The service's clock, as far as we know it: local, until the service says that a request's date is
 * wrong and tells its own. Signatures, and with them every time that is compared with one of the
 * service, go by it.
 */
public final class SkewCorrectedClock extends Clock {

  private static final Logger LOG = Logger.getLogger(SkewCorrectedClock.class);

  /**
   * More cannot be: over HTTPS an answer is read only where our clock is within the certificate's
   * life, and the CA/Browser Forum lets none live longer than 398 days.
   */
  private static final Duration MAX_SKEW = Duration.ofDays(398);

  /** Each of many answers differs a little from the last: that is no news for the log. */
  private static final Duration LOG_THRESHOLD = Duration.ofMinutes(1);

  private final Clock local;
  private volatile Duration offset = Duration.ZERO;

  /** Starts with no difference. */
  public SkewCorrectedClock(Clock local) {
    this.local = local;
  }

  /**
   * Takes the service's time, from the header {@code Date} of its answer.
   *
   * @return false where it is so far off that the answer must be wrong, not we; nothing changes
   *     then
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
