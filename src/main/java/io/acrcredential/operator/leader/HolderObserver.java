// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.acrcredential.operator.text.TextSanitizer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Observes who holds the Lease of the {@link LeaderElection}: how long another process may still
 * lead, and whether a cleanup keeps all operators from working.
 */
final class HolderObserver {

  private static final Logger LOG = Logger.getLogger(HolderObserver.class);

  private final String identity;
  private final String namespace;
  private final ObservedRenewals renewals;
  private LeaseRecord lastObserved;
  private volatile String standbyReason;

  /**
   * @param identity the name of this process as the holder
   * @param namespace the namespace of the Lease, for messages
   */
  HolderObserver(String identity, String namespace, LongSupplier nanoTime) {
    this.identity = identity;
    this.namespace = namespace;
    this.renewals = new ObservedRenewals(nanoTime);
  }

  /**
   * How long another process may still lead; zero or negative = no longer.
   *
   * @param latest the Lease as it was just read; null = it does not exist
   */
  Duration observe(LeaseRecord latest) {
    if (latest != null && renewals.observe(latest.resourceVersion())) {
      lastObserved = latest;
      reportHolder(latest);
    }
    if (latest == null && (lastObserved == null || isCleanup(lastObserved))) {
      reportHolder(null);
      return Duration.ZERO;
    }
    // The holder of a Lease that somebody deleted notices it at its next renewal.
    LeaseRecord holder = latest == null ? lastObserved : latest;
    if (holder.isFree() || isHeldByThis(holder)) {
      return Duration.ZERO;
    }
    return holder.duration().minus(renewals.age());
  }

  boolean isHeldByThis(LeaseRecord observed) {
    return identity.equals(observed.holder());
  }

  private static boolean isCleanup(LeaseRecord observed) {
    return observed.holder().startsWith(LeaseTakeover.CLEANUP_PREFIX);
  }

  /** While cleanup holds the Lease, this operator reports why it writes nothing. */
  private void reportHolder(LeaseRecord observed) {
    if (observed == null || !isCleanup(observed)) {
      standbyReason = null;
      return;
    }
    String reason =
        ("%s holds the Lease %s/%s and removes what operators wrote, so this operator writes"
                + " nothing. It works again %d minutes after cleanup has ended; to have it at once,"
                + " delete the Lease.")
            .formatted(
                TextSanitizer.clean(observed.holder()),
                namespace,
                LeaderElection.NAME,
                LeaseRecord.CLEANUP_RETENTION.toMinutes());
    if (!reason.equals(standbyReason)) {
      LOG.warn(reason);
    }
    standbyReason = reason;
  }

  /** This process leads. */
  void onStartedLeading() {
    standbyReason = null;
  }

  /** Why no operator works; empty if one does, or if the reason is unknown. On any thread. */
  Optional<String> standbyReason() {
    return Optional.ofNullable(standbyReason);
  }
}
