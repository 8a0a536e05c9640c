// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.MockApiServer;
import io.acrcredential.operator.testkit.http.BreakableLine;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WatchConnectionsTest {

  private static final String WATCH =
      "/api/v1/secrets?fieldSelector=a%3Db&resourceVersion=71&timeoutSeconds=600&watch=true";

  private final KubernetesMockServer server = MockApiServer.create();
  private final Vertx vertx = Vertx.vertx();
  private KubernetesClient direct;
  private BreakableLine line;

  @BeforeEach
  void start() {
    server.init();
    direct = server.createClient();
    line = BreakableLine.to(URI.create(server.url("/")));
  }

  @AfterEach
  void stop() {
    line.close();
    direct.close();
    server.destroy();
    vertx.close();
  }

  @Test
  void replacesAWatchThatDoesNotAnswer() {
    // given
    WatchConnections watches = new WatchConnections(Duration.ofMillis(300), Duration.ofMillis(300));
    try (KubernetesClient client = client(watches);
        SharedIndexInformer<ConfigMap> informer =
            client.configMaps().inNamespace("team").inform()) {
      Awaits.soon().until(informer::isWatching);
      create("before");
      Awaits.soon().until(() -> informer.getStore().list().size() == 1);

      // when
      int requests = server.getRequestCount();
      assertThat(line.silence()).isPositive();

      // then
      Awaits.soon().until(() -> server.getRequestCount() > requests && informer.isWatching());
      Awaits.soon().until(() -> !watches.isAnySilent());
      create("after");
      Awaits.soon().until(() -> informer.getStore().list().size() == 2);
    }
  }

  @Test
  void keepsAWatchThatAnswersThoughNothingHappens() {
    // given
    WatchConnections watches = new WatchConnections(Duration.ofMillis(50), Duration.ofSeconds(10));
    try (KubernetesClient client = client(watches);
        SharedIndexInformer<ConfigMap> informer =
            client.configMaps().inNamespace("team").inform()) {
      Awaits.soon().until(informer::isWatching);
      int requests = server.getRequestCount();

      // then
      Awaits.steady().until(() -> informer.isWatching() && !watches.isAnySilent());
      assertThat(server.getRequestCount()).as("pings are no requests").isEqualTo(requests);
    }
  }

  @Test
  void makesEachWatchListAgainOnceAfterARestore() {
    // given
    WatchConnections watches = new WatchConnections();
    String later = WATCH.replace("71", "90").replace("600", "500");
    assertThat(watches.uri(WATCH)).isEqualTo(WATCH);
    assertThat(watches.uri(later)).isEqualTo(later);

    // when
    watches.listAgain();

    // then
    assertThat(watches.uri(later)).isEqualTo(later.replace("=90", "=1"));
    assertThat(watches.uri(WATCH)).as("after the list").isEqualTo(WATCH);
    String other = WATCH.replace("secrets", "namespaces");
    assertThat(watches.uri(other)).as("a new watch").isEqualTo(other);
  }

  @Test
  void closesAWatchThatWasRequestedBeforeARestoreAndOpenedAfterIt() {
    // given
    WatchConnections watches = new WatchConnections();
    List<String> calls = new ArrayList<>();
    watches.uri(WATCH);

    // when
    watches.listAgain();
    watches.add(vertx, WATCH, socket(calls));

    // then
    assertThat(calls).contains("close");

    // when it is requested again
    calls.clear();
    watches.add(vertx, watches.uri(WATCH), socket(calls));

    // then
    assertThat(calls).isNotEmpty().doesNotContain("close");
  }

  /** A connection that records what is called. */
  private static WebSocket socket(List<String> calls) {
    return (WebSocket)
        Proxy.newProxyInstance(
            WebSocket.class.getClassLoader(),
            new Class<?>[] {WebSocket.class},
            (proxy, method, arguments) -> {
              calls.add(method.getName());
              return switch (method.getName()) {
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == arguments[0];
                default -> null;
              };
            });
  }

  private KubernetesClient client(WatchConnections watches) {
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("http://" + line.authority())
            .withWatchReconnectInterval(100)
            .build();
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(new WatchHttpClientFactory(vertx, watches))
        .build();
  }

  private void create(String name) {
    direct
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
