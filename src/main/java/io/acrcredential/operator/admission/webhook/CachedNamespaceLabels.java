// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.ClusterCache.ObservedNamespace;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * Labels from the cache of the namespaces. One that the cache does not have yet was created a
 * moment ago and is read from the API server, as the API server's own admission plugins do: the
 * first ServiceAccount of a namespace often follows within milliseconds.
 */
public final class CachedNamespaceLabels implements NamespaceLabels {

  private static final Logger LOG = Logger.getLogger(CachedNamespaceLabels.class);

  /** Limits what callers who invent namespaces cost the API server. */
  private static final int PARALLEL_READS = 4;

  /** Above this number, a namespace that the cache does not have counts as unknown. */
  static final int MAX_READS = 64;

  private static final long WARN_AFTER_SECONDS = 2;

  private final ClusterCache cache;
  private final KubernetesClient client;
  private final WorkerExecutor readers;

  /** The reads that wait or run. */
  private final AtomicInteger reads = new AtomicInteger();

  public CachedNamespaceLabels(ClusterCache cache, KubernetesClient client, Vertx vertx) {
    this.cache = cache;
    this.client = client;
    this.readers =
        vertx.createSharedWorkerExecutor(
            "admission-webhook", PARALLEL_READS, WARN_AFTER_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public Future<Optional<Map<String, String>>> of(String namespace) {
    ObservedNamespace known = cache.namespaces.get("", namespace);
    return known == null ? read(namespace) : Future.succeededFuture(Optional.of(known.labels()));
  }

  private Future<Optional<Map<String, String>>> read(String namespace) {
    if (reads.incrementAndGet() > MAX_READS) {
      reads.decrementAndGet();
      return Future.succeededFuture(Optional.empty());
    }
    return readers
        .executeBlocking(() -> readNow(namespace), false)
        .onComplete(done -> reads.decrementAndGet());
  }

  private Optional<Map<String, String>> readNow(String name) {
    try {
      Namespace namespace = client.namespaces().withName(name).get();
      return Optional.ofNullable(namespace)
          .map(found -> Optional.ofNullable(found.getMetadata().getLabels()).orElse(Map.of()));
    } catch (KubernetesClientException e) {
      LOG.debugf("The webhook could not read a namespace: %s", ExceptionText.of(e));
      return Optional.empty();
    }
  }
}
