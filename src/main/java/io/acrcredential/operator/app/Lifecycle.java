// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.StartException;
import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.leader.LeaseOwnerReference;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.token.RefreshSchedule;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.Operator;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Starts and stops the operator. At start it begins to read the cluster and joins the leader
 * election; once it leads and its caches are synced, it writes; at shutdown it finishes the writes
 * in progress and releases the lease. Standby replicas keep their caches synced, so failover is
 * immediate.
 */
@Singleton
final class Lifecycle {

  private static final Logger LOG = Logger.getLogger(Lifecycle.class);

  /** A write takes milliseconds; the shutdown does not wait longer than this. */
  private static final Duration DRAIN = Duration.ofMillis(300);

  private final OperatorComponents components;
  private final RegionDetection regionDetection;
  private final ClusterRegion clusterRegion;
  private final Operator operator;
  private final KubernetesClient client;
  private volatile boolean started;

  private volatile boolean stopping;
  private volatile boolean working;

  Lifecycle(
      OperatorComponents components,
      RegionDetection regionDetection,
      ClusterRegion clusterRegion,
      Operator operator,
      KubernetesClient client) {
    this.components = components;
    this.regionDetection = regionDetection;
    this.clusterRegion = clusterRegion;
    this.operator = operator;
    this.client = client;
  }

  /** Called by the command, because Quarkus fires its own start event for every command. */
  void start() {
    started = true;
    regionDetection.start(DaemonThreads.named("region"));
    components.clusterInformers.start();
    components.credentialHelper.watch(components.informerRegistry);
    components.onLeadership(this::onStartedLeading, this::onLeaseLost);
    components.leaderElection.start();
  }

  void onStop(@Observes ShutdownEvent event) throws InterruptedException {
    if (!started) {
      return;
    }
    stopping = true;
    components.tokens.close();
    components.workers.stop(DRAIN);
    components.informerRegistry.close();
    if (working) {
      operator.stop();
    }
    components.leaderElection.close();
    components.ownershipLease.close();
    components.timer.shutdownNow();
  }

  /** Whether this process leads and its workers run. */
  boolean isWorking() {
    return working;
  }

  private void onStartedLeading() {
    try {
      LOG.info("This process is the leader");
      components.ownershipLease.awaitOwnership(
          time -> TimeUnit.MILLISECONDS.sleep(time.toMillis()), components.refusalEvents::publish);
      components.ownershipLease.keepRenewing(this::onOwnershipLost);
      components.clusterInformers.deliverEvents();
      components.tokenStates.read();
      components.tokens.setSchedule(new RefreshSchedule(jitter()));
      components.clusterInformers.awaitSync();
      components.credentialHelper.awaitState(this::onCredentialHelperChanged);
      clusterRegion.set(regionDetection.awaitRegion());
      components.initialSync.indexNamespaces();
      components.policies.start(policies());
      operator.start();
      components.initialSync.start(components.credentialHelper.isRunning());
      components.admissionCheck.request();
      components.workers.start();
      components.configMap.start(components.informerRegistry);
      working = true;
      LOG.infof(
          "Reconciling %d policies, %d namespaces, %d ServiceAccounts",
          components.policyIndex.plans().size(),
          components.cache.namespaces.size(),
          components.cache.serviceAccounts.size());
      LeaseOwnerReference.addTo(client, components.namespace);
      components.confinement.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      LOG.error(
          "Startup failed; exiting so that Kubernetes restarts the process",
          ExceptionText.trace(e));
      Quarkus.asyncExit(1);
    }
  }

  private void onOwnershipLost(String reason) {
    if (!stopping) {
      LOG.errorf("%s Exiting, so that only one operator writes", reason);
      Quarkus.asyncExit(1);
    }
  }

  private void onCredentialHelperChanged() {
    components.policyStatusEvents.reconcileNow(ConfigMapPolicy.NAME);
    components.configMap.enqueue();
  }

  private void onLeaseLost() {
    if (!stopping) {
      LOG.error("The Lease is lost; exiting, so that only the new leader writes");
      Quarkus.asyncExit(1);
    }
  }

  private List<AcrCredentialPolicy> policies() {
    try {
      return client.resources(AcrCredentialPolicy.class).list().getItems();
    } catch (KubernetesClientException e) {
      throw new StartException(
          "Cannot list AcrCredentialPolicies; check that the CRD and the RBAC rules are installed: "
              + ExceptionText.of(e),
          e);
    }
  }

  /**
   * A value from 0 to 1 that differs between clusters, derived from the UID of the namespace
   * kube-system.
   */
  private double jitter() {
    Namespace kubeSystem = client.namespaces().withName("kube-system").get();
    int hash = kubeSystem == null ? 0 : kubeSystem.getMetadata().getUid().hashCode();
    return Math.floorMod(hash, 1000) / 1000.0;
  }
}
