// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** The region in which the cluster is, once somebody has found it out. */
@ApplicationScoped
public class ClusterRegion {

  private volatile String region;

  /** Sets what was found. */
  public void set(Optional<String> found) {
    region = found.orElse(null);
  }

  /** Empty where nobody knows. */
  public Optional<String> get() {
    return Optional.ofNullable(region);
  }
}
