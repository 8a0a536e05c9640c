// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Elects one of the replicas of this installation, and fences its writes: a write may start only
 * while the Lease, as last renewed by this process and measured by a monotonic clock, has time
 * left.
 */
public final class LeaderElection implements WriteFence, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(LeaderElection.class);

  /** The name of the Lease. */
  public static final String NAME = "acr-credential-operator";

  static final Duration LEASE_DURATION = Duration.ofSeconds(10);

  /** How long a cleanup retains the Lease, until the user has deleted operator and CRD. */
  static final Duration CLEANUP_RETENTION = Duration.ofMinutes(5);

  static final Duration RENEW_DEADLINE = Duration.ofSeconds(7);
  static final Duration RETRY_PERIOD = Duration.ofSeconds(1);

  /** The tags of the counter of writes. */
  private record WriteKey(String kind, String verb) {}

  private final LeaderElector elector;
  private final String namespace;
  private final WriteDeadline deadline;
  private final MeterRegistry meters;
  private final Map<WriteKey, Counter> writes = new ConcurrentHashMap<>();
  private volatile boolean leading;
  private volatile String standbyReason;
  private CompletableFuture<?> election;

  /**
   * Creates the elector; {@link #start} starts it.
   *
   * @param namespace the namespace of the Lease
   * @param identity the name of this process as the holder
   * @param executor runs the election and {@code onStartedLeading}
   * @param onStartedLeading runs once this process leads
   * @param onStoppedLeading runs when the Lease is lost, but not when {@link #close} releases it
   */
  public LeaderElection(
      KubernetesClient client,
      String namespace,
      String identity,
      LongSupplier nanoTime,
      MeterRegistry meters,
      Executor executor,
      Runnable onStartedLeading,
      Runnable onStoppedLeading) {
    this.namespace = namespace;
    this.deadline = new WriteDeadline(nanoTime);
    this.meters = meters;
    LeaderCallbacks callbacks =
        new LeaderCallbacks(
            () -> {
              leading = true;
              executor.execute(onStartedLeading);
            },
            () -> {
              boolean wasLeading = leading;
              leading = false;
              if (wasLeading) {
                onStoppedLeading.run();
              }
            },
            this::onNewLeader);
    Lock lock = new TimedLock(new LeaseLock(namespace, NAME, identity));
    this.elector =
        new LeaderElector(
            client,
            new LeaderElectionConfigBuilder()
                .withName(NAME)
                .withLock(lock)
                .withLeaseDuration(LEASE_DURATION)
                .withRenewDeadline(RENEW_DEADLINE)
                .withRetryPeriod(RETRY_PERIOD)
                .withLeaderCallbacks(callbacks)
                .build(),
            executor);
  }

  /** While cleanup holds the Lease, this operator reports why it writes nothing. */
  private void onNewLeader(String holder) {
    boolean isCleanup = holder != null && holder.startsWith(LeaseTakeover.CLEANUP_PREFIX);
    standbyReason =
        isCleanup
            ? ("%s holds the Lease %s/%s and removes what operators wrote, so this operator writes"
                    + " nothing. It works again %d minutes after cleanup has ended; to have it at"
                    + " once, delete the Lease.")
                .formatted(holder, namespace, NAME, CLEANUP_RETENTION.toMinutes())
            : null;
    if (isCleanup) {
      LOG.warn(standbyReason);
    }
  }

  /** Why no operator works; empty if one does, or if the reason is unknown. */
  public Optional<String> standbyReason() {
    return Optional.ofNullable(standbyReason);
  }

  /** Takes part in the election until closed. */
  public void start() {
    election = elector.start();
  }

  /** Whether this process leads and its Lease has not expired. */
  public boolean isLeading() {
    return leading && !deadline.hasPassed();
  }

  @Override
  public void permit(String kind, String verb) {
    if (!leading) {
      throw new NotLeadingException();
    }
    deadline.checkTimeLeft();
    writes.computeIfAbsent(new WriteKey(kind, verb), this::counter).increment();
  }

  private Counter counter(WriteKey write) {
    return meters.counter("acr_kubernetes_writes", "kind", write.kind(), "verb", write.verb());
  }

  /** Releases the Lease, so that another replica leads at once. Writes must have ended before. */
  @Override
  public void close() {
    boolean wasLeading = leading;
    leading = false;
    if (election != null) {
      election.cancel(true);
    }
    if (wasLeading) {
      release();
    }
  }

  /**
   * During an uninstall, the RBAC rules or the namespace may be deleted before this process ends.
   */
  private void release() {
    try {
      elector.release();
    } catch (KubernetesClientException e) {
      LOG.infof("The Lease was not released, and expires: %s", ExceptionText.of(e));
    }
  }

  /** Extends the write deadline with each renewal. */
  private final class TimedLock implements Lock {
    private final Lock lease;

    TimedLock(Lock lease) {
      this.lease = lease;
    }

    @Override
    public LeaderElectionRecord get(KubernetesClient client) {
      return lease.get(client);
    }

    @Override
    public void create(KubernetesClient client, LeaderElectionRecord record) {
      deadline.extend(LEASE_DURATION, () -> lease.create(client, record));
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord record) {
      deadline.extend(LEASE_DURATION, () -> lease.update(client, record));
    }

    @Override
    public String identity() {
      return lease.identity();
    }

    @Override
    public String describe() {
      return lease.describe();
    }
  }
}
