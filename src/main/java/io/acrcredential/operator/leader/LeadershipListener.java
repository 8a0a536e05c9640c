// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

/** What the {@link LeaderElection} decides. Called on its thread, so a listener must not block. */
public interface LeadershipListener {
  /** This process leads. */
  void onStartedLeading();

  /**
   * This process no longer leads, and no write is permitted. Not called by {@link #close}.
   *
   * @param reason for people
   */
  void onStoppedLeading(String reason);

  /**
   * For {@link TrustFailures#LIMIT}, this process and the API server have not trusted each other.
   * Only a new process reads a replaced CA and token.
   *
   * @param reason for people
   */
  void onTrustLost(String reason);

  /**
   * The Lease has an older version than before, so etcd was restored from a snapshot: everything
   * that was read from the API server may be newer than what it has now.
   */
  void onStoreRestored();
}
