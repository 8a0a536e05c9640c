// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.testkit.Awaits;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class AdmissionWebhookTest {

  private static final String POLICIES =
      """
      {"apiVersion":"acrcredential.io/v1alpha1","kind":"AcrCredentialPolicyList",
       "metadata":{"resourceVersion":"1"},"items":[]}""";

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile boolean knowsPolicies;

  private long requestsFor(String resource) {
    return requests.stream().filter(path -> path.endsWith(resource)).count();
  }

  /** Otherwise a new replica lets ServiceAccounts pass without the entry, also with Fail. */
  @Test
  void servesNothingBeforeItKnowsThePolicies() throws Exception {
    // given
    HttpServer api =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    api.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          requests.add(path);
          boolean known = knowsPolicies && path.endsWith("acrcredentialpolicies");
          byte[] body = (known ? POLICIES : "{}").getBytes();
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(known ? 200 : 400, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    api.start();
    Vertx vertx = Vertx.vertx();
    InformerRegistry informers = new InformerRegistry();
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder()
                    .withMasterUrl("http://127.0.0.1:" + api.getAddress().getPort())
                    .build())
            .build()) {

      // when
      new AdmissionWebhook(
              client,
              vertx,
              new WebhookOptions("webhook", "127.0.0.1", 0, "own", "pull", Set.of(), Set.of()),
              name -> null,
              (kind, verb) -> {},
              new WorkQueue<>(System::nanoTime, n -> Duration.ofSeconds(1), WorkItem::namespace),
              new SimpleMeterRegistry(),
              Clock.systemUTC())
          .start(informers);
      Awaits.soon().until(() -> requestsFor("acrcredentialpolicies") >= 2);

      // then
      assertThat(requestsFor("secrets")).isZero();

      // when
      knowsPolicies = true;

      // then
      Awaits.soon().until(() -> requestsFor("secrets") > 0);
    } finally {
      informers.close();
      vertx.close();
      api.stop(0);
    }
  }
}
