// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * The informers of namespaces, pull Secrets and ServiceAccounts. They fill the {@link ClusterCache}
 * from the start of the process and deliver events only while this process leads.
 */
public final class ClusterInformers {

  private static final Logger LOG = Logger.getLogger(ClusterInformers.class);
  private static final Duration WARN_AFTER = Duration.ofSeconds(10);

  /** A page of a list takes about that long. */
  private static final Duration PAGE_INTERVAL = Duration.ofMillis(10);

  private final KubernetesClient client;
  private final InformerRegistry registry;
  private final ClusterCache cache;
  private final NamespaceEventHandler namespaceEvents;
  private final PullSecretEventHandler pullSecretEvents;
  private final ServiceAccountEventHandler serviceAccountEvents;
  private SharedIndexInformer<Namespace> namespaces;
  private SharedIndexInformer<Secret> pullSecrets;
  private SharedIndexInformer<ServiceAccount> serviceAccounts;
  private volatile boolean indexing;
  private volatile boolean delivering;

  public ClusterInformers(
      KubernetesClient client,
      InformerRegistry registry,
      ClusterCache cache,
      NamespaceEventHandler namespaceEvents,
      PullSecretEventHandler pullSecretEvents,
      ServiceAccountEventHandler serviceAccountEvents) {
    this.client = client;
    this.registry = registry;
    this.cache = cache;
    this.namespaceEvents = namespaceEvents;
    this.pullSecretEvents = pullSecretEvents;
    this.serviceAccountEvents = serviceAccountEvents;
  }

  /** Starts to list and watch all three at once. */
  public void start() {
    namespaces =
        registry.start(
            "namespaces",
            true,
            client.namespaces(),
            cache.namespaces,
            new Gate<>(namespaceEvents, () -> indexing));
    pullSecrets =
        registry.start(
            "pull Secrets",
            true,
            client.secrets().inAnyNamespace().withField("metadata.name", cache.pullSecretName()),
            cache.pullSecrets,
            new Gate<>(ignoringEchoes(pullSecretEvents), () -> delivering));
    serviceAccounts =
        registry.start(
            "ServiceAccounts",
            true,
            client.serviceAccounts().inAnyNamespace(),
            cache.serviceAccounts,
            new Gate<>(ignoringEchoes(serviceAccountEvents), () -> delivering));
  }

  /**
   * Delivers events from now on. Earlier ones are in the cache, from which {@link InitialSync}
   * takes them.
   */
  public void deliverEvents() {
    indexing = true;
    delivering = true;
  }

  /**
   * Delivers no events of pull Secrets and ServiceAccounts until {@link #deliverEvents}: the writes
   * of another leader are not drift. The namespaces in the index stay current.
   */
  public void holdEvents() {
    delivering = false;
  }

  /**
   * Waits until all pull Secrets are in the cache, however long that takes.
   *
   * @param check is run again and again, and ends the wait by an exception
   * @throws java.util.concurrent.CancellationException if the informers are stopped
   */
  public void awaitPullSecrets(Runnable check) throws InterruptedException {
    awaitSync(pullSecrets, () -> false, check);
  }

  /**
   * Waits until some of the ServiceAccounts are in the cache, or all.
   *
   * @param enough whether those in the cache suffice
   * @param check is run again and again, and ends the wait by an exception
   * @throws java.util.concurrent.CancellationException if the informers are stopped
   */
  public void awaitServiceAccounts(BooleanSupplier enough, Runnable check)
      throws InterruptedException {
    awaitSync(serviceAccounts, enough, check);
  }

  /**
   * Waits until all caches are filled, however long that takes.
   *
   * @param check is run again and again, and ends the wait by an exception
   * @throws java.util.concurrent.CancellationException if the informers are stopped
   */
  public void awaitSync(Runnable check) throws InterruptedException {
    awaitSync(namespaces, () -> false, check);
    awaitSync(pullSecrets, () -> false, check);
    awaitSync(serviceAccounts, () -> false, check);
  }

  /** Whether all caches are filled. */
  public boolean hasSynced() {
    return namespaces.hasSynced() && pullSecrets.hasSynced() && serviceAccounts.hasSynced();
  }

  private void awaitSync(SharedIndexInformer<?> informer, BooleanSupplier enough, Runnable check)
      throws InterruptedException {
    long warned = System.nanoTime();
    while (!enough.getAsBoolean() && !registry.awaitSync(informer, PAGE_INTERVAL)) {
      check.run();
      if (System.nanoTime() - warned > WARN_AFTER.toNanos()) {
        LOG.warnf("Still not synced: %s", String.join(", ", registry.unavailable()));
        warned = System.nanoTime();
      }
    }
  }

  /** Drops the echo of our own writes: the cache has them from the reply already. */
  private static <T extends HasMetadata> ObjectEventHandler<T> ignoringEchoes(
      ObjectEventHandler<T> handler) {
    return new ObjectEventHandler<>() {
      @Override
      public void onChanged(T before, T now) {
        if (before == null || !version(before).equals(version(now))) {
          handler.onChanged(before, now);
        }
      }

      @Override
      public void onDeleted(T last) {
        handler.onDeleted(last);
      }
    };
  }

  private static String version(HasMetadata object) {
    return object.getMetadata().getResourceVersion();
  }

  /**
   * Closed while this process does not lead. T has no bound, because Quarkus registers the bound
   * and all its implementations for reflection: with HasMetadata each kind of the client, needed or
   * not.
   */
  private static final class Gate<T> implements ResourceEventHandler<T> {
    private final ObjectEventHandler<T> handler;
    private final BooleanSupplier open;

    Gate(ObjectEventHandler<T> handler, BooleanSupplier open) {
      this.handler = handler;
      this.open = open;
    }

    @Override
    public void onAdd(T added) {
      onUpdate(null, added);
    }

    @Override
    public void onUpdate(T before, T now) {
      if (open.getAsBoolean()) {
        handler.onChanged(before, now);
      }
    }

    @Override
    public void onDelete(T last, boolean finalStateUnknown) {
      if (open.getAsBoolean()) {
        handler.onDeleted(last);
      }
    }
  }
}
