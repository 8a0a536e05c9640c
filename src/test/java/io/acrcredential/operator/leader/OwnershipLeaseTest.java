// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.testkit.MockApiServer;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OwnershipLeaseTest {

  private static final String PULL_SECRET = "pull";
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final ManualTime time = new ManualTime(START);
  private final KubernetesMockServer server = MockApiServer.create();
  private final List<String> messages = new ArrayList<>();
  private KubernetesClient client;
  private OwnershipLease first;
  private OwnershipLease second;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient();
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName("first").endMetadata().build())
        .create();
    first = installation("first");
    second = installation("second");
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  @Test
  void permitsOneInstallationToWrite() {
    // when
    assertThat(first.claim()).isEmpty();
    assertThat(second.claim()).contains("first");

    // then
    assertThatCode(first::permit).doesNotThrowAnyException();
    assertThatThrownBy(second::permit).isInstanceOf(NotLeadingException.class);
    assertThat(lease().getSpec().getHolderIdentity()).isEqualTo("first");
    assertThat(lease().getMetadata().getOwnerReferences())
        .extracting(OwnerReference::getKind, OwnerReference::getName)
        .as("the garbage collector deletes it with the installation")
        .containsExactly(org.assertj.core.groups.Tuple.tuple("Namespace", "first"));
  }

  @Test
  void permitsInstallationsWithDifferentPullSecretNames() {
    // given
    OwnershipLease other = installation("second", "another-name");

    // when
    assertThat(first.claim()).isEmpty();

    // then
    assertThat(other.claim()).isEmpty();
  }

  @Test
  void permitsTheNextProcessOfTheInstallationAtOnce() {
    // given
    first.claim();
    first.close();

    // then
    assertThat(installation("first").claim()).isEmpty();
  }

  @Test
  void neverTakesALeaseThatIsRenewed() {
    // given
    first.claim();
    first.keepRenewing(messages::add);

    // when
    for (int minutes = 0; minutes < 30; minutes++) {
      time.advance(Duration.ofMinutes(1));
      assertThat(second.claim()).contains("first");
    }

    // then
    assertThatCode(first::permit).doesNotThrowAnyException();
    assertThat(messages).isEmpty();
  }

  @Test
  void takesAnExpiredLeaseAfterTheLastWriteOfItsHolder() {
    // given
    first.claim();
    second.claim();

    // when
    time.advance(OwnershipLease.LEASE_DURATION.minusSeconds(1));

    // then
    assertThat(second.claim()).contains("first");
    assertThatThrownBy(first::permit).isInstanceOf(NotLeadingException.class);

    // when
    time.advance(Duration.ofSeconds(1));

    // then
    assertThat(second.claim()).isEmpty();
    assertThatCode(second::permit).doesNotThrowAnyException();
    assertThat(first.claim()).as("its process is back").contains("second");
    assertThat(lease().getMetadata().getOwnerReferences()).as("of the one before").isEmpty();
  }

  @Test
  void takesALongExpiredLeaseAtOnce() {
    // given
    first.claim();
    time.advance(Duration.ofHours(25));

    // then
    assertThat(second.claim()).isEmpty();
  }

  @Test
  void ignoresTheClockOfAHolderThatRenews() {
    // given
    ManualTime behind = new ManualTime(START.minus(Duration.ofHours(14)));
    OwnershipLease slow =
        new OwnershipLease(
            client, PULL_SECRET, "slow", behind.clock(), behind::nanoTime, behind.timer());
    slow.claim();

    // then
    for (int minutes = 0; minutes < 10; minutes++) {
      assertThat(second.claim()).contains("slow");
      time.advance(Duration.ofMinutes(1));
      behind.advance(Duration.ofMinutes(1));
      slow.claim();
    }
  }

  @Test
  void reportsALostLeaseAndPermitsNothing() {
    // given
    first.claim();
    first.keepRenewing(messages::add);
    Edits.edit(
        client.leases().inNamespace("kube-system").withName("pull-owner"),
        lease -> {
          lease.getSpec().setHolderIdentity("second");
          return lease;
        });

    // when
    time.advance(OwnershipLease.RENEW_PERIOD);

    // then
    assertThatThrownBy(first::permit).isInstanceOf(NotLeadingException.class);
    assertThat(messages).singleElement().asString().contains("namespace second", "uninstall one");
    assertThat(first.obstacle()).contains(messages.get(0));
    assertThat(lease().getSpec().getHolderIdentity()).isEqualTo("second");
  }

  @Test
  void reportsARefusalOnceAndTakesTheReleasedLease() throws InterruptedException {
    // given
    first.claim();
    int[] pauses = {0};

    // when
    second.awaitOwnership(
        pause -> {
          time.advance(pause);
          if (++pauses[0] == 3) {
            assertThat(second.obstacle()).contains(messages.get(0));
            first.release();
          }
        },
        messages::add);

    // then
    assertThat(messages)
        .singleElement()
        .asString()
        .contains("namespace first", "kube-system/pull-owner", "namespace second");
    assertThat(second.obstacle()).isEmpty();
    assertThatCode(second::permit).doesNotThrowAnyException();
    assertThatThrownBy(first::permit).isInstanceOf(NotLeadingException.class);
  }

  @Test
  void doesNotReleaseTheLeaseOfAnotherInstallation() {
    // given
    first.claim();

    // when
    second.release();

    // then
    assertThat(lease().getSpec().getHolderIdentity()).isEqualTo("first");
  }

  @Test
  void doesNotRenewAReleasedLease() {
    // given
    first.claim();
    first.keepRenewing(messages::add);

    // when
    first.release();
    time.advance(OwnershipLease.RENEW_PERIOD);

    // then
    assertThat(lease()).isNull();
  }

  @Test
  void reportsAMissingRbacRuleAndRetries() throws InterruptedException {
    // given
    server.expect().get().withPath(path()).andReturn(403, "no").times(2);

    // when
    first.awaitOwnership(
        pause -> {
          assertThat(first.obstacle().orElseThrow()).contains("403", "rbac.yaml");
          assertThat(pause).as("a new leader writes nothing yet").isLessThan(Duration.ofSeconds(3));
          assertThatThrownBy(first::permit).isInstanceOf(NotLeadingException.class);
        },
        messages::add);

    // then
    assertThat(messages).isEmpty();
    assertThatCode(first::permit).doesNotThrowAnyException();
  }

  private OwnershipLease installation(String namespace) {
    return installation(namespace, PULL_SECRET);
  }

  private OwnershipLease installation(String namespace, String pullSecretName) {
    return new OwnershipLease(
        client, pullSecretName, namespace, time.clock(), time::nanoTime, time.timer());
  }

  private Lease lease() {
    return client.leases().inNamespace("kube-system").withName("pull-owner").get();
  }

  private static String path() {
    return "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/pull-owner";
  }
}
