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
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseTakeoverTest {

  private static final String NAMESPACE = "acr-credential-operator";
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final ManualTime time = new ManualTime(START);
  private final KubernetesMockServer server = MockApiServer.create();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicInteger repliesLost = new AtomicInteger();
  private KubernetesClient client;
  private LeaseTakeover takeover;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient();
    takeover =
        new LeaseTakeover(
            lossy(HttpLeaseApi.connect(client, NAMESPACE, LeaderElection.NAME)),
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

  @Test
  void repeatsRequestsWithoutAReply() throws InterruptedException {
    // given
    unanswered.set(2);

    // when
    takeover.take(pause -> {});

    // then
    assertThat(lease().getHolderIdentity()).isEqualTo("cleanup-1");

    // given
    unanswered.set(2);

    // when
    takeover.close();

    // then
    assertThat(lease().getLeaseDurationSeconds()).isEqualTo(1);
  }

  @Test
  void waitsForTheHolderOfALeaseWhoseWriteGotNoReply() throws InterruptedException {
    // given
    repliesLost.set(1);
    List<Duration> pauses = new ArrayList<>();

    // when
    takeover.take(pauses::add);

    // then nobody knows any more whether it was free
    assertThat(pauses).containsExactly(LeaderElection.LEASE_DURATION);
    assertThatCode(() -> takeover.permit("Secret", "delete")).doesNotThrowAnyException();
  }

  @Test
  void givesUpIfNoRequestIsAnswered() {
    // given
    unanswered.set(100);

    // when, then
    assertThatThrownBy(() -> takeover.take(pause -> {}))
        .isInstanceOf(KubernetesClientException.class);
    assertThat(unanswered).hasValue(97);
  }

  private LeaseSpec lease() {
    return client.leases().inNamespace(NAMESPACE).withName(LeaderElection.NAME).get().getSpec();
  }

  /** Loses the next {@link #unanswered} requests and the replies to {@link #repliesLost} writes. */
  private LeaseApi lossy(LeaseApi api) {
    return new LeaseApi() {

      @Override
      public LeaseRecord read(Duration timeout) {
        lose(unanswered);
        return api.read(timeout);
      }

      @Override
      public LeaseRecord write(LeaseRecord current, LeaseRecord desired, Duration timeout) {
        lose(unanswered);
        LeaseRecord written = api.write(current, desired, timeout);
        lose(repliesLost);
        return written;
      }

      @Override
      public void close() {
        api.close();
      }
    };
  }

  private static void lose(AtomicInteger count) {
    if (count.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new KubernetesClientException("no response from the API server in time");
    }
  }

  private static String path() {
    return "/apis/coordination.k8s.io/v1/namespaces/"
        + NAMESPACE
        + "/leases/"
        + LeaderElection.NAME;
  }
}
