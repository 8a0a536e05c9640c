// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.acrcredential.operator.kubernetes.ApiRefusal;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.text.TextSanitizer;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Takes the Lease of {@link LeaderElection} from its holder, so that no operator writes while the
 * {@code cleanup} command removes what operators wrote. The operator that led notices at its next
 * renewal, and is a standby from then on. It starts no write later than {@link
 * LeaderElection#LEASE_DURATION} after its last renewal, so after that time nothing that is removed
 * comes back while the Lease is held.
 */
public final class LeaseTakeover implements WriteFence, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(LeaseTakeover.class);

  /** The prefix of the holder identity, by which operators recognize a cleanup in the Lease. */
  public static final String CLEANUP_PREFIX = "cleanup-";

  /** Renewed while the work lasts. A cleanup that is killed blocks operators for this long only. */
  static final Duration LEASE_DURATION = Duration.ofSeconds(20);

  private static final Duration RENEW_PERIOD = Duration.ofSeconds(5);

  /** The delay after a failed renewal. */
  private static final Duration RETRY_PERIOD = Duration.ofSeconds(1);

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

  /** How often a request without a reply is sent, because the command would end with the first. */
  private static final int ATTEMPTS = 3;

  private final LeaseApi lease;
  private final String identity;
  private final Clock clock;
  private final WriteDeadline deadline;
  private final ScheduledExecutorService timer;
  private boolean acquired;
  private boolean retained;
  private boolean closed;

  /**
   * @param lease the Lease of the operators; {@link #close} closes it
   * @param identity the holder identity that people read in the Lease
   * @param timer renews the Lease. Nothing else may run on it, because what blocks it costs the
   *     Lease. {@link #close} shuts it down
   */
  public LeaseTakeover(
      LeaseApi lease,
      String identity,
      Clock clock,
      LongSupplier nanoTime,
      ScheduledExecutorService timer) {
    this.lease = lease;
    this.identity = identity;
    this.clock = clock;
    this.deadline = new WriteDeadline(nanoTime);
    this.timer = timer;
  }

  /**
   * Takes the Lease, renews it from then on, and waits until its previous holder no longer writes.
   *
   * @throws KubernetesClientException if it cannot be taken
   * @throws NotLeadingException if this was closed before
   */
  public void take(Pause pause) throws InterruptedException {
    LeaseRecord previous = withRepeats(this::takeFromHolder);
    // The times in the Lease don't tell whether its holder has ended, because clocks differ.
    if (previous != null && !previous.isFree()) {
      pause.await(LeaderElection.LEASE_DURATION);
    }
  }

  private synchronized LeaseRecord takeFromHolder() {
    LeaseRecord previous =
        ConflictRetry.run(
            closed ? null : read(),
            this::read,
            LeaseRecord::resourceVersion,
            latest -> {
              write(latest);
              return latest;
            });
    acquired = true;
    scheduleRenewal(RENEW_PERIOD);
    return previous;
  }

  private LeaseRecord read() {
    return lease.read(REQUEST_TIMEOUT);
  }

  private void write(LeaseRecord current) {
    if (closed) {
      throw new NotLeadingException();
    }
    deadline.extend(
        LEASE_DURATION, () -> lease.write(current, held(current, LEASE_DURATION), REQUEST_TIMEOUT));
  }

  private LeaseRecord held(LeaseRecord current, Duration duration) {
    return LeaseRecord.heldBy(identity, duration, current, clock.instant());
  }

  private void scheduleRenewal(Duration delay) {
    timer.schedule(this::renew, delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized void renew() {
    if (closed) {
      return;
    }
    try {
      LeaseRecord current = read();
      if (!isHeldByThis(current)) {
        LOG.errorf(
            "The Lease is lost to %s",
            current == null ? "nobody" : TextSanitizer.clean(current.holder()));
        deadline.expire();
        return;
      }
      write(current);
      scheduleRenewal(RENEW_PERIOD);
    } catch (KubernetesClientException e) {
      LOG.warnf("The renewal of the Lease failed and is retried: %s", ExceptionText.of(e));
      scheduleRenewal(RETRY_PERIOD);
    } catch (RuntimeException | Error e) {
      // The timer drops exceptions, and nothing else renews the Lease.
      LOG.error("The renewal of the Lease failed and is retried", ExceptionText.trace(e));
      scheduleRenewal(RETRY_PERIOD);
    }
  }

  private boolean isHeldByThis(LeaseRecord current) {
    return current != null && identity.equals(current.holder());
  }

  /**
   * Makes {@link #close} retain the Lease for {@link LeaderElection#CLEANUP_RETENTION}, so that no
   * operator leads.
   */
  public synchronized void retainAfterClose() {
    retained = true;
  }

  /**
   * Releases the Lease, so that an operator leads again at once, unless it is to be retained. No
   * write is permitted from then on. May be called twice, and from another thread than the one that
   * works: a shutdown hook does that.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    timer.shutdownNow();
    try {
      if (acquired) {
        deadline.expire();
        withRepeats(this::release);
      }
    } finally {
      lease.close();
    }
  }

  private LeaseRecord release() {
    LeaseRecord current = read();
    if (!isHeldByThis(current)) {
      return current;
    }
    // One second gives a write that has just started time to end.
    Duration rest = retained ? LeaseRecord.CLEANUP_RETENTION : Duration.ofSeconds(1);
    return lease.write(current, held(current, rest), REQUEST_TIMEOUT);
  }

  private static LeaseRecord withRepeats(Supplier<LeaseRecord> requests) {
    for (int attempt = 1; ; attempt++) {
      try {
        return requests.get();
      } catch (KubernetesClientException e) {
        if (ApiRefusal.of(e) != ApiRefusal.NO_ANSWER || attempt == ATTEMPTS) {
          throw e;
        }
        LOG.infof("A request for the Lease is repeated: %s", ExceptionText.of(e));
      }
    }
  }

  @Override
  public void permit(String kind, String verb) {
    deadline.checkTimeLeft();
  }
}
