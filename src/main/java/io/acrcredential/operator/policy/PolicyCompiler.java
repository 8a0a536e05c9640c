// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Compiles an AcrCredentialPolicy into a {@link PolicyPlan}: validates it and fills in the region.
 */
public final class PolicyCompiler {

  private final Supplier<Optional<String>> clusterRegion;

  /**
   * @param clusterRegion for registries that name none; asked on each call, because the region may
   *     be detected after the start
   */
  public PolicyCompiler(Supplier<Optional<String>> clusterRegion) {
    this.clusterRegion = clusterRegion;
  }

  /** Never throws: the plan lists what is wrong. */
  public PolicyPlan compile(AcrCredentialPolicy policy) {
    return PolicyValidator.validate(policy).resolve(clusterRegion.get());
  }
}
