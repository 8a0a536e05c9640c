// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.impl.VertxWrapper;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a real API server does with pings, and with a watch from a version that is too old. */
@RequiresRealCluster
class WatchConnectionsIT {

  private final Vertx vertx = Vertx.vertx();
  private OperatorTestEnvironment env;

  @BeforeEach
  void create() {
    env = OperatorTestEnvironment.create();
    env.createNamespace("team", Map.of());
  }

  @AfterEach
  void close() {
    env.close();
    vertx.close();
  }

  @Test
  void pingsAreAnsweredAndAllInformersListAgainOnRequest() {
    // given
    WatchConnections watches = new WatchConnections(Duration.ofMillis(200), Duration.ofSeconds(5));
    try (KubernetesClient client =
            new KubernetesClientBuilder()
                .withConfig(env.client.getConfiguration())
                .withHttpClientFactory(new WatchHttpClientFactory(vertx, watches))
                .build();
        SharedIndexInformer<ConfigMap> informer =
            client.configMaps().inNamespace("team").inform()) {
      Awaits.soon().until(informer::isWatching);

      // then
      Awaits.steady().until(() -> informer.isWatching() && !watches.isAnySilent());

      // when
      watches.listAgain();
      createConfigMap("afterwards");

      // then
      Awaits.soon().until(() -> informer.getStore().getByKey("team/afterwards") != null);
      Awaits.soon().until(informer::isWatching);
      createConfigMap("later");
      Awaits.soon().until(() -> informer.getStore().getByKey("team/later") != null);
      Awaits.soon().until(() -> !watches.isAnySilent());
    }
  }

  /** It honours the preference of a client, although its CPU has instructions for AES. */
  @Test
  void theApiServerChoosesTheCipherThatIsFastWithoutIntrinsics() throws Exception {
    // given
    URI server = URI.create(env.client.getConfiguration().getMasterUrl());
    AtomicReference<HttpClient> created = new AtomicReference<>();
    Vertx observed =
        new VertxWrapper((VertxInternal) vertx) {
          @Override
          public HttpClient createHttpClient(HttpClientOptions options) {
            created.set(delegate.createHttpClient(options));
            return created.get();
          }
        };

    // when
    String cipher;
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(env.client.getConfiguration())
            .withHttpClientFactory(
                new WatchHttpClientFactory(
                    observed, new WatchConnections(Duration.ofHours(1), Duration.ofHours(1))))
            .build()) {
      assertThat(client.getKubernetesVersion().getMajor()).isEqualTo("1");
      cipher =
          created
              .get()
              .request(HttpMethod.GET, server.getPort(), server.getHost(), "/version")
              .map(request -> request.connection().sslSession().getCipherSuite())
              .toCompletionStage()
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
    }

    // then
    assertThat(cipher).isEqualTo("TLS_CHACHA20_POLY1305_SHA256");
  }

  private void createConfigMap(String name) {
    env.client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("team")
                .endMetadata()
                .build())
        .create();
  }
}
