// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import java.util.List;
import java.util.Optional;

/**
 * The options of the {@code cleanup} command.
 *
 * @param deletePolicies whether to delete all policies, not only the one compiled from the
 *     ConfigMap
 * @param handOver whether pull Secrets and ServiceAccount entries stay for the ACK credential
 *     helper
 * @param hookJob the Job of a Helm hook that runs the command: {@code namespace/name}
 */
public record CleanupOptions(boolean deletePolicies, boolean handOver, Optional<String> hookJob) {

  private static final String DELETE_POLICIES = "--delete-policies";
  private static final String HAND_OVER = "--hand-over";
  private static final String HOOK_JOB = "--hook-job";
  private static final String HOOK_JOB_VALUE = HOOK_JOB + "=";

  /** Whether there is such an option, with such a value. */
  public static boolean isValid(String argument) {
    return argument.equals(DELETE_POLICIES)
        || argument.equals(HAND_OVER)
        || argument.matches(HOOK_JOB + "=[a-z0-9.-]+/[a-z0-9.-]+");
  }

  static CleanupOptions parse(List<String> arguments) {
    return new CleanupOptions(
        arguments.contains(DELETE_POLICIES),
        arguments.contains(HAND_OVER),
        arguments.stream()
            .filter(argument -> argument.startsWith(HOOK_JOB_VALUE))
            .map(argument -> argument.substring(HOOK_JOB_VALUE.length()))
            .findFirst());
  }
}
