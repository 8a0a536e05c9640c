// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.endpoint;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * The clocks of the services, one per endpoint, learned from the header {@code Date} of every
 * response. A wrong clock or a wrong date of one endpoint affects the tokens of no other.
 */
public final class EndpointClocks {

  private static final Logger LOG = Logger.getLogger(EndpointClocks.class);

  /**
   * An offset can't be larger: HTTPS works only while the local clock is within the validity of the
   * certificate, which the CA/Browser Forum limits to 398 days.
   */
  private static final Duration MAX_OFFSET = Duration.ofDays(398);

  /** {@code Date} has a resolution of one second, and a response may take up to ten. */
  private static final Duration TOLERANCE = Duration.ofSeconds(5);

  private static final Duration HALF_SECOND = Duration.ofMillis(500);

  private final Clock local;
  private final Map<String, EndpointClock> clocks = new ConcurrentHashMap<>();

  /** Assumes that all clocks agree, until responses say otherwise. */
  public EndpointClocks(Clock local) {
    this.local = local;
  }

  /** The local time. */
  public Instant now() {
    return local.instant();
  }

  /** The time to sign a request to this URL with. */
  public Instant signingTime(URI url) {
    return local.instant().plus(clock(url).signing());
  }

  /** The offset of the endpoint of this URL. */
  public ClockOffset offset(URI url) {
    return clock(url).offset();
  }

  /**
   * Takes the date of a response into account.
   *
   * @param sentAt when the request was sent, by the local clock
   */
  public void observe(URI url, Instant date, Instant sentAt) {
    Duration found = measure(date, sentAt);
    if (found != null) {
      clock(url).observe(found);
    }
  }

  /**
   * The service refuses the time of the request: signs the next one with the time of the service.
   *
   * @return whether that is another time, so that the request can be repeated
   */
  public boolean correctSigningTime(URI url, Instant date, Instant sentAt) {
    Duration found = measure(date, sentAt);
    return found != null && clock(url).sign(found);
  }

  /** Null if the date is absent, or so far off that the response must be wrong. */
  private Duration measure(Instant date, Instant sentAt) {
    if (date == null) {
      return null;
    }
    Instant middle = sentAt.plus(Duration.between(sentAt, local.instant()).dividedBy(2));
    Duration found = Duration.between(middle, date.plus(HALF_SECOND));
    return found.abs().compareTo(MAX_OFFSET) > 0 ? null : found;
  }

  private EndpointClock clock(URI url) {
    return clocks.computeIfAbsent(url.getAuthority(), EndpointClock::new);
  }

  private static boolean agree(Duration one, Duration other) {
    return one.minus(other).abs().compareTo(TOLERANCE) <= 0;
  }

  /** Two responses in succession must agree before an offset replaces the previous one. */
  private static final class EndpointClock {
    private final String endpoint;
    private Duration agreed = Duration.ZERO;
    private Duration signing = Duration.ZERO;

    /** The last observation, if it contradicts what was agreed on; else null. */
    private Duration contradiction;

    EndpointClock(String endpoint) {
      this.endpoint = endpoint;
    }

    synchronized void observe(Duration found) {
      if (agree(found, agreed)) {
        contradiction = null;
        signing = agreed;
      } else if (contradiction != null && agree(found, contradiction)) {
        agreed = found;
        contradiction = null;
        signing = agreed;
        LOG.warnf(
            "The clock of %s is %d s ahead of this node's (negative = behind): the times of its"
                + " tokens are corrected by that. Set the clock of the node right",
            endpoint, found.toSeconds());
      } else {
        contradiction = found;
      }
    }

    synchronized boolean sign(Duration found) {
      boolean isNew = !agree(found, signing);
      signing = found;
      return isNew;
    }

    synchronized Duration signing() {
      return signing;
    }

    synchronized ClockOffset offset() {
      return ClockOffset.between(agreed, contradiction == null ? agreed : contradiction);
    }
  }
}
