// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.testkit.MockApiServer;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseTakeoverTest {

  private static final String NAMESPACE = "acr-credential-operator";
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final ManualTime time = new ManualTime(START);
  private final KubernetesMockServer server = MockApiServer.create();
  private KubernetesClient client;
  private LeaseTakeover takeover;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient();
    takeover =
        new LeaseTakeover(
            HttpLeaseApi.connect(client, NAMESPACE, LeaderElection.NAME),
            "cleanup-1",
            time.clock(),
            time::nanoTime,
            time.timer());
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  @Test
  void renewsTheLeaseWhileTheWorkLasts() throws InterruptedException {
    // given
    takeover.take(pause -> {});
    assertThat(lease().getLeaseDurationSeconds()).isLessThanOrEqualTo(30);

    // when
    time.advance(Duration.ofMinutes(5));

    // then
    assertThatCode(() -> takeover.permit("Secret", "delete")).doesNotThrowAnyException();
    assertThat(lease().getRenewTime().toInstant())
        .isAfter(time.now().minus(LeaseTakeover.LEASE_DURATION));
  }

  @Test
  void permitsNothingAfterTheLeaseExpired() throws InterruptedException {
    // given
    takeover.take(pause -> {});
    server.expect().get().withPath(path()).andReturn(403, "no more").always();

    // when
    time.advance(LeaseTakeover.LEASE_DURATION.minus(Duration.ofSeconds(2)));

    // then
    assertThatCode(() -> takeover.permit("Secret", "delete")).doesNotThrowAnyException();

    // when
    time.advance(Duration.ofSeconds(2));

    // then
    assertThatThrownBy(() -> takeover.permit("Secret", "delete"))
        .isInstanceOf(NotLeadingException.class);
  }

  @Test
  void doesNotTakeTheLeaseBackFromAnother() throws InterruptedException {
    // given
    takeover.take(pause -> {});
    Edits.edit(
        client.leases().inNamespace(NAMESPACE).withName(LeaderElection.NAME),
        lease -> {
          lease.getSpec().setHolderIdentity("another");
          return lease;
        });

    // when
    time.advance(LeaseTakeover.LEASE_DURATION.dividedBy(2));

    // then
    assertThatThrownBy(() -> takeover.permit("Secret", "delete"))
        .isInstanceOf(NotLeadingException.class);
    assertThat(lease().getHolderIdentity()).isEqualTo("another");
  }

  @Test
  void releasesTheLeaseAndPermitsNothingOnceClosed() throws InterruptedException {
    // given
    takeover.take(pause -> {});

    // when
    takeover.close();
    takeover.close();
    time.advance(Duration.ofMinutes(1));

    // then
    assertThat(lease().getLeaseDurationSeconds()).isEqualTo(1);
    assertThat(lease().getRenewTime().toInstant()).as("not renewed any more").isEqualTo(START);
    assertThatThrownBy(() -> takeover.permit("Secret", "delete"))
        .isInstanceOf(NotLeadingException.class);
    assertThatThrownBy(() -> takeover.take(pause -> {})).isInstanceOf(NotLeadingException.class);
  }

  private LeaseSpec lease() {
    return client.leases().inNamespace(NAMESPACE).withName(LeaderElection.NAME).get().getSpec();
  }

  private static String path() {
    return "/apis/coordination.k8s.io/v1/namespaces/"
        + NAMESPACE
        + "/leases/"
        + LeaderElection.NAME;
  }
}
