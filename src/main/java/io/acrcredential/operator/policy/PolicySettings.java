// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import java.time.Duration;
import java.time.Instant;

/**
 * The settings of a policy except its registries, with every default filled in.
 *
 * @param created decides which policy wins a conflict: the older one, then the name
 * @param generation of the spec that this was compiled from
 * @param email null = none
 * @param refreshRequest the value of the annotation that forces a refresh; empty = none
 */
public record PolicySettings(
    String name,
    Instant created,
    long generation,
    PolicyTargets targets,
    Duration refreshBefore,
    String email,
    boolean suspended,
    String refreshRequest) {

  /**
   * Which ServiceAccounts of which namespaces get the pull Secret, and how.
   *
   * @param bindAtCreation whether the API server may add it at admission
   * @param injectPods whether the API server adds it to new pods of these ServiceAccounts too
   * @param healPods whether pods that were created too early to get it may be evicted
   */
  public record PolicyTargets(
      TargetSelector namespaces,
      TargetSelector serviceAccounts,
      Binding binding,
      boolean bindAtCreation,
      boolean injectPods,
      boolean healPods) {}

  PolicySettings withTargets(PolicyTargets other) {
    return new PolicySettings(
        name, created, generation, other, refreshBefore, email, suspended, refreshRequest);
  }

  PolicySettings withRefreshRequest(String other) {
    return new PolicySettings(
        name, created, generation, targets, refreshBefore, email, suspended, other);
  }

  PolicySettings suspend() {
    return new PolicySettings(
        name, created, generation, targets, refreshBefore, email, true, refreshRequest);
  }
}
