// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.testkit.MockApiServer;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class HttpLeaseApiTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123456Z");

  private final KubernetesMockServer server = MockApiServer.create();
  private KubernetesClient client;
  private HttpLeaseApi api;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient();
    api = HttpLeaseApi.connect(client, "acr", "operator");
  }

  @AfterEach
  void stop() {
    api.close();
    client.close();
    server.destroy();
  }

  @Test
  void createsRenewsAndReleasesTheLease() {
    // given
    assertThat(api.read(TIMEOUT)).isNull();
    LeaseRecord desired = LeaseRecord.heldBy("pod-1", Duration.ofSeconds(10), null, NOW);

    // when
    LeaseRecord created = api.write(null, desired, TIMEOUT);

    // then
    assertThat(api.read(TIMEOUT)).isEqualTo(created);
    assertThat(lease().getSpec().getHolderIdentity()).isEqualTo("pod-1");
    assertThat(lease().getSpec().getLeaseDurationSeconds()).isEqualTo(10);
    assertThat(lease().getSpec().getRenewTime().toInstant()).isEqualTo(NOW);

    // when
    LeaseRecord renewed =
        api.write(
            created,
            LeaseRecord.heldBy("pod-1", Duration.ofSeconds(10), created, NOW.plusSeconds(2)),
            TIMEOUT);

    // then
    assertThat(renewed.resourceVersion()).isNotEqualTo(created.resourceVersion());
    assertThat(renewed.transitions()).isZero();
    assertThat(lease().getSpec().getAcquireTime().toInstant()).isEqualTo(NOW);
    assertThat(lease().getSpec().getRenewTime().toInstant()).isEqualTo(NOW.plusSeconds(2));

    // when
    api.write(renewed, LeaseRecord.released(renewed, NOW), TIMEOUT);

    // then
    assertThat(api.read(TIMEOUT).isFree()).isTrue();
    assertThat(lease().getSpec().getHolderIdentity()).isNull();
  }

  @Test
  void refusesToOverwriteAnotherVersion() {
    // given
    LeaseRecord mine = LeaseRecord.heldBy("pod-1", Duration.ofSeconds(10), null, NOW);
    LeaseRecord created = api.write(null, mine, TIMEOUT);
    LeaseRecord theirs = LeaseRecord.heldBy("pod-2", Duration.ofSeconds(10), created, NOW);
    api.write(created, theirs, TIMEOUT);

    // then
    assertThatThrownBy(() -> api.write(created, mine, TIMEOUT))
        .isInstanceOf(KubernetesClientException.class);
    assertThatThrownBy(() -> api.write(null, mine, TIMEOUT))
        .isInstanceOf(KubernetesClientException.class)
        .extracting(e -> ((KubernetesClientException) e).getCode())
        .isEqualTo(409);
    assertThat(api.read(TIMEOUT).holder()).isEqualTo("pod-2");
  }

  @Test
  void doesNotRetryARefusedRequest() {
    // given
    String path = "/apis/coordination.k8s.io/v1/namespaces/acr/leases/operator";
    server.expect().get().withPath(path).andReturn(503, "{\"message\": \"starting\"}").always();
    int before = server.getRequestCount();

    // then
    assertThatThrownBy(() -> api.read(TIMEOUT))
        .isInstanceOf(KubernetesClientException.class)
        .extracting(e -> ((KubernetesClientException) e).getCode())
        .isEqualTo(503);
    assertThat(server.getRequestCount() - before).isEqualTo(1);
  }

  @Test
  @Timeout(60)
  void endsARequestThatIsNotAnswered() throws IOException {
    // given a server that accepts connections and says nothing
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Config config =
          new ConfigBuilder(Config.empty())
              .withMasterUrl("http://127.0.0.1:" + silent.getLocalPort())
              .withRequestTimeout((int) Duration.ofHours(1).toMillis())
              .build();
      try (KubernetesClient other = new KubernetesClientBuilder().withConfig(config).build();
          HttpLeaseApi lease = HttpLeaseApi.connect(other, "acr", "operator")) {
        // then
        assertThatThrownBy(() -> lease.read(Duration.ofMillis(300)))
            .isInstanceOf(KubernetesClientException.class);
      }
    }
  }

  private Lease lease() {
    return client.leases().inNamespace("acr").withName("operator").get();
  }
}
