package io.acrcredential.operator.app;

import io.acrcredential.operator.StartException;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.leader.LeaderElection;
import io.acrcredential.operator.leader.LeaseOwnerReference;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.acrcredential.operator.sync.EventRouter;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.token.RefreshSchedule;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.Operator;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * From the start of the process to its end: begin to read, and stand for election; once leading,
 * and everything has been read, write; at the end finish what is being written and give the lease
 * back. Who stands by has read what the one that leads has read, and takes over at once.
 */
@Singleton
final class Lifecycle {

  private static final Logger LOG = Logger.getLogger(Lifecycle.class);

  /** A write takes milliseconds; what takes longer than this is not waited for. */
  private static final Duration DRAIN = Duration.ofMillis(300);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** So many policies get an Event where another installation serves them. */
  private static final long POLICIES_TOLD = 100;

  private final OperatorComponents parts;
  private final Operator operator;
  private final KubernetesClient client;
  private List<SharedIndexInformer<?>> informers = List.of();
  private volatile boolean started;

  /**
   * Before, what the watches tell is only kept in the view. {@link EventRouter#read} takes it from
   * there: whoever was told too early had put it there first.
   */
  private volatile boolean told;

  private volatile boolean stopping;
  private volatile boolean working;

  Lifecycle(OperatorComponents parts, Operator operator, KubernetesClient client) {
    this.parts = parts;
    this.operator = operator;
    this.client = client;
  }

  /** Not at Quarkus' own start: that comes for every command. */
  void start() {
    started = true;
    parts.beginToDetectRegion();
    informers = watch();
    parts.original.watch(parts.watches);
    parts.onLeadership(this::lead, this::lost);
    parts.leadership.start();
  }

  void onStop(@Observes ShutdownEvent event) throws InterruptedException {
    if (!started) {
      return;
    }
    stopping = true;
    parts.tokens.close();
    parts.workers.stop(DRAIN);
    parts.watches.close();
    if (working) {
      operator.stop();
    }
    parts.leadership.close();
    parts.ownership.close();
    parts.timer.shutdownNow();
  }

  /** Whether this process leads and has read everything, so that it serves. */
  boolean working() {
    return working;
  }

  private void lead() {
    try {
      LOG.info("Leading");
      parts.ownership.await(
          time -> TimeUnit.MILLISECONDS.sleep(time.toMillis()), this::publishRefusal);
      parts.ownership.keep(this::ownershipLost);
      told = true;
      parts.state.read();
      parts.tokens.spread(new RefreshSchedule(jitter()));
      awaitWatches();
      parts.original.awaitState(this::originalChanged);
      parts.detectRegion();
      parts.engine.read();
      parts.policies.start(policies());
      operator.start();
      parts.engine.start(parts.original.isRunning());
      parts.workers.start();
      parts.configMap.start(parts.watches);
      working = true;
      LOG.infof(
          "Working: %d policies, %d namespaces, %d ServiceAccounts",
          parts.coverage.plans().size(),
          parts.view.namespaces.size(),
          parts.view.serviceAccounts.size());
      LeaseOwnerReference.claim(client, parts.namespace);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      LOG.error(
          "Could not start: the process ends, so that it is started again", ExceptionText.trace(e));
      Quarkus.asyncExit(1);
    }
  }

  /** Where people look: at the policies, and in this installation's namespace. */
  private void publishRefusal(String why) {
    try {
      List<ObjectReference> about = new ArrayList<>();
      Lease lease =
          client.leases().inNamespace(parts.namespace).withName(LeaderElection.NAME).get();
      if (lease != null) {
        about.add(reference(lease));
      }
      client
          .resources(AcrCredentialPolicy.class)
          .list(new ListOptionsBuilder().withLimit(POLICIES_TOLD).build())
          .getItems()
          .forEach(policy -> about.add(reference(policy)));
      about.stream()
          .map(
              object ->
                  new EventRecorder.EventNote(
                      object, "Warning", Reason.AnotherOperator.name(), why))
          .forEach(parts.events::publish);
    } catch (KubernetesClientException | WriteFence.NotLeadingException e) {
      LOG.warnf("No Event tells of the other operator: %s", ExceptionText.of(e));
    }
  }

  private static ObjectReference reference(HasMetadata object) {
    return new ObjectReferenceBuilder()
        .withApiVersion(object.getApiVersion())
        .withKind(object.getKind())
        .withNamespace(object.getMetadata().getNamespace())
        .withName(object.getMetadata().getName())
        .withUid(object.getMetadata().getUid())
        .build();
  }

  private void ownershipLost(String why) {
    if (!stopping) {
      LOG.errorf("%s The process ends, so that two never write", why);
      Quarkus.asyncExit(1);
    }
  }

