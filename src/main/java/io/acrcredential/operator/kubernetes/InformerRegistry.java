package io.acrcredential.operator.kubernetes;

import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * The informers of this process. One that may not read yet keeps trying: a right that is missing is
 * told by readiness and the log, and heals when it is granted.
 */
public final class InformerRegistry implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(InformerRegistry.class);

  /** Who keeps whole objects watches one by its name. */
  private static final long PAGE = 50;

  private record RegisteredInformer(
      String what,
      boolean vital,
      SharedIndexInformer<?> informer,
      CompletionStage<Void> synced,
      CompletableFuture<Void> answered) {}

  private final List<RegisteredInformer> watches = new CopyOnWriteArrayList<>();

  /**
   * Starts a watch.
   *
   * @param what is watched, for the log
   * @param vital whether the operator is not ready without it; a Secret that one policy names
   *     wrongly is that policy's trouble alone
   * @param store where it keeps what it sees; null = whole objects, in memory
   */
  public <T extends HasMetadata> SharedIndexInformer<T> start(
      String what,
      boolean vital,
      Informable<T> of,
      RecordStore<T, ?> store,
      ResourceEventHandler<T> handler) {
    long page = store == null ? PAGE : store.page();
    SharedIndexInformer<T> informer = of.withLimit(page).runnableInformer(0);
    if (store != null) {
      informer.removeNamespaceIndex();
      informer.itemStore(store);
    }
    informer.addEventHandler(handler);
    CompletableFuture<Void> answered = new CompletableFuture<>();
    informer.exceptionHandler(
        (started, failure) -> {
          answered.complete(null);
          LOG.warnf("Watching %s failed and is tried again: %s", what, ExceptionText.of(failure));
          return true;
        });
    CompletionStage<Void> synced = informer.start();
    synced.thenRun(() -> answered.complete(null));
    watches.add(new RegisteredInformer(what, vital, informer, synced, answered));
    return informer;
  }

  /** Ends this watch. */
  public void stop(SharedIndexInformer<?> informer) {
    watches.removeIf(watch -> watch.informer() == informer);
    informer.stop();
  }

  /** Waits until the informer has read what is there; answers whether it has, after so long. */
  public boolean awaitSync(SharedIndexInformer<?> informer, Duration most)
      throws InterruptedException {
    for (RegisteredInformer watch : watches) {
      if (watch.informer() == informer) {
        return awaitSync(watch, most);
      }
    }
    return false;
  }

  /** Waits until the informer has read what is there, or may not, at most so long. */
  public void awaitAnswer(SharedIndexInformer<?> informer, Duration most)
      throws InterruptedException {
    for (RegisteredInformer watch : watches) {
      if (watch.informer() == informer) {
        await(watch.answered(), most);
      }
    }
  }

  /** Runs this once the informer has read what is there. */
  public void onSync(SharedIndexInformer<?> informer, Runnable then) {
    watches.stream()
        .filter(watch -> watch.informer() == informer)
        .forEach(watch -> watch.synced().thenRun(then));
  }

  private static boolean awaitSync(RegisteredInformer watch, Duration most)
      throws InterruptedException {
    return await(watch.synced(), most) || watch.informer().hasSynced();
  }

  private static boolean await(CompletionStage<Void> stage, Duration most)
      throws InterruptedException {
    try {
      stage.toCompletableFuture().get(most.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    }
  }

  /** What is vital and not being watched at the moment. */
  public List<String> failing() {
    return watches.stream()
        .filter(RegisteredInformer::vital)
        .filter(watch -> !watch.informer().hasSynced() || !watch.informer().isWatching())
        .map(RegisteredInformer::what)
        .toList();
  }

  @Override
  public void close() {
    watches.forEach(watch -> watch.informer().stop());
    watches.clear();
  }
}
