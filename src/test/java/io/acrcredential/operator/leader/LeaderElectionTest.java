// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.ManualTime;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.ServerRequest;
import io.fabric8.mockwebserver.ServerResponse;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaderElectionTest {

  private static final String NAMESPACE = "acr-credential-operator";

  private final Map<ServerRequest, Queue<ServerResponse>> answers = new ConcurrentHashMap<>();
  private final KubernetesMockServer server =
      new KubernetesMockServer(
          new Context(Serialization.jsonMapper()),
          new MockWebServer(),
          answers,
          new KubernetesMixedDispatcher(answers),
          false);
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final ManualTime time = new ManualTime(Clock.systemUTC().instant());
  private KubernetesClient client;
  private LeaseTakeover cleanup;
  private LeaderElection operator;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient();
    cleanup =
        new LeaseTakeover(
            client,
            NAMESPACE,
            LeaseTakeover.CLEANUP_PREFIX + "1",
            time.clock(),
            time::nanoTime,
            time.timer());
    operator =
        new LeaderElection(
            client,
            NAMESPACE,
            "operator-1",
            System::nanoTime,
            new SimpleMeterRegistry(),
            executor,
            () -> {},
            () -> {});
  }

  @AfterEach
  void stop() {
    operator.close();
    executor.shutdownNow();
    client.close();
    server.destroy();
  }

  @Test
  void reportsWhyItIsStandbyDuringCleanup() throws InterruptedException {
    // given
    cleanup.take(pause -> {});

    // when
    operator.start();

    // then
    Awaits.soon()
        .untilAsserted(
            () ->
                assertThat(operator.standbyReason().orElse(""))
                    .contains("cleanup-1", NAMESPACE + "/acr-credential-operator", "5 minutes"));

    // when
    cleanup.close();

    // then
    Awaits.soon().until(operator::isLeading);
    assertThat(operator.standbyReason()).isEmpty();
  }
}