  private void originalChanged() {
    parts.policyStatusEvents.now(ConfigMapPolicy.NAME);
    parts.configMap.enqueue();
  }

  private void lost() {
    if (!stopping) {
      LOG.error("The lease is lost: the process ends, so that two never write");
      Quarkus.asyncExit(1);
    }
  }

  private List<AcrCredentialPolicy> policies() {
    try {
      return client.resources(AcrCredentialPolicy.class).list().getItems();
    } catch (KubernetesClientException e) {
      throw new StartException(
          "The AcrCredentialPolicies can't be listed; is the CRD installed, and RBAC? "
              + ExceptionText.of(e),
          e);
    }
  }

  /** Namespaces and pull Secrets first: what a ServiceAccount needs follows from both. */
  private List<SharedIndexInformer<?>> watch() {
    SharedIndexInformer<Namespace> namespaces =
        parts.watches.start(
            "namespaces", true, client.namespaces(), parts.view.namespaces, namespaceEvents());
    SharedIndexInformer<Secret> secrets =
        parts.watches.start(
            "pull Secrets",
            true,
            client
                .secrets()
                .inAnyNamespace()
                .withField("metadata.name", parts.view.pullSecretName()),
            parts.view.pullSecrets,
            secretEvents());
    SharedIndexInformer<ServiceAccount> accounts =
        parts.watches.start(
            "ServiceAccounts",
            true,
            client.serviceAccounts().inAnyNamespace(),
            parts.view.serviceAccounts,
            accountEvents());
    return List.of(namespaces, secrets, accounts);
  }

  private void awaitWatches() throws InterruptedException {
    for (SharedIndexInformer<?> informer : informers) {
      while (!parts.watches.awaitSync(informer, PATIENCE)) {
        LOG.warnf("Still not read: %s", String.join(", ", parts.watches.failing()));
      }
    }
  }

  private ResourceEventHandler<Namespace> namespaceEvents() {
    return new Handler<>() {
      @Override
      void seen(Namespace before, Namespace now) {
        parts.engine.namespace(now.getMetadata().getName());
      }

      @Override
      void gone(Namespace last) {
        parts.engine.namespaceGone(last.getMetadata().getName());
      }
    };
  }

  private ResourceEventHandler<Secret> secretEvents() {
    return new Handler<>() {
      @Override
      void seen(Secret before, Secret now) {
        if (isEcho(before, now)) {
          return;
        }
        parts.engine.pullSecret(now.getMetadata().getNamespace());
      }

      @Override
      void gone(Secret last) {
        parts.engine.pullSecret(last.getMetadata().getNamespace());
      }
    };
  }

  private ResourceEventHandler<ServiceAccount> accountEvents() {
    return new Handler<>() {
      @Override
      void seen(ServiceAccount before, ServiceAccount event) {
        if (isEcho(before, event)) {
          return;
        }
        String namespace = event.getMetadata().getNamespace();
        String name = event.getMetadata().getName();
        // The view may know more than the event: a write of ours that came after it.
        ObservedServiceAccount now = parts.view.serviceAccounts.get(namespace, name);
        if (now == null) {
          return;
        }
        if (before == null) {
          parts.engine.serviceAccountAdded(namespace, name, now);
        } else {
          parts.engine.serviceAccountChanged(
              namespace, name, ObservedServiceAccount.of(before), now);
        }
      }

      @Override
      void gone(ServiceAccount last) {
        parts.engine.serviceAccountGone(
            last.getMetadata().getNamespace(), last.getMetadata().getName());
      }
    };
  }

  /** A write of ours, which the view knows already from the reply. */
  private static boolean isEcho(HasMetadata before, HasMetadata now) {
    return before != null
        && before.getMetadata().getResourceVersion().equals(now.getMetadata().getResourceVersion());
  }

  /** Added and changed are alike, but for what was before. Who does not lead is told nothing. */
  private abstract class Handler<T> implements ResourceEventHandler<T> {
    abstract void seen(T before, T now);

    abstract void gone(T last);

    @Override
    public void onAdd(T added) {
      onUpdate(null, added);
    }

    @Override
    public void onUpdate(T before, T now) {
      if (told) {
        seen(before, now);
      }
    }

    @Override
    public void onDelete(T last, boolean finalStateUnknown) {
      if (told) {
        gone(last);
      }
    }
  }

  /** From the one thing that tells clusters apart: the UID of kube-system. */
  private double jitter() {
    Namespace kubeSystem = client.namespaces().withName("kube-system").get();
    int hash = kubeSystem == null ? 0 : kubeSystem.getMetadata().getUid().hashCode();
    return Math.floorMod(hash, 1000) / 1000.0;
  }
}
