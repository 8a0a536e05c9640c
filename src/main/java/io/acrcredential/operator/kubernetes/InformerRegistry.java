// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * The informers of this process. An informer whose requests are refused retries: readiness and the
 * log report a missing RBAC rule, and the informer starts once the rule exists.
 */
public final class InformerRegistry implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(InformerRegistry.class);

  /** The page size of informers without a store, which select a single object by its name. */
  private static final long PAGE_SIZE = 50;

  private record RegisteredInformer(
      String description,
      boolean required,
      SharedIndexInformer<?> informer,
      CompletionStage<Void> synced,
      CompletableFuture<Void> firstResult) {}

  private final List<RegisteredInformer> informers = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  /**
   * Starts an informer.
   *
   * @param description what it watches, for the log
   * @param required whether the operator is not ready without it. A Secret to which a single policy
   *     refers affects that policy alone
   * @param resources the objects to watch
   * @param store its cache; null = whole objects in memory
   */
  public <T extends HasMetadata> SharedIndexInformer<T> start(
      String description,
      boolean required,
      Informable<T> resources,
      RecordStore<T, ?> store,
      ResourceEventHandler<T> handler) {
    long pageSize = store == null ? PAGE_SIZE : store.pageSize();
    SharedIndexInformer<T> informer = resources.withLimit(pageSize).runnableInformer(0);
    if (store != null) {
      informer.removeNamespaceIndex();
      informer.itemStore(store);
    }
    informer.addEventHandler(handler);
    CompletableFuture<Void> firstResult = new CompletableFuture<>();
    informer.exceptionHandler(
        (started, failure) -> {
          firstResult.complete(null);
          LOG.warnf(
              "Watching %s failed and is retried: %s", description, ExceptionText.of(failure));
          return true;
        });
    CompletionStage<Void> synced = informer.start();
    synced.thenRun(
        () -> {
          if (store != null) {
            store.endFirstList();
          }
          firstResult.complete(null);
        });
    informers.add(new RegisteredInformer(description, required, informer, synced, firstResult));
    return informer;
  }

  /** Stops the informer. */
  public void stop(SharedIndexInformer<?> informer) {
    informers.removeIf(registered -> registered.informer() == informer);
    informer.stop();
  }

  /**
   * Waits until the informer has synced; returns false after the timeout.
   *
   * @throws CancellationException if the registry is closed: the informer never syncs
   */
  public boolean awaitSync(SharedIndexInformer<?> informer, Duration timeout)
      throws InterruptedException {
    if (closed) {
      throw new CancellationException("the informers are stopped");
    }
    for (RegisteredInformer registered : informers) {
      if (registered.informer() == informer) {
        return awaitSync(registered, timeout);
      }
    }
    return false;
  }

  /** Waits until the informer has synced or has failed for the first time, or for the timeout. */
  public void awaitFirstResult(SharedIndexInformer<?> informer, Duration timeout)
      throws InterruptedException {
    for (RegisteredInformer registered : informers) {
      if (registered.informer() == informer) {
        await(registered.firstResult(), timeout);
      }
    }
  }

  /** Runs the action once the informer has synced. */
  public void onSync(SharedIndexInformer<?> informer, Runnable action) {
    informers.stream()
        .filter(registered -> registered.informer() == informer)
        .forEach(registered -> registered.synced().thenRun(action));
  }

  private static boolean awaitSync(RegisteredInformer registered, Duration timeout)
      throws InterruptedException {
    return await(registered.synced(), timeout) || registered.informer().hasSynced();
  }

  private static boolean await(CompletionStage<Void> stage, Duration timeout)
      throws InterruptedException {
    try {
      stage.toCompletableFuture().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    }
  }

  /** The descriptions of the required informers that have not synced or are not watching. */
  public List<String> unavailable() {
    return informers.stream()
        .filter(RegisteredInformer::required)
        .filter(
            registered -> !registered.informer().hasSynced() || !registered.informer().isWatching())
        .map(RegisteredInformer::description)
        .toList();
  }

  @Override
  public void close() {
    closed = true;
    informers.forEach(registered -> registered.informer().stop());
    informers.clear();
  }
}
