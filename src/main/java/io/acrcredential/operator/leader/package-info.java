/**
 * The Leases that decide who may write. {@link io.acrcredential.operator.leader.LeaderElection}
 * selects one replica of an installation; {@link io.acrcredential.operator.leader.OwnershipLease}
 * selects one of several installations that write pull Secrets of the same name; {@link
 * io.acrcredential.operator.leader.LeaseTakeover} takes the Lease of the replicas for the {@code
 * cleanup} command.
 */
package io.acrcredential.operator.leader;
