// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.leader.LeaderElection;
import io.acrcredential.operator.leader.OwnershipLease;

/** Permits writes while both Leases are held, and tells whether this process works. */
final class WorkFence implements WriteFence {

  private final LeaderElection leaderElection;
  private final OwnershipLease ownershipLease;
  private volatile boolean open;

  WorkFence(LeaderElection leaderElection, OwnershipLease ownershipLease) {
    this.leaderElection = leaderElection;
    this.ownershipLease = ownershipLease;
  }

  @Override
  public void permit(String kind, String verb) {
    ownershipLease.permit();
    leaderElection.permit(kind, verb);
  }

  /** This process works from now on, or no longer does. */
  void setOpen(boolean nowOpen) {
    open = nowOpen;
  }

  @Override
  public boolean isOpen() {
    return open && leaderElection.isLeading();
  }
}
