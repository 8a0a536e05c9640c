package io.acrcredential.operator.configmap;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.kubernetes.RecordStore;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Whether the original component runs. While it does, the managed policy stands aside: two that
 * write the same Secret would undo each other's work.
 */
public final class CredentialHelperDetector {

  private static final Logger LOG = Logger.getLogger(CredentialHelperDetector.class);

  private static final String NAMESPACE = "kube-system";
  private static final String NAME = "aliyun-acr-credential-helper";
  private static final String TOLD = "Deployment " + NAMESPACE + "/" + NAME;

  /** Who may not read it must not hold up the other policies. */
  private static final Duration SYNC = Duration.ofSeconds(3);

  private static final String RUNS =
      TOLD
          + " has a ready pod, so nothing is fetched, written or unbound for the ConfigMap"
          + " acr-configuration. To switch: kubectl -n "
          + NAMESPACE
          + " scale deployment "
          + NAME
          + " --replicas=0 (docs/switch.md)";

  private static final String UNSEEN =
      TOLD
          + " can't be read, so it may be running, and nothing is begun for the ConfigMap"
          + " acr-configuration: grant get, list and watch on it, as rbac.yaml does (docs/switch.md)";

  /** All that is kept of the Deployment. */
  private record Seen(String resourceVersion, boolean ready) {
    static Seen of(Deployment deployment) {
      Integer ready =
          deployment.getStatus() == null ? null : deployment.getStatus().getReadyReplicas();
      return new Seen(deployment.getMetadata().getResourceVersion(), ready != null && ready > 0);
    }
  }

  private enum State {
    UNSEEN,
    RUNS,
    RUNS_NOT
  }

  private final KubernetesClient client;
  private final RecordStore<Deployment, Seen> store =
      new RecordStore<>(
          Seen::of,
          Seen::resourceVersion,
          (meta, kept) -> {
            meta.setResourceVersion(kept.resourceVersion());
            return new DeploymentBuilder().withMetadata(meta).build();
          },
          meta -> new Deployment(null, null, meta, null, null),
          1);
  private InformerRegistry watches;
  private SharedIndexInformer<Deployment> informer;
  private volatile State state = State.UNSEEN;
  private volatile boolean synced;
  private volatile Runnable onChange = () -> {};

  public CredentialHelperDetector(KubernetesClient client) {
    this.client = client;
  }

  /** Begins to watch it. */
  public void watch(InformerRegistry started) {
    watches = started;
    informer =
        watches.start(
            TOLD,
            true,
            client.apps().deployments().inNamespace(NAMESPACE).withName(NAME),
            store,
            new ResourceEventHandler<>() {
              @Override
              public void onAdd(Deployment added) {
                look();
              }

              @Override
              public void onUpdate(Deployment before, Deployment now) {
                look();
              }

              @Override
              public void onDelete(Deployment gone, boolean finalStateUnknown) {
                look();
              }
            });
    watches.onSync(informer, this::synced);
  }

  /** Returns when it is known whether it runs, or cannot be told for now. */
  public void start(Runnable whenChanged) throws InterruptedException {
    if (watches.awaitSync(informer, SYNC)) {
      synced();
    } else {
      LOG.warn(UNSEEN);
    }
    // Whoever asks from here on sees what has been read; only what comes later is news.
    onChange = whenChanged;
    look();
  }

  private void synced() {
    synced = true;
    look();
  }

  /** What was seen last holds while it can't be read. */
  private synchronized void look() {
    if (!synced) {
      return;
    }
    Seen seen = store.get(NAMESPACE, NAME);
    State now = seen != null && seen.ready() ? State.RUNS : State.RUNS_NOT;
    if (now != state) {
      state = now;
      LOG.info(now == State.RUNS ? RUNS : TOLD + " does not run");
      onChange.run();
    }
  }

  /** It has been seen running. */
  public boolean runs() {
    return state == State.RUNS;
  }

  /** Why the policy stands aside; empty = it does not. */
  public Optional<String> holds(AcrCredentialPolicy policy) {
    if (!ManagedPolicy.isManaged(policy)) {
      return Optional.empty();
    }
    return switch (state) {
      case RUNS -> Optional.of(RUNS);
      case RUNS_NOT -> Optional.empty();
      case UNSEEN -> wasServed(policy) ? Optional.empty() : Optional.of(UNSEEN);
    };
  }

  /** Its status outlives the process: one that was served before is no new beginning. */
  private static boolean wasServed(AcrCredentialPolicy policy) {
    return policy.getStatus() != null
        && policy.getStatus().conditions() != null
        && policy.getStatus().conditions().stream()
            .filter(condition -> condition.getType().equals("Ready"))
            .anyMatch(
                condition -> !condition.getReason().equals(Reason.CredentialHelperRunning.name()));
  }

  /**
   * What to tell the ConfigMap's owner; empty = nothing.
   *
   * @param policy null = it has not been made yet
   */
  Optional<String> advice(AcrCredentialPolicy policy) {
    if (policy != null) {
      return holds(policy);
    }
    return switch (state) {
      case RUNS -> Optional.of(RUNS);
      case RUNS_NOT -> Optional.empty();
      case UNSEEN -> Optional.of(UNSEEN);
    };
  }
}
