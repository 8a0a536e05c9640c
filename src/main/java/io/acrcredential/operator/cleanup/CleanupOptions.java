// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import java.util.List;
import java.util.Set;

/**
 * The options of the {@code cleanup} command.
 *
 * @param deletePolicies whether to delete all policies, not only the one compiled from the
 *     ConfigMap
 * @param handOver whether pull Secrets and ServiceAccount entries stay for the ACK credential
 *     helper
 */
public record CleanupOptions(boolean deletePolicies, boolean handOver) {

  private static final String DELETE_POLICIES = "--delete-policies";
  private static final String HAND_OVER = "--hand-over";

  /** All option names. */
  public static final Set<String> NAMES = Set.of(DELETE_POLICIES, HAND_OVER);

  static CleanupOptions parse(List<String> arguments) {
    return new CleanupOptions(arguments.contains(DELETE_POLICIES), arguments.contains(HAND_OVER));
  }
}
