// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.testkit.Awaits;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CachedNamespaceLabelsTest {

  private final Vertx vertx = Vertx.vertx();
  private final CountDownLatch answered = new CountDownLatch(1);
  private final AtomicInteger requests = new AtomicInteger();

  /** The API server does not answer for a while. */
  private final KubernetesClient client =
      (KubernetesClient)
          Proxy.newProxyInstance(
              KubernetesClient.class.getClassLoader(),
              new Class<?>[] {KubernetesClient.class},
              (proxy, method, arguments) -> {
                requests.incrementAndGet();
                answered.await();
                throw new KubernetesClientException("unavailable");
              });

  private final CachedNamespaceLabels labels =
      new CachedNamespaceLabels(new ClusterCache("pull"), client, vertx);

  @AfterEach
  void stop() {
    answered.countDown();
    vertx.close();
  }

  @Test
  void limitsTheReadsOfInventedNamespaces() {
    // given
    List<Future<Optional<Map<String, String>>>> reads = new ArrayList<>();
    for (int i = 0; i < CachedNamespaceLabels.MAX_READS; i++) {
      reads.add(labels.of("invented-" + i));
    }

    // when
    Future<Optional<Map<String, String>>> unknown = labels.of("one-more");

    // then
    assertThat(unknown.succeeded()).as("answered at once").isTrue();
    assertThat(unknown.result()).isEmpty();
    assertThat(reads).noneMatch(Future::isComplete);

    // when
    answered.countDown();
    Awaits.soon().until(() -> reads.stream().allMatch(Future::succeeded));
    int before = requests.get();
    labels.of("later");

    // then
    Awaits.soon().until(() -> requests.get() == before + 1);
  }
}
