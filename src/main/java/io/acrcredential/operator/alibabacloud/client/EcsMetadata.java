// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** The metadata of the ECS instance that this process runs on. */
public interface EcsMetadata {

  /**
   * The region of the instance; empty if this is not an ECS instance, or the response is not a
   * region.
   */
  Uni<Optional<String>> region();

  /**
   * The credentials of the RAM role; fails with an {@link AlibabaCloudException} if there is none.
   *
   * @param role its name; null = the one that the service names
   */
  Uni<TemporaryCredentials> roleCredentials(String role);
}
