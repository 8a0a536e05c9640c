// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.text.TextSanitizer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Takes the Lease of {@link LeaderElection} from its holder, so that no operator writes while the
 * {@code cleanup} command removes what operators wrote. The operator that led notices at its next
 * renewal, exits, and is a standby after its restart. It starts no write later than {@link
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

  /** How far clocks may differ. An operator whose Lease expired longer ago than this has ended. */
  private static final Duration MAX_CLOCK_SKEW = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final LeaseLock lock;
  private final Clock clock;
  private final WriteDeadline deadline;
  private final ScheduledExecutorService timer;
  private boolean acquired;
  private boolean retained;
  private boolean closed;

  /**
   * @param namespace the credentials namespace, which holds the Lease
   * @param identity the holder identity that people read in the Lease
   * @param timer renews the Lease. Nothing else may run on it, because what blocks it costs the
   *     Lease. {@link #close} shuts it down
   */
  public LeaseTakeover(
      KubernetesClient client,
      String namespace,
      String identity,
      Clock clock,
      LongSupplier nanoTime,
      ScheduledExecutorService timer) {
    this.client = client;
    this.lock = new LeaseLock(namespace, LeaderElection.NAME, identity);
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
    LeaderElectionRecord previous = takeFromHolder();
    if (mayStillWrite(previous)) {
      pause.await(LeaderElection.LEASE_DURATION);
    }
  }

  private synchronized LeaderElectionRecord takeFromHolder() {
    LeaderElectionRecord previous =
        ConflictRetry.run(
            closed ? null : lock.get(client),
            () -> lock.get(client),
            record -> record.getHolderIdentity() + record.getRenewTime(),
            record -> {
              write(record);
              return record;
            });
    acquired = true;
    scheduleRenewal(RENEW_PERIOD);
    return previous;
  }

  private void write(LeaderElectionRecord previous) {
    if (closed) {
      throw new NotLeadingException();
    }
    int transitions = previous == null ? 0 : previous.getLeaderTransitions() + 1;
    LeaderElectionRecord record = record(lock.identity(), LEASE_DURATION, transitions);
    deadline.extend(
        LEASE_DURATION,
        () -> {
          if (previous == null) {
            lock.create(client, record);
          } else {
            lock.update(client, record);
          }
        });
  }

  private void scheduleRenewal(Duration delay) {
    timer.schedule(this::renew, delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized void renew() {
    if (closed) {
      return;
    }
    try {
      LeaderElectionRecord current = lock.get(client);
      if (!isHeldByThis(current)) {
        LOG.errorf(
            "The Lease is lost to %s",
            current == null ? "nobody" : TextSanitizer.clean(current.getHolderIdentity()));
        deadline.expire();
        return;
      }
      LeaderElectionRecord renewal =
          record(lock.identity(), LEASE_DURATION, current.getLeaderTransitions());
      deadline.extend(LEASE_DURATION, () -> lock.update(client, renewal));
      scheduleRenewal(RENEW_PERIOD);
    } catch (KubernetesClientException e) {
      LOG.warnf("The renewal of the Lease failed and is retried: %s", ExceptionText.of(e));
      scheduleRenewal(RETRY_PERIOD);
    }
  }

  private boolean isHeldByThis(LeaderElectionRecord record) {
    return record != null && lock.identity().equals(record.getHolderIdentity());
  }

  private boolean mayStillWrite(LeaderElectionRecord previous) {
    if (previous == null
        || previous.getHolderIdentity() == null
        || previous.getHolderIdentity().isEmpty()) {
      return false;
    }
    ZonedDateTime renewed = previous.getRenewTime();
    Instant surelyExpired =
        clock.instant().minus(LeaderElection.LEASE_DURATION).minus(MAX_CLOCK_SKEW);
    return renewed == null || renewed.toInstant().isAfter(surelyExpired);
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
    if (!acquired) {
      return;
    }
    deadline.expire();
    LeaderElectionRecord current = lock.get(client);
    if (isHeldByThis(current)) {
      lock.update(
          client,
          retained
              ? record(
                  lock.identity(), LeaderElection.CLEANUP_RETENTION, current.getLeaderTransitions())
              // The merge patch keeps the holder identity; the duration of one second releases the
              // Lease, and gives a write that has just started time to end.
              : record(null, Duration.ofSeconds(1), current.getLeaderTransitions()));
    }
  }

  @Override
  public void permit(String kind, String verb) {
    deadline.checkTimeLeft();
  }

  private LeaderElectionRecord record(String holder, Duration duration, int transitions) {
    ZonedDateTime now = ZonedDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
    return new LeaderElectionRecord(holder, duration, now, now, transitions);
  }
}
