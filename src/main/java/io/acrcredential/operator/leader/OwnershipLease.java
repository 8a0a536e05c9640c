package io.acrcredential.operator.leader;

import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The Lease {@code kube-system/<pull Secret name>-owner}: of all installations in a cluster that
 * write pull Secrets of one name, the one that holds it works, and the others write nothing.
 *
 * <p>An installation is a credentials namespace. Which of its replicas leads is decided by another
 * Lease, in that namespace ({@link LeaderElection}). This one is held by the installation across
 * restarts and upgrades, so it expires after minutes, and only {@code cleanup} deletes it. The
 * credentials namespace owns it, so that the garbage collector deletes it with that.
 */
public final class OwnershipLease implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(OwnershipLease.class);

  public static final String NAMESPACE = "kube-system";

  /** An installation that has not renewed for this long has given up its pull Secrets. */
  static final Duration HOLD = Duration.ofMinutes(5);

  static final Duration RENEW = Duration.ofMinutes(1);

  /** After a refusal or a failed request. */
  static final Duration RETRY = Duration.ofSeconds(10);

  /** How far the clocks of two installations may differ. */
  private static final Duration SKEW = Duration.ofMinutes(15);

  /** What was seen of another holder. */
  private record Renewal(String holder, Instant at) {}

  private final KubernetesClient client;
  private final String pullSecretName;
  private final String installation;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final WriteDeadline deadline;
  private final ScheduledExecutorService timer;
  private Lease last;
  private Renewal observed;
  private long observedAt;
  private boolean released;
  private volatile String obstacle;

  /**
   * @param installation the credentials namespace
   * @param timer renews; of its own, since a slow API server blocks it. It is shut down at the end
   */
  public OwnershipLease(
      KubernetesClient client,
      String pullSecretName,
      String installation,
      Clock clock,
      LongSupplier nanoTime,
      ScheduledExecutorService timer) {
    this.client = client;
    this.pullSecretName = pullSecretName;
    this.installation = installation;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.timer = timer;
    this.deadline = new WriteDeadline(nanoTime);
  }

  /** The name of the Lease. */
  public String name() {
    return pullSecretName + "-owner";
  }

  /**
   * Takes the Lease, or renews it, unless another installation holds it.
   *
   * @return the credentials namespace of the other installation; empty = the Lease is ours
   * @throws KubernetesClientException where it can't be read or written
   */
  public synchronized Optional<String> claim() {
    try {
      return ConflictRetry.run(
          last != null ? last : lease().get(),
          () -> lease().get(),
          lease -> lease.getMetadata().getResourceVersion(),
          this::claim);
    } catch (KubernetesClientException e) {
      last = null;
      throw e;
    }
  }

  private Optional<String> claim(Lease current) {
    if (current != null && isAnothers(current) && !expired(current)) {
      last = null;
      return Optional.of(current.getSpec().getHolderIdentity());
    }
    deadline.extend(HOLD, () -> last = write(current));
    return Optional.empty();
  }

  private boolean isAnothers(Lease lease) {
    String holder = lease.getSpec() == null ? null : lease.getSpec().getHolderIdentity();
    return holder != null && !holder.isEmpty() && !holder.equals(installation);
  }

  /**
   * By renewals that we observe, since clocks differ; by the clock alone where more time has passed
   * than clocks differ by.
   */
  private boolean expired(Lease lease) {
    ZonedDateTime renewed = lease.getSpec().getRenewTime();
    if (renewed == null || renewed.toInstant().plus(HOLD).plus(SKEW).isBefore(clock.instant())) {
      return true;
    }
    Renewal now = new Renewal(lease.getSpec().getHolderIdentity(), renewed.toInstant());
    if (!now.equals(observed)) {
      observed = now;
      observedAt = nanoTime.getAsLong();
    }
    return nanoTime.getAsLong() - observedAt >= HOLD.toNanos();
  }

  /** A PUT of what was read whole fails where another has written meanwhile. */
  private Lease write(Lease current) {
    ZonedDateTime now = ZonedDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
    boolean renewal =
        current != null
            && current.getSpec() != null
            && installation.equals(current.getSpec().getHolderIdentity());
    LeaseBuilder lease = current == null ? new LeaseBuilder() : new LeaseBuilder(current);
    lease
        .editOrNewMetadata()
        .withName(name())
        .withNamespace(NAMESPACE)
        .endMetadata()
        .editOrNewSpec()
        .withHolderIdentity(installation)
        .withLeaseDurationSeconds((int) HOLD.toSeconds())
        .withRenewTime(now)
        .endSpec();
    if (!renewal) {
      lease
          .editMetadata()
          .withOwnerReferences(owner())
          .endMetadata()
          .editSpec()
          .withAcquireTime(now)
          .endSpec();
    }
    Resource<Lease> resource = client.leases().inNamespace(NAMESPACE).resource(lease.build());
    return current == null ? resource.create() : resource.update();
  }

  /** None where the namespace may not be read, as for {@code cleanup}: that deletes the Lease. */
  private List<OwnerReference> owner() {
    Namespace namespace;
    try {
      namespace = client.namespaces().withName(installation).get();
    } catch (KubernetesClientException e) {
      return List.of();
    }
    return namespace == null
        ? List.of()
        : List.of(
            new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("Namespace")
                .withName(installation)
                .withUid(namespace.getMetadata().getUid())
                .build());
  }

  /**
   * Tries until the Lease is ours.
   *
   * @param refused is told {@link #refusal} once for every installation that holds it
   */
  public void await(Pause pause, Consumer<String> refused) throws InterruptedException {
    while (true) {
      Optional<String> told = obstacle();
      try {
        Optional<String> other = claim();
        obstacle = other.map(this::refusal).orElse(null);
        if (other.isEmpty()) {
          return;
        }
        if (!obstacle().equals(told)) {
          LOG.error(obstacle);
          refused.accept(obstacle);
        }
      } catch (KubernetesClientException e) {
        obstacle = failure(e);
        if (!obstacle().equals(told)) {
          LOG.error(obstacle);
        }
      }
      pause.await(RETRY);
    }
  }

  /** What is wrong and what to do, for people. */
  String refusal(String other) {
    return ("The operator in namespace %s owns the pull Secrets %s of this cluster (Lease %s/%s). The"
            + " one in namespace %s writes nothing: uninstall one of the two. If the other one is"
            + " gone, this one takes over %d minutes after its last renewal.")
        .formatted(other, pullSecretName, NAMESPACE, name(), installation, HOLD.toMinutes());
  }

  private String failure(KubernetesClientException e) {
    String advice =
        e.getCode() == HttpURLConnection.HTTP_FORBIDDEN
            ? "; apply the Role in kube-system of src/main/kubernetes/rbac.yaml"
            : "";
    return "The Lease %s/%s cannot be written, so nothing else is: status %d%s"
        .formatted(NAMESPACE, name(), e.getCode(), advice);
  }

  /** Why this installation may not write; empty = it may, or has not tried yet. */
  public Optional<String> obstacle() {
    return Optional.ofNullable(obstacle);
  }

  /**
   * Renews from now on.
   *
   * @param lost is told {@link #refusal} where another installation has taken the Lease
   */
  public void keep(Consumer<String> lost) {
    renewIn(RENEW, lost);
  }

  private void renewIn(Duration time, Consumer<String> lost) {
    timer.schedule(() -> renew(lost), time.toMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized void renew(Consumer<String> lost) {
    if (released) {
      return;
    }
    try {
      Optional<String> other = claim();
      obstacle = other.map(this::refusal).orElse(null);
      if (other.isPresent()) {
        deadline.expire();
        lost.accept(obstacle);
      } else {
        renewIn(RENEW, lost);
      }
    } catch (KubernetesClientException e) {
      obstacle = failure(e);
      LOG.warn(obstacle);
      renewIn(RETRY, lost);
    }
  }

  /**
   * Returns where a write may start now.
   *
   * @throws NotLeadingException where another installation may own the pull Secrets
   */
  public void permit() {
    deadline.checkTimeLeft();
  }

  /** Deletes the Lease if it is ours, and renews no more: another installation may work at once. */
  public synchronized void release() {
    released = true;
    deadline.expire();
    Lease current = lease().get();
    if (current != null && !isAnothers(current)) {
      client
          .leases()
          .inNamespace(NAMESPACE)
          .resource(current)
          .lockResourceVersion(current.getMetadata().getResourceVersion())
          .delete();
    }
  }

  private Resource<Lease> lease() {
    return client.leases().inNamespace(NAMESPACE).withName(name());
  }

  /** Renews no more. The Lease stays: the next process of this installation works on at once. */
  @Override
  public void close() {
    timer.shutdownNow();
  }
}
