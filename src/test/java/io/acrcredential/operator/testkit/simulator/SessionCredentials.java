// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.time.Instant;

/** Temporary credentials as STS, the ECS metadata and the ACK token file hand them out. */
public record SessionCredentials(
    String accessKeyId, String accessKeySecret, String securityToken, Instant expiration) {

  @Override
  public String toString() {
    return "SessionCredentials[" + accessKeyId + "]";
  }
}
