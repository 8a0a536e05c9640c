// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.ResourceNotFoundException;
import java.util.List;
import java.util.function.Consumer;

/**
 * A real cluster that the tests of one JVM use one after the other, because a control plane needs
 * five seconds to start. Only one test has it at a time: a second one that asks meanwhile gets a
 * cluster of its own. Before the next test, everything that the previous one has left is removed
 * and the result is compared with the state before; a cluster that differs is thrown away.
 *
 * <p>The last one stops with the JVM, by the watchdog of {@code dev/cluster}.
 */
final class SharedCluster {

  private static SharedCluster idle;

  private final KubeCluster kube;
  private final ClusterSnapshot prepared;

  private SharedCluster(KubeCluster kube, ClusterSnapshot prepared) {
    this.kube = kube;
    this.prepared = prepared;
  }

  /**
   * @param prepare creates the objects that every test needs; runs once for each cluster, so it
   *     must be the same for all callers
   */
  static synchronized SharedCluster take(Consumer<KubeCluster> prepare) {
    SharedCluster taken = idle;
    idle = null;
    if (taken != null) {
      return taken;
    }
    KubeCluster kube = KubeCluster.start();
    try {
      prepare.accept(kube);
      // The others start within a second, and have no controller that deletes a namespace.
      return new SharedCluster(kube, kube.real() ? ClusterSnapshot.take(kube.client()) : null);
    } catch (RuntimeException e) {
      kube.close();
      throw e;
    }
  }

  KubeCluster kube() {
    return kube;
  }

  /** Ends the use by a test whose operators have ended. */
  void giveBack() {
    if (!isClean()) {
      kube.close();
      return;
    }
    kube.forgetAudit();
    synchronized (SharedCluster.class) {
      if (idle == null) {
        idle = this;
        return;
      }
    }
    kube.close();
  }

  private boolean isClean() {
    if (prepared == null) {
      return false;
    }
    try {
      List<String> leftovers = prepared.restore();
      if (!leftovers.isEmpty()) {
        System.out.println("The next test starts a new cluster, because of " + leftovers);
      }
      return leftovers.isEmpty();
    } catch (KubernetesClientException | ResourceNotFoundException e) {
      System.out.println("The next test starts a new cluster, because of " + e);
      return false;
    }
  }
}
