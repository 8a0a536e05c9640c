// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.text.TextSanitizer;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Elects one of the replicas of this installation, and fences its writes: a write may start only
 * while the Lease, as last renewed by this process and measured by a monotonic clock, has time
 * left. A process that loses the Lease stands for election again.
 *
 * <p>The clocks of the replicas are never compared. A standby replica takes the Lease if it has not
 * changed for its duration, as measured by the standby itself.
 */
public final class LeaderElection implements WriteFence, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(LeaderElection.class);

  /** The name of the Lease. */
  public static final String NAME = "acr-credential-operator";

  static final Duration LEASE_DURATION = Duration.ofSeconds(10);

  /** The time from the start of one renewal, or of one read by a standby replica, to the next. */
  static final Duration PERIOD = Duration.ofSeconds(2);

  /** The time from a failed renewal to the next attempt. */
  static final Duration RETRY_PERIOD = Duration.ofMillis(500);

  static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);

  /** In a row: who loses a race finds the Lease held, so there is hardly a second one. */
  private static final int MAX_LOST_RACES = 3;

  /** A stop must not take longer because the API server does not answer. */
  private static final Duration RELEASE_TIMEOUT = Duration.ofMillis(500);

  private final LeaseApi lease;
  private final String identity;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final WriteCounters writes;
  private final WriteDeadline deadline;
  private final HolderObserver holder;
  private final LeaseRequests requests;
  private final CountDownLatch closed = new CountDownLatch(1);
  private LeadershipListener listener;
  private Thread thread;
  private volatile boolean leading;
  private volatile boolean standby;

  // Guarded by the lock.
  private LeaseRecord current;
  private int lostRaces;

  /**
   * Creates the election; {@link #start} starts it.
   *
   * @param lease the Lease {@link #NAME}, through a client that nothing else uses
   * @param namespace the namespace of the Lease, for messages
   * @param identity the name of this process as the holder, which no other live process has
   */
  public LeaderElection(
      LeaseApi lease,
      String namespace,
      String identity,
      Clock clock,
      LongSupplier nanoTime,
      MeterRegistry meters) {
    this.lease = lease;
    this.identity = identity;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.writes = new WriteCounters(meters);
    this.deadline = new WriteDeadline(nanoTime);
    this.holder = new HolderObserver(identity, namespace, nanoTime);
    this.requests = new LeaseRequests(namespace, nanoTime);
  }

  /** Takes part in the election until closed. */
  public void start(LeadershipListener onChange) {
    listen(onChange);
    thread = new Thread(this::run, "lease");
    thread.setDaemon(true);
    thread.start();
  }

  void listen(LeadershipListener onChange) {
    listener = onChange;
  }

  /**
   * Nothing but {@link #close} ends the thread: without it, the Lease would never be held again.
   */
  private void run() {
    while (closed.getCount() > 0) {
      Duration wait = RETRY_PERIOD;
      try {
        wait = step();
      } catch (RuntimeException | Error e) {
        LOG.error("The leader election failed and is retried", ExceptionText.trace(e));
      }
      try {
        closed.await(wait.toNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        LOG.debug("The thread of the leader election was interrupted and continues");
      }
    }
  }

  /** Renews the Lease, or tries to get it. Returns the time until the next step. */
  synchronized Duration step() {
    if (closed.getCount() == 0) {
      return PERIOD;
    }
    long start = nanoTime.getAsLong();
    Duration wait = leading ? renew() : compete();
    Duration took = Duration.ofNanos(nanoTime.getAsLong() - start);
    return wait.compareTo(took) > 0 ? wait.minus(took) : Duration.ZERO;
  }

  private Duration renew() {
    if (!deadline.hasTimeLeft()) {
      stopLeading(
          "It could not be renewed in time: %s"
              .formatted(requests.failure().orElse("this process was paused")));
      return Duration.ZERO;
    }
    try {
      write();
      return PERIOD;
    } catch (KubernetesClientException e) {
      if (ConflictRetry.isConflict(e)) {
        return readAgain(e);
      }
      onFailure(e);
      return untilNextAttempt();
    }
  }

  /** Another client wrote the Lease. If it only changed an annotation, this process still leads. */
  private Duration readAgain(KubernetesClientException conflict) {
    try {
      LeaseRecord latest = lease.read(timeout());
      onRead(latest);
      if (latest != null && latest.equals(current)) {
        onFailure(conflict); // it was refused for another reason
        return untilNextAttempt();
      }
      if (latest != null && !holder.isHeldByThis(latest)) {
        holder.observe(latest);
        stopLeading("\"%s\" holds it".formatted(TextSanitizer.clean(latest.holder())));
        return PERIOD;
      }
      current = latest;
      return Duration.ZERO;
    } catch (KubernetesClientException e) {
      onFailure(e);
      return untilNextAttempt();
    }
  }

  /** Not later than the deadline, so that the loss of the Lease is noticed at once. */
  private Duration untilNextAttempt() {
    Duration left = deadline.timeLeft();
    return left.compareTo(RETRY_PERIOD) < 0 ? left : RETRY_PERIOD;
  }

  private Duration timeout() {
    Duration left = deadline.timeLeft();
    return leading && left.compareTo(REQUEST_TIMEOUT) < 0 ? left : REQUEST_TIMEOUT;
  }

  private Duration compete() {
    try {
      LeaseRecord latest = lease.read(REQUEST_TIMEOUT);
      onRead(latest);
      Duration untilFree = holder.observe(latest);
      boolean isHeld = untilFree.compareTo(Duration.ZERO) > 0;
      standby = isHeld;
      if (isHeld) {
        requests.onSuccess();
        return untilFree.compareTo(PERIOD) < 0 ? untilFree : PERIOD;
      }
      current = latest;
      write();
      startLeading();
      return PERIOD;
    } catch (KubernetesClientException e) {
      if (ConflictRetry.isConflict(e) && ++lostRaces < MAX_LOST_RACES) {
        return RETRY_PERIOD; // another replica was faster
      }
      // The same status codes report a missing namespace and an object that is refused.
      onFailure(e);
      return PERIOD;
    }
  }

  private void write() {
    current =
        deadline.extend(
            LEASE_DURATION,
            () ->
                lease.write(
                    current,
                    LeaseRecord.heldBy(identity, LEASE_DURATION, current, clock.instant()),
                    timeout()));
    onRead(current);
    requests.onSuccess();
  }

  private void startLeading() {
    holder.onStartedLeading();
    lostRaces = 0;
    leading = true;
    listener.onStartedLeading();
  }

  private void stopLeading(String reason) {
    leading = false;
    deadline.expire();
    listener.onStoppedLeading(reason);
  }

  private void onRead(LeaseRecord answer) {
    if (requests.onAnswer(answer)) {
      listener.onStoreRestored();
    }
  }

  private void onFailure(KubernetesClientException e) {
    if (closed.getCount() > 0 && requests.onFailure(e)) {
      listener.onTrustLost(ExceptionText.of(e));
    }
  }

  /** Why no operator works; empty if one does, or if the reason is unknown. */
  public Optional<String> standbyReason() {
    return holder.standbyReason();
  }

  /** Why the last request for the Lease failed; empty if it did not. */
  public Optional<String> failure() {
    return requests.failure();
  }

  /** Whether another process leads, and this one would follow. */
  public boolean isStandby() {
    return standby && !leading;
  }

  /** Whether the Lease was read or written in the last 30 seconds. */
  public boolean isReadable() {
    return requests.isReadable();
  }

  /** Whether this process leads and its Lease permits writes. */
  public boolean isLeading() {
    return leading && deadline.hasTimeLeft();
  }

  @Override
  public void permit(String kind, String verb) {
    check();
    writes.count(kind, verb);
  }

  /**
   * Returns if a write may start now; does not count it.
   *
   * @throws NotLeadingException if it may not
   */
  public void check() {
    if (!leading) {
      throw new NotLeadingException();
    }
    deadline.checkTimeLeft();
  }

  /** Releases the Lease, so that another replica leads at once. Writes must have ended before. */
  @Override
  public void close() {
    closed.countDown();
    if (thread != null) {
      thread.interrupt();
    }
    synchronized (this) {
      boolean wasLeading = leading;
      leading = false;
      deadline.expire();
      if (wasLeading) {
        release();
      }
    }
    lease.close();
  }

  /**
   * During an uninstall, the RBAC rules or the namespace may be deleted before this process ends.
   */
  private void release() {
    try {
      ConflictRetry.run(
          current,
          () -> lease.read(RELEASE_TIMEOUT),
          LeaseRecord::resourceVersion,
          latest ->
              latest == null || !holder.isHeldByThis(latest)
                  ? latest
                  : lease.write(
                      latest, LeaseRecord.released(latest, clock.instant()), RELEASE_TIMEOUT));
    } catch (KubernetesClientException e) {
      LOG.infof("The Lease was not released, and expires: %s", ExceptionText.of(e));
    }
  }
}
