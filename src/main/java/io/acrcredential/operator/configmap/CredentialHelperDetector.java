// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.kubernetes.ChangeHandler;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.kubernetes.RecordStore;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Detects whether the ACK credential helper runs. While it does, the policy compiled from the
 * ConfigMap is suspended: two controllers that write the same Secrets would revert each other's
 * changes. Only a self-managed helper can be seen; the managed one has no Deployment.
 */
public final class CredentialHelperDetector {

  private static final Logger LOG = Logger.getLogger(CredentialHelperDetector.class);

  /** Where the ACK credential helper is deployed. */
  public static final String NAMESPACE = "kube-system";

  /** The name of its Deployment. */
  public static final String NAME = "aliyun-acr-credential-helper";

  private static final String DEPLOYMENT = "Deployment " + NAMESPACE + "/" + NAME;

  /** Without the permission to read the Deployment, other policies must not wait longer. */
  private static final Duration SYNC_TIMEOUT = Duration.ofSeconds(3);

  private static final String RUNNING_MESSAGE =
      DEPLOYMENT
          + " has a ready pod, so nothing is fetched, written or unbound for the ConfigMap"
          + " acr-configuration. To switch: kubectl -n "
          + NAMESPACE
          + " scale deployment "
          + NAME
          + " --replicas=0 (docs/switch.md)";

  private static final String UNKNOWN_MESSAGE =
      DEPLOYMENT
          + " cannot be read, so it may be running, and nothing is started for the ConfigMap"
          + " acr-configuration: grant get, list and watch on it, as rbac.yaml does"
          + " (docs/switch.md)";

  /** What the cache keeps of the Deployment. */
  private record Observed(String resourceVersion, boolean ready) {
    static Observed of(Deployment deployment) {
      return new Observed(deployment.getMetadata().getResourceVersion(), hasReadyPod(deployment));
    }
  }

  private enum State {
    UNKNOWN,
    RUNNING,
    NOT_RUNNING
  }

  private final KubernetesClient client;
  private final RecordStore<Deployment, Observed> store =
      new RecordStore<>(
          Observed::of,
          Observed::resourceVersion,
          meta -> new Deployment(null, null, meta, null, null),
          (deployment, record) -> {},
          1);
  private InformerRegistry informers;
  private SharedIndexInformer<Deployment> informer;
  private volatile State state = State.UNKNOWN;
  private volatile boolean synced;
  private volatile Runnable onChange = () -> {};

  public CredentialHelperDetector(KubernetesClient client) {
    this.client = client;
  }

  /** Reads from the API server whether the ACK credential helper has a ready pod. */
  public static boolean hasReadyPod(KubernetesClient client) {
    Deployment deployment = client.apps().deployments().inNamespace(NAMESPACE).withName(NAME).get();
    return deployment != null && hasReadyPod(deployment);
  }

  private static boolean hasReadyPod(Deployment deployment) {
    Integer ready =
        deployment.getStatus() == null ? null : deployment.getStatus().getReadyReplicas();
    return ready != null && ready > 0;
  }

  /** Starts the watch of the Deployment. */
  public void watch(InformerRegistry registry) {
    informers = registry;
    informer =
        informers.start(
            DEPLOYMENT,
            true,
            client.apps().deployments().inNamespace(NAMESPACE).withName(NAME),
            store,
            ChangeHandler.of(this::update));
    informers.onSync(informer, this::onSynced);
  }

  /**
   * Waits until it is known whether the helper runs, at most {@link #SYNC_TIMEOUT}.
   *
   * @param listener called at every later change
   */
  public void awaitState(Runnable listener) throws InterruptedException {
    if (informers.awaitSync(informer, SYNC_TIMEOUT)) {
      onSynced();
    } else {
      LOG.warn(UNKNOWN_MESSAGE);
    }
    // The caller sees the state as of now, so only later changes are reported.
    onChange = listener;
    update();
  }

  private void onSynced() {
    synced = true;
    update();
  }

  /** The last observed state stays valid while the Deployment cannot be read. */
  private synchronized void update() {
    if (!synced) {
      return;
    }
    Observed observed = store.get(NAMESPACE, NAME);
    State now = observed != null && observed.ready() ? State.RUNNING : State.NOT_RUNNING;
    if (now != state) {
      state = now;
      LOG.info(now == State.RUNNING ? RUNNING_MESSAGE : DEPLOYMENT + " is not running");
      onChange.run();
    }
  }

  /** False also while the state is unknown. */
  public boolean isRunning() {
    return state == State.RUNNING;
  }

  /** Why the policy is suspended; empty = it is not. */
  public Optional<String> suspensionReason(AcrCredentialPolicy policy) {
    if (!ConfigMapPolicy.isManaged(policy)) {
      return Optional.empty();
    }
    return switch (state) {
      case RUNNING -> Optional.of(RUNNING_MESSAGE);
      case NOT_RUNNING -> Optional.empty();
      case UNKNOWN -> wasServedBefore(policy) ? Optional.empty() : Optional.of(UNKNOWN_MESSAGE);
    };
  }

  /**
   * Whether an earlier process served the policy as it is now, which its stored status shows. The
   * status of an earlier spec does not, nor one that {@code cleanup} has set to Unknown.
   */
  private static boolean wasServedBefore(AcrCredentialPolicy policy) {
    return Optional.ofNullable(policy.getStatus())
        .flatMap(status -> status.condition("Ready"))
        .filter(ready -> !ready.getStatus().equals("Unknown"))
        .filter(ready -> !ready.getReason().equals(Reason.CredentialHelperRunning.name()))
        .filter(
            ready ->
                Objects.equals(ready.getObservedGeneration(), policy.getMetadata().getGeneration()))
        .isPresent();
  }

  /**
   * Why the ConfigMap has no effect at present; empty = it has.
   *
   * @param policy null = it does not exist yet
   */
  Optional<String> warning(AcrCredentialPolicy policy) {
    if (policy != null) {
      return suspensionReason(policy);
    }
    return switch (state) {
      case RUNNING -> Optional.of(RUNNING_MESSAGE);
      case NOT_RUNNING -> Optional.empty();
      case UNKNOWN -> Optional.of(UNKNOWN_MESSAGE);
    };
  }
}
