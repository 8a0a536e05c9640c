// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.time.Instant;

/**
 * What makes an AccessKey temporary.
 *
 * @param name the RoleSessionName
 */
record Session(
    SimRole role, String name, String securityToken, Instant expiresAt, SessionPolicy policy) {

  /** As STS answers it (AssumeRole, AssumedRoleUser). */
  String arn() {
    return role.arn() + "/" + name;
  }

  @Override
  public String toString() {
    return "Session[" + arn() + "]";
  }
}
