// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;

/** Reads and writes one Lease. Each request ends within its time-out, whatever the server does. */
public interface LeaseApi extends AutoCloseable {

  /**
   * The Lease; null = it does not exist.
   *
   * @throws KubernetesClientException if it cannot be read
   */
  LeaseRecord read(Duration timeout);

  /**
   * Creates the Lease, or replaces the spec of the version that was read.
   *
   * @param current the version to replace; null = the Lease does not exist
   * @return the Lease after the write
   * @throws KubernetesClientException with status 409, 422 or 404 if another client wrote it; after
   *     a time-out the write may still happen
   */
  LeaseRecord write(LeaseRecord current, LeaseRecord desired, Duration timeout);

  @Override
  void close();
}
