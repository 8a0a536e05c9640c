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
 * The operators' lease, taken from whoever holds it. An operator sees at its next renewal that it
 * leads no more, ends, and stands by when it is started again; and what it might still write it may
 * not start later than {@link LeaderElection#LEASE} after its last renewal. So after that time, and
 * for as long as we hold the lease, nobody puts back what we remove.
 */
public final class LeaseTakeover implements WriteFence, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(LeaseTakeover.class);

  /** Begins the identity of a cleanup, for operators that read it in the Lease. */
  public static final String CLEANUP = "cleanup-";

  /** Renewed for as long as the work takes; one that is killed keeps operators away no longer. */
  static final Duration LEASE = Duration.ofSeconds(20);

  private static final Duration RENEW = Duration.ofSeconds(5);

  /** After a renewal that failed. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** From the end of the work until operator and policies are deleted: by whoever called us. */
  static final Duration AFTERWARDS = Duration.ofMinutes(5);

  /** Of clocks that differ; an operator whose lease ended earlier than this is dead. */
  private static final Duration SKEW = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final LeaseLock lock;
  private final Clock clock;
  private final WriteDeadline deadline;
  private final ScheduledExecutorService timer;
  private boolean taken;
  private boolean kept;
  private boolean closed;

  /**
   * @param namespace the operator's: DESIGN section 7, credentials namespace
   * @param identity begins with what people shall read in the Lease
   * @param timer renews; of its own, since what blocks it costs the lease. It is shut down at the
   *     end
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
   * Takes the lease, renews it from then on, and waits until nobody else may write.
   *
   * @throws KubernetesClientException where it can't be taken
   * @throws NotLeadingException where it was closed before
   */
  public void take(Pause pause) throws InterruptedException {
    LeaderElectionRecord before = takeFromWhoeverHoldsIt();
    if (mayStillWrite(before)) {
      pause.await(LeaderElection.LEASE);
    }
  }

  private synchronized LeaderElectionRecord takeFromWhoeverHoldsIt() {
    LeaderElectionRecord before =
        ConflictRetry.run(
            lock.get(client),
            () -> lock.get(client),
            record -> record.getHolderIdentity() + record.getRenewTime(),
            record -> {
              write(record);
              return record;
            });
    taken = true;
    renewIn(RENEW);
    return before;
  }

  private void write(LeaderElectionRecord before) {
    if (closed) {
      throw new NotLeadingException();
    }
    if (before == null) {
      deadline.extend(LEASE, () -> lock.create(client, record(lock.identity(), LEASE, 0)));
    } else {
      int transitions = before.getLeaderTransitions() + 1;
      deadline.extend(
          LEASE, () -> lock.update(client, record(lock.identity(), LEASE, transitions)));
    }
  }

  private void renewIn(Duration time) {
    timer.schedule(this::renew, time.toMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized void renew() {
    if (closed) {
      return;
    }
    try {
      LeaderElectionRecord now = lock.get(client);
      if (!isOurs(now)) {
        LOG.errorf(
            "The lease is lost to %s",
            now == null ? "nobody" : TextSanitizer.clean(now.getHolderIdentity()));
        deadline.expire();
        return;
      }
      LeaderElectionRecord renewal = record(lock.identity(), LEASE, now.getLeaderTransitions());
      deadline.extend(LEASE, () -> lock.update(client, renewal));
      renewIn(RENEW);
    } catch (KubernetesClientException e) {
      LOG.warnf("The lease could not be renewed, and is tried again: %s", ExceptionText.of(e));
      renewIn(RETRY);
    }
  }

  private boolean isOurs(LeaderElectionRecord record) {
    return record != null && lock.identity().equals(record.getHolderIdentity());
  }

  private boolean mayStillWrite(LeaderElectionRecord before) {
    if (before == null
        || before.getHolderIdentity() == null
        || before.getHolderIdentity().isEmpty()) {
      return false;
    }
    ZonedDateTime renewed = before.getRenewTime();
    Instant longAgo = clock.instant().minus(LeaderElection.LEASE).minus(SKEW);
    return renewed == null || renewed.toInstant().isAfter(longAgo);
  }

  /** The work is done: no operator may lead for {@link #AFTERWARDS}. */
  public synchronized void keep() {
    kept = true;
  }

  /**
   * Unless it is to be kept, gives the lease back, so that an operator serves on at once. No write
   * is permitted any more. May be called twice, and from another thread than the one that works:
   * that is how a process ends that is told to.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    timer.shutdownNow();
    if (!taken) {
      return;
    }
    deadline.expire();
    LeaderElectionRecord now = lock.get(client);
    if (isOurs(now)) {
      lock.update(
          client,
          kept
              ? record(lock.identity(), AFTERWARDS, now.getLeaderTransitions())
              // A merge patch leaves the holder's name standing; it is the second that frees it.
              // What was being written when this began has that long to end.
              : record(null, Duration.ofSeconds(1), now.getLeaderTransitions()));
    }
  }

  @Override
  public void permit(String kind, String verb) {
    deadline.checkTimeLeft();
  }

  private LeaderElectionRecord record(String holder, Duration time, int transitions) {
    ZonedDateTime now = ZonedDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
    return new LeaderElectionRecord(holder, time, now, now, transitions);
  }
}
