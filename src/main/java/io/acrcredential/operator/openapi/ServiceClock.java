package io.acrcredential.operator.openapi;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jboss.logging.Logger;

/**
 * The service's clock, as far as we know it: ours, until the service says that a request's date is
 * wrong and tells its own. Signatures, and with them every time that is compared with one of the
 * service, go by it.
 */
public final class ServiceClock extends Clock {

  private static final Logger LOG = Logger.getLogger(ServiceClock.class);

  private final Clock ours;
  private volatile Duration offset = Duration.ZERO;

  /** Starts with no difference. */
  public ServiceClock(Clock ours) {
    this.ours = ours;
  }

  /** The service's time just now, from the header {@code Date} of its answer. */
  void set(Instant serviceTime) {
    offset = Duration.between(ours.instant(), serviceTime);
    LOG.warnf(
        "The clock of this node is %d s off the service's: times are corrected, but set it right",
        -offset.toSeconds());
  }

  @Override
  public Instant instant() {
    return ours.instant().plus(offset);
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
