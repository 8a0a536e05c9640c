// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.PolicyIndex;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Namespaces whose pull Secret and entries in imagePullSecrets are handed over to the ACK
 * credential helper: they stay in place, and only the labels of this operator are removed.
 */
public final class HandOverTracker {

  private final PolicyIndex policies;
  private final Set<String> namespaces = ConcurrentHashMap.newKeySet();

  public HandOverTracker(PolicyIndex policies) {
    this.policies = policies;
  }

  /** Hands the namespace over, unless a policy still covers it. */
  void start(String namespace) {
    if (policies.containsNamespace(namespace) && policies.policies(namespace).isEmpty()) {
      namespaces.add(namespace);
    }
  }

  boolean isHandedOver(String namespace) {
    return namespaces.contains(namespace);
  }

  /** The hand-over is done, a policy covers the namespace again, or the namespace is gone. */
  void stop(String namespace) {
    namespaces.remove(namespace);
  }
}
