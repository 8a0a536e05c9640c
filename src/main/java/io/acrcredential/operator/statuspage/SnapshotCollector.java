// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.statuspage.Snapshot.Coverage;
import io.acrcredential.operator.statuspage.Snapshot.Replica;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Collects what the page shows: the policies with their status as the API server has them, which
 * every replica reads, and what only the leader knows.
 */
final class SnapshotCollector {

  /**
   * How exact the time on the page is, in seconds. So a page without news is sent as often as its
   * bars move visibly, and not at each look at the clock.
   */
  static final long CLOCK_STEP = 10;

  private final String replica;
  private final WriteFence fence;
  private final Supplier<List<String>> notes;
  private final ClusterState cluster;
  private final Clock clock;

  /**
   * @param notes why this process does not work, or does not see everything
   */
  SnapshotCollector(
      String replica,
      WriteFence fence,
      Supplier<List<String>> notes,
      ClusterState cluster,
      Clock clock) {
    this.replica = replica;
    this.fence = fence;
    this.notes = notes;
    this.cluster = cluster;
    this.clock = clock;
  }

  Snapshot collect(List<AcrCredentialPolicy> policies) {
    boolean leads = fence.isOpen();
    List<PolicyRow> rows =
        policies.stream().map(PolicyRow::of).sorted(PolicyRow.WORST_FIRST).toList();
    Optional<Coverage> coverage = leads ? Optional.of(cluster.coverage()) : Optional.empty();
    long now = clock.instant().getEpochSecond();
    return new Snapshot(
        Instant.ofEpochSecond(now - now % CLOCK_STEP),
        new Replica(replica, leads, notes.get()),
        rows,
        RegistryRow.of(rows),
        coverage);
  }
}
