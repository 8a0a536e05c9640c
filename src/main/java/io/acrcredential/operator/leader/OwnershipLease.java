// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The Lease {@code kube-system/<pull Secret name>-owner}: of all installations in a cluster that
 * write pull Secrets of the same name, only its holder writes.
 *
 * <p>An installation is identified by its credentials namespace. Another Lease in that namespace
 * decides which of its replicas leads ({@link LeaderElection}). The installation keeps this Lease
 * across restarts and upgrades, so it expires after minutes, and only {@code cleanup} deletes it.
 * Its owner is the credentials namespace, so that the garbage collector deletes both.
 */
public final class OwnershipLease implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(OwnershipLease.class);

  /** Where the Lease is, whatever the namespace of the installation. */
  public static final String NAMESPACE = "kube-system";

  /** An installation that has not renewed for this long has given up its pull Secrets. */
  static final Duration LEASE_DURATION = Duration.ofMinutes(5);

  static final Duration RENEW_PERIOD = Duration.ofMinutes(1);

  /** The delay after another installation held the Lease, and after a failed renewal. */
  static final Duration RETRY_PERIOD = Duration.ofSeconds(10);

  /** The delay after a failed request for a Lease without which a new leader writes nothing. */
  static final Duration CLAIM_RETRY_PERIOD = Duration.ofSeconds(2);

  /** How far the clocks of two installations may differ: one of them may be set to local time. */
  private static final Duration MAX_CLOCK_SKEW = Duration.ofHours(24);

  /** A renewal by another holder. */
  private record Renewal(String holder, Instant time) {}

  private final OwnershipLeaseObject lease;
  private final String pullSecretName;
  private final String installation;
  private final Clock clock;
  private final WriteDeadline deadline;
  private final ScheduledExecutorService timer;
  private Lease lastWritten;
  private final ObservedRenewals renewals;
  private boolean released;
  private ScheduledFuture<?> renewal;
  private volatile String obstacle;

  /**
   * @param installation the credentials namespace
   * @param timer renews the Lease. Nothing else may run on it, because a slow API server blocks it.
   *     {@link #close} shuts it down
   */
  public OwnershipLease(
      KubernetesClient client,
      String pullSecretName,
      String installation,
      Clock clock,
      LongSupplier nanoTime,
      ScheduledExecutorService timer) {
    this.lease = new OwnershipLeaseObject(client, name(pullSecretName), installation);
    this.pullSecretName = pullSecretName;
    this.installation = installation;
    this.clock = clock;
    this.timer = timer;
    this.deadline = new WriteDeadline(nanoTime);
    this.renewals = new ObservedRenewals(nanoTime);
  }

  /** The name of the Lease. */
  public String name() {
    return name(pullSecretName);
  }

  /** The name of the Lease of all installations whose pull Secrets have this name. */
  public static String name(String pullSecretName) {
    return pullSecretName + "-owner";
  }

  /**
   * Takes or renews the Lease, unless another installation holds it.
   *
   * @return the credentials namespace of the other installation; empty = this one holds the Lease
   * @throws KubernetesClientException if the Lease cannot be read or written
   */
  public synchronized Optional<String> claim() {
    try {
      return ConflictRetry.run(
          lastWritten != null ? lastWritten : lease.read(),
          lease::read,
          current -> current.getMetadata().getResourceVersion(),
          this::claim);
    } catch (KubernetesClientException e) {
      lastWritten = null;
      throw e;
    }
  }

  private Optional<String> claim(Lease current) {
    lastWritten = null;
    if (current != null && isHeldByAnother(current) && !isExpired(current)) {
      return Optional.of(current.getSpec().getHolderIdentity());
    }
    lastWritten =
        deadline.extend(
            LEASE_DURATION, () -> lease.write(current, LEASE_DURATION, clock.instant()));
    return Optional.empty();
  }

  private boolean isHeldByAnother(Lease current) {
    String holder = current.getSpec() == null ? null : current.getSpec().getHolderIdentity();
    return holder != null && !holder.isEmpty() && !holder.equals(installation);
  }

  /**
   * Clocks differ, so a Lease is expired if no renewal has been observed for its duration. The time
   * in the Lease decides only if it is older than any difference of clocks explains.
   */
  private boolean isExpired(Lease current) {
    ZonedDateTime renewed = current.getSpec().getRenewTime();
    if (renewed == null
        || renewed
            .toInstant()
            .plus(LEASE_DURATION)
            .plus(MAX_CLOCK_SKEW)
            .isBefore(clock.instant())) {
      return true;
    }
    renewals.observe(new Renewal(current.getSpec().getHolderIdentity(), renewed.toInstant()));
    return renewals.age().compareTo(LEASE_DURATION) >= 0;
  }

  /**
   * Blocks until this installation holds the Lease.
   *
   * @param onRefused gets the message for people, once for each other installation that holds it
   */
  public void awaitOwnership(Pause pause, Consumer<String> onRefused) throws InterruptedException {
    while (true) {
      Optional<String> reported = obstacle();
      Duration delay = RETRY_PERIOD;
      try {
        Optional<String> other = claim();
        obstacle = other.map(this::refusal).orElse(null);
        if (other.isEmpty()) {
          return;
        }
        if (!obstacle().equals(reported)) {
          LOG.error(obstacle);
          onRefused.accept(obstacle);
        }
      } catch (KubernetesClientException e) {
        obstacle = failure(e);
        if (!obstacle().equals(reported)) {
          LOG.error(obstacle);
        }
        delay = CLAIM_RETRY_PERIOD;
      }
      pause.await(delay);
    }
  }

  private String refusal(String other) {
    return ("The operator in namespace %s owns the pull Secrets %s of this cluster (Lease %s/%s)."
            + " The one in namespace %s writes nothing: uninstall one of the two. If the other"
            + " one is gone, this one takes over %d minutes after its last renewal.")
        .formatted(
            other, pullSecretName, NAMESPACE, name(), installation, LEASE_DURATION.toMinutes());
  }

  private String failure(KubernetesClientException e) {
    String advice =
        e.getCode() == HttpURLConnection.HTTP_FORBIDDEN
            ? "; apply the Role in kube-system of src/main/kubernetes/rbac.yaml"
            : "";
    return "The Lease %s/%s cannot be written, so nothing else is: status %d%s"
        .formatted(NAMESPACE, name(), e.getCode(), advice);
  }

  /** Why this installation may not write, for people; empty = it may, or has not tried yet. */
  public Optional<String> obstacle() {
    return Optional.ofNullable(obstacle);
  }

  /**
   * Renews the Lease periodically from now on.
   *
   * @param onLost gets the message for people if another installation has taken the Lease
   */
  public synchronized void keepRenewing(Consumer<String> onLost) {
    stopRenewing();
    scheduleRenewal(RENEW_PERIOD, onLost);
  }

  /**
   * Stops the renewals until {@link #keepRenewing}: another replica of this installation may lead,
   * and renews the Lease, or cleanup has deleted it.
   */
  public synchronized void stopRenewing() {
    if (renewal != null) {
      renewal.cancel(false);
      renewal = null;
    }
    obstacle = null;
  }

  private void scheduleRenewal(Duration delay, Consumer<String> onLost) {
    renewal = timer.schedule(() -> renew(onLost), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized void renew(Consumer<String> onLost) {
    if (released || renewal == null) {
      return;
    }
    try {
      Optional<String> other = claim();
      obstacle = other.map(this::refusal).orElse(null);
      if (other.isPresent()) {
        deadline.expire();
        onLost.accept(obstacle);
      } else {
        scheduleRenewal(RENEW_PERIOD, onLost);
      }
    } catch (KubernetesClientException e) {
      obstacle = failure(e);
      LOG.warn(obstacle);
      scheduleRenewal(RETRY_PERIOD, onLost);
    } catch (RuntimeException | Error e) {
      // The timer drops exceptions, and nothing else renews the Lease.
      LOG.error("The renewal of the Lease failed and is retried", ExceptionText.trace(e));
      scheduleRenewal(RETRY_PERIOD, onLost);
    }
  }

  /**
   * Returns if a write may start now.
   *
   * @throws NotLeadingException if another installation may own the pull Secrets
   */
  public void permit() {
    deadline.checkTimeLeft();
  }

  /**
   * Deletes the Lease if this installation holds it, and stops the renewals, so that another
   * installation may work at once.
   */
  public synchronized void release() {
    released = true;
    deadline.expire();
    Lease current = lease.read();
    if (current != null && !isHeldByAnother(current)) {
      lease.delete(current);
    }
  }

  /**
   * Stops the renewals. The Lease stays, so that the next process of this installation holds it.
   */
  @Override
  public void close() {
    timer.shutdownNow();
  }
}
