// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.kubernetes.WriteFenceInterceptor;
import io.acrcredential.operator.kubernetes.watch.WatchConnections;
import io.acrcredential.operator.startup.RegionDetection;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Starts and stops the operator. At start it begins to read the cluster and joins the leader
 * election; while it leads, {@link WorkControl} lets it write; at shutdown it finishes the writes
 * in progress and releases the lease. Standby replicas keep their caches synced, so failover is
 * immediate.
 */
@Singleton
final class Lifecycle {

  /** A write takes milliseconds; the shutdown does not wait longer than this. */
  private static final Duration DRAIN = Duration.ofMillis(300);

  private final OperatorComponents components;
  private final RegionDetection regionDetection;
  private final WriteFenceInterceptor fenceInterceptor;
  private final OperatorWork work;
  private final WorkControl control;
  private volatile boolean started;
  private volatile boolean stopping;

  Lifecycle(
      OperatorComponents components,
      RegionDetection regionDetection,
      ClusterRegion clusterRegion,
      Operator operator,
      KubernetesClient client,
      WriteFenceInterceptor fenceInterceptor,
      WatchConnections watches) {
    this.components = components;
    this.regionDetection = regionDetection;
    this.fenceInterceptor = fenceInterceptor;
    this.work = new OperatorWork(components, regionDetection, clusterRegion, operator, client);
    this.control = new WorkControl(work, watches::listAgain, () -> Quarkus.asyncExit(1));
  }

  /** Called by the command, because Quarkus fires its own start event for every command. */
  void start() {
    started = true;
    fenceInterceptor.guard(components.leaderElection::check);
    regionDetection.start(DaemonThreads.named("region"));
    components.clusterInformers.start();
    components.credentialHelper.watch(components.informerRegistry);
    components.webhook.start(components.informerRegistry);
    components.statusPage.start(components.informerRegistry);
    control.start();
    components.leaderElection.start(control);
  }

  void onStop(@Observes ShutdownEvent event) throws InterruptedException {
    if (!started) {
      return;
    }
    stopping = true;
    control.close();
    components.statusPage.close();
    components.tokens.close();
    components.workers.stop(DRAIN);
    components.informerRegistry.close();
    work.stop();
    components.leaderElection.close();
    components.ownershipLease.close();
    // Last, because it takes a while and another replica can lead meanwhile.
    components.webhook.drain();
    components.timer.shutdownNow();
  }

  /** Whether the shutdown has begun. */
  boolean isStopping() {
    return stopping;
  }

  /** Whether this process leads and its workers run. */
  boolean isWorking() {
    return control.isWorking();
  }

  /** Whether the informer of the policies fails. */
  boolean isPolicyInformerFailing() {
    return work.isPolicyInformerFailing();
  }
}
