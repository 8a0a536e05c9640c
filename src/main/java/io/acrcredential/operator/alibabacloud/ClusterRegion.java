// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** The region of the cluster, once it is detected. */
@ApplicationScoped
public class ClusterRegion {

  private volatile String region;

  /** Sets the detected region; empty = unknown. */
  public void set(Optional<String> found) {
    region = found.orElse(null);
  }

  /** The region of the cluster; empty = unknown. */
  public Optional<String> get() {
    return Optional.ofNullable(region);
  }
}
