// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** An Alibaba Cloud account and what its one RAM user may do. */
final class SimAccount {

  /** The RAM user's name. */
  static final String USER = "pull-only";

  private final String uid;
  private final Grants grants = new Grants();
  private final Set<String> personalRegions = ConcurrentHashMap.newKeySet();

  SimAccount(String uid) {
    this.uid = uid;
  }

  String uid() {
    return uid;
  }

  Grants grants() {
    return grants;
  }

  boolean hasPersonalEdition(String region) {
    return personalRegions.contains(region);
  }

  void openPersonalEdition(String region) {
    personalRegions.add(region);
  }
}
