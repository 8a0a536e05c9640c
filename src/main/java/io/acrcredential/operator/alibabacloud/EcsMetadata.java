// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** What an ECS instance knows of itself. */
public interface EcsMetadata {

  /** The instance's region; empty where this is no ECS instance, or it says nonsense. */
  Uni<Optional<String>> region();

  /**
   * The RAM role's credentials; fails with an {@link AlibabaCloudException} where there is none.
   */
  Uni<TemporaryCredentials> roleCredentials();
}
