package io.acrcredential.operator.operator;

import io.acrcredential.operator.WriteGate;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.function.LongSupplier;

/**
 * The operators' lease, taken from whoever holds it. An operator sees at its next renewal that it
 * leads no more, ends, and stands by when it is started again; and what it might still write it may
 * not start later than {@link Leadership#LEASE} after its last renewal. So after that time, and for
 * as long as we hold the lease, nobody puts back what we remove.
 */
final class LeaseHold implements WriteGate, AutoCloseable {

  /** For the largest of clusters; a cleanup that is killed keeps operators away no longer. */
  static final Duration WORK = Duration.ofMinutes(10);

  /** From the end of the work until operator and policies are deleted: by whoever called us. */
  static final Duration AFTERWARDS = Duration.ofMinutes(5);

  /** Of clocks that differ; an operator whose lease ended earlier than this is dead. */
  private static final Duration SKEW = Duration.ofMinutes(1);

  /** A running operator renews once a second, and may do so while we take. */
  private static final int TRIES = 20;

  private final KubernetesClient client;
  private final LeaseLock lock;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private boolean taken;
  private boolean kept;
  private long deadline;

  /** How waiting is done. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  /**
   * @param namespace the operator's: DESIGN section 7, credentials namespace
   * @param identity begins with what people shall read in the Lease
   */
  LeaseHold(
      KubernetesClient client,
      String namespace,
      String identity,
      Clock clock,
      LongSupplier nanoTime) {
    this.client = client;
    this.lock = new LeaseLock(namespace, Leadership.NAME, identity);
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /**
   * Takes the lease, and waits until nobody else may write.
   *
   * @throws KubernetesClientException where it can't be taken
   */
  void take(Pause pause) throws InterruptedException {
    LeaderElectionRecord before = takeFromWhoeverHoldsIt();
    if (mayStillWrite(before)) {
      pause.of(Leadership.LEASE);
    }
  }

  private LeaderElectionRecord takeFromWhoeverHoldsIt() {
    for (int tries = 1; ; tries++) {
      try {
        LeaderElectionRecord before = lock.get(client);
        long start = nanoTime.getAsLong();
        LeaderElectionRecord ours =
            record(lock.identity(), WORK, before == null ? 0 : before.getLeaderTransitions() + 1);
        if (before == null) {
          lock.create(client, ours);
        } else {
          lock.update(client, ours);
        }
        deadline = start + WORK.toNanos();
        taken = true;
        return before;
      } catch (KubernetesClientException e) {
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || tries == TRIES) {
          throw e;
        }
      }
    }
  }

  private boolean mayStillWrite(LeaderElectionRecord before) {
    if (before == null
        || before.getHolderIdentity() == null
        || before.getHolderIdentity().isEmpty()) {
      return false;
    }
    ZonedDateTime renewed = before.getRenewTime();
    Instant longAgo = clock.instant().minus(Leadership.LEASE).minus(SKEW);
    return renewed == null || renewed.toInstant().isAfter(longAgo);
  }

  /** The work is done: no operator may lead for {@link #AFTERWARDS}. */
  void keep() {
    kept = true;
  }

  /** Unless it is to be kept, gives the lease back, so that an operator serves on at once. */
  @Override
  public void close() {
    if (!taken) {
      return;
    }
    LeaderElectionRecord now = lock.get(client);
    if (now != null && lock.identity().equals(now.getHolderIdentity())) {
      lock.update(
          client,
          kept
              ? record(lock.identity(), AFTERWARDS, now.getLeaderTransitions())
              // A merge patch leaves the holder's name standing; it is the second that frees it.
              : record(null, Duration.ofSeconds(1), now.getLeaderTransitions()));
    }
  }

  @Override
  public void permit(String kind, String verb) {
    if (nanoTime.getAsLong() - deadline >= 0) {
      throw new NotLeading();
    }
  }

  private LeaderElectionRecord record(String holder, Duration time, int transitions) {
    ZonedDateTime now = ZonedDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
    return new LeaderElectionRecord(holder, time, now, now, transitions);
  }
}
