// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What is known of the operator.
 *
 * @param namespace in which it was found, or is looked for
 * @param installations the namespaces of all installations; unreadable without the right to list
 *     Deployments
 * @param pods of the installation
 * @param lease of the leader election
 * @param ownership the Lease that decides which installation writes
 */
public record OperatorFacts(
    String namespace,
    Read<List<String>> installations,
    Read<List<OperatorPod>> pods,
    Read<LeaseFacts> lease,
    Read<LeaseFacts> ownership) {

  /** A pod of the operator. */
  public record OperatorPod(String name, boolean isReady) {}

  /**
   * A Lease.
   *
   * @param renewedAt by the clock of the holder, or when the caller has observed it
   * @param holder empty = nobody
   */
  public record LeaseFacts(String holder, Instant renewedAt, Duration duration) {

    /** The same after a renewal that the caller has observed, whatever the clock of the holder. */
    public LeaseFacts renewedAt(Instant time) {
      return new LeaseFacts(holder, time, duration);
    }

    /** Whether it was renewed in time. */
    public boolean isHeldAt(Instant now) {
      return !holder.isEmpty() && now.isBefore(renewedAt.plus(duration));
    }
  }
}
