// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.StartException;
import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.kubernetes.Pages;
import io.acrcredential.operator.leader.LeaseOwnerReference;
import io.acrcredential.operator.startup.RegionDetection;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.token.RefreshSchedule;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.Operator;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * The work of the leader. When it is suspended, everything that reads the cluster goes on: the
 * informers, the policy index and JOSDK. What writes or calls ACR stops: the workers and the token
 * service. Before it is resumed, it reads the tokens that another leader may have stored, and then
 * compares all namespaces. After the start of a process it begins before all of them are listed;
 * statuses are written, and anything is removed, only when they are.
 */
final class OperatorWork implements WorkControl.Work {

  private static final Logger LOG = Logger.getLogger(OperatorWork.class);

  private final OperatorComponents components;
  private final RegionDetection regionDetection;
  private final ClusterRegion clusterRegion;
  private final Operator operator;
  private final KubernetesClient client;
  private volatile boolean operatorStarted;
  private boolean configMapStarted;

  /** Whether this term began with all lists complete. */
  private boolean complete;

  OperatorWork(
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

  @Override
  public void prepare(WorkControl.Term term) throws InterruptedException {
    components.ownershipLease.awaitOwnership(term::pause, components.refusalEvents::publish);
    components.ownershipLease.keepRenewing(term::end);
    components.clusterInformers.deliverEvents();
    components.tokenStates.read();
    components.tokens.setSchedule(new RefreshSchedule(jitter()));
    term.check();
    if (!operatorStarted) {
      components.credentialHelper.awaitState(this::onCredentialHelperChanged);
      clusterRegion.set(regionDetection.awaitRegion());
      term.check();
    }
    components.initialSync.indexNamespaces();
    components.tokens.resume();
    if (operatorStarted) {
      components.policies.resume(policies());
    } else {
      // Fetches tokens while the informers list.
      components.policies.start(policies());
      operator.start();
      JosdkThreads.calmScheduler(operator);
      operatorStarted = true;
    }
    components.clusterInformers.awaitPullSecrets(term::check);
    // Without one, nothing can be bound or tell whether binding at admission works.
    components.clusterInformers.awaitServiceAccounts(
        components.initialSync::isAnyServiceAccountCovered, term::check);
    complete = components.clusterInformers.hasSynced();
    if (complete) {
      components.initialSync.complete(components.credentialHelper.isRunning());
    } else {
      components.initialSync.begin();
    }
    components.admissionCheck.request();
  }

  @Override
  public void begin() {
    components.workers.resume();
  }

  @Override
  public void complete(WorkControl.Term term) throws InterruptedException {
    if (!complete) {
      components.clusterInformers.awaitSync(term::check);
      term.check();
      components.initialSync.complete(components.credentialHelper.isRunning());
      components.admissionCheck.requestIfUnknown();
    }
    components.podWatch.resume();
  }

  @Override
  public void open() {
    components.fence.setOpen(true);
  }

  @Override
  public void suspend() {
    components.fence.setOpen(false);
    components.workers.suspend();
  }

  @Override
  public void afterOpen() {
    if (configMapStarted) {
      components.configMap.enqueue();
    } else {
      components.configMap.start(components.informerRegistry);
      LeaseOwnerReference.addTo(client, components.namespace);
      components.confinement.run();
      configMapStarted = true;
    }
    components.webhook.enqueue();
    components.reconcileStatuses();
    LOG.infof(
        "Reconciling %d policies, %d namespaces, %d ServiceAccounts",
        components.policyIndex.plans().size(),
        components.cache.namespaces.size(),
        components.cache.serviceAccounts.size());
  }

  @Override
  public void release() {
    components.podWatch.suspend();
    components.clusterInformers.holdEvents();
    components.tokens.suspend();
    components.configMap.forget();
    components.ownershipLease.stopRenewing();
  }

  /** Whether the informer of the policies fails. */
  boolean isPolicyInformerFailing() {
    return operatorStarted && !operator.getRuntimeInfo().allEventSourcesAreHealthy();
  }

  /** Stops JOSDK. */
  void stop() {
    if (operatorStarted) {
      operator.stop();
    }
  }

  private void onCredentialHelperChanged() {
    components.policyStatusEvents.reconcileNow(ConfigMapPolicy.NAME);
    components.configMap.enqueue();
  }

  private List<AcrCredentialPolicy> policies() {
    try {
      return Pages.all(client.resources(AcrCredentialPolicy.class));
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
