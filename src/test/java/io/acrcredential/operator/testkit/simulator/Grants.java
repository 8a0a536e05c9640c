// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The RAM actions that a user or a role may do. */
final class Grants {

  /**
   * The policy that the docs tell users to attach ("Resource": "*"), and AliyunSTSAssumeRoleAccess.
   */
  private static final Set<String> DOCUMENTED =
      Set.of(
          "cr:GetAuthorizationToken",
          "cr:ListInstanceEndpoint",
          "cr:PullRepository",
          "sts:AssumeRole");

  private final Set<String> actions = ConcurrentHashMap.newKeySet();

  Grants() {
    actions.addAll(DOCUMENTED);
  }

  boolean allows(String action) {
    return actions.contains(action);
  }

  void allow(String action) {
    actions.add(action);
  }

  void deny(String action) {
    actions.remove(action);
  }
}
