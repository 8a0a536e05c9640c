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
 * The lease, and with it the right to write: a write may start only while the lease, as last
 * renewed by us and measured by a monotonic clock, has time left.
 */
public final class LeaderElection implements WriteFence, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(LeaderElection.class);

  /** Of the Lease. */
  public static final String NAME = "acr-credential-operator";

  static final Duration LEASE = Duration.ofSeconds(10);
  static final Duration RENEW_DEADLINE = Duration.ofSeconds(7);
  static final Duration RETRY = Duration.ofSeconds(1);

  /** What is counted. */
  private record Written(String kind, String verb) {}

  private final LeaderElector elector;
  private final String namespace;
  private final WriteDeadline deadline;
  private final MeterRegistry meters;
  private final Map<Written, Counter> writes = new ConcurrentHashMap<>();
  private volatile boolean leading;
  private volatile String standby;
  private CompletableFuture<?> election;

  /**
   * @param namespace of the Lease
   * @param identity of this process
   * @param started called once this process leads, on its own thread
   * @param stopped called when the lease is lost, not when it is given back
   */
  public LeaderElection(
      KubernetesClient client,
      String namespace,
      String identity,
      LongSupplier nanoTime,
      MeterRegistry meters,
      Executor executor,
      Runnable started,
      Runnable stopped) {
    this.namespace = namespace;
    this.deadline = new WriteDeadline(nanoTime);
    this.meters = meters;
    LeaderCallbacks callbacks =
        new LeaderCallbacks(
            () -> {
              leading = true;
              executor.execute(started);
            },
            () -> {
              boolean led = leading;
              leading = false;
              if (led) {
                stopped.run();
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
                .withLeaseDuration(LEASE)
                .withRenewDeadline(RENEW_DEADLINE)
                .withRetryPeriod(RETRY)
                .withLeaderCallbacks(callbacks)
                .build(),
            executor);
  }

  /** An operator beside a cleanup must say why it does nothing. */
  private void onNewLeader(String holder) {
    boolean cleanup = holder != null && holder.startsWith(LeaseTakeover.CLEANUP);
    standby =
        cleanup
            ? ("%s holds the Lease %s/%s and removes what operators wrote, so this operator writes"
                    + " nothing. It works again %d minutes after cleanup has ended; to have it at"
                    + " once, delete the Lease.")
                .formatted(holder, namespace, NAME, LeaseTakeover.AFTERWARDS.toMinutes())
            : null;
    if (cleanup) {
      LOG.warn(standby);
    }
  }

  /** Why neither this process nor another operator works; empty = one does, or none is known. */
  public Optional<String> standby() {
    return Optional.ofNullable(standby);
  }

  /** Stands for election, until closed. */
  public void start() {
    election = elector.start();
  }

  /** Whether this process holds the lease. */
  public boolean leading() {
    return leading && !deadline.hasPassed();
  }

  @Override
  public void permit(String kind, String verb) {
    if (!leading) {
      throw new NotLeadingException();
    }
    deadline.checkTimeLeft();
    writes.computeIfAbsent(new Written(kind, verb), this::counter).increment();
  }

  private Counter counter(Written written) {
    return meters.counter("acr_kubernetes_writes", "kind", written.kind(), "verb", written.verb());
  }

  /** Gives the lease back, so that another may lead at once. All writing must have ended. */
  @Override
  public void close() {
    boolean led = leading;
    leading = false;
    if (election != null) {
      election.cancel(true);
    }
    if (led) {
      release();
    }
  }

  /** At an uninstall the rights, or the namespace, may be gone before us. */
  private void release() {
    try {
      elector.release();
    } catch (KubernetesClientException e) {
      LOG.infof("The lease could not be given back, and ends by itself: %s", ExceptionText.of(e));
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
      deadline.extend(LEASE, () -> lease.create(client, record));
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord record) {
      deadline.extend(LEASE, () -> lease.update(client, record));
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
