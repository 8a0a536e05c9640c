// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.kubernetes.ChangeHandler;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * The status page of this process, off by default. Every replica can serve one; what only the
 * leader knows, the page of a standby replica leaves out.
 */
public final class StatusPage implements AutoCloseable {

  private static final Duration TICK = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final Vertx vertx;
  private final OptionalInt port;
  private final SnapshotCollector collector;
  private StatusPageServer server;

  /**
   * @param port on which it is served; empty or 0 = there is no page, and no port is opened
   * @param replica the name of this process
   * @param notes why this process does not work, or does not see everything; usually none
   */
  public StatusPage(
      KubernetesClient client,
      Vertx vertx,
      OptionalInt port,
      String replica,
      WriteFence fence,
      Supplier<List<String>> notes,
      ClusterState cluster,
      Clock clock) {
    this.client = client;
    this.vertx = vertx;
    this.port = port;
    this.collector = new SnapshotCollector(replica, fence, notes, cluster, clock);
  }

  /** Starts to watch the policies; the page is served once they are known. */
  public synchronized void start(InformerRegistry informers) {
    if (port.orElse(0) == 0) {
      return;
    }
    // The informer of JOSDK does not exist before this process leads for the first time.
    SharedIndexInformer<AcrCredentialPolicy> observed =
        informers.start(
            "policies for the status page",
            false,
            client.resources(AcrCredentialPolicy.class),
            null,
            ChangeHandler.of(() -> {}));
    LatestPage page =
        new LatestPage(() -> collector.collect(observed.getStore().list()), System::nanoTime);
    server = new StatusPageServer(vertx, port.getAsInt(), page, TICK);
    informers.onSync(observed, server::listen);
  }

  @Override
  public synchronized void close() {
    if (server != null) {
      server.close();
    }
  }
}
