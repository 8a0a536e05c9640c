// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With an API server that never lists anything. */
@Timeout(60)
class ClusterInformersTest {

  private final KubernetesMockServer server = new KubernetesMockServer(false);
  private final InformerRegistry registry = new InformerRegistry();
  private KubernetesClient client;
  private ClusterInformers informers;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient();
    informers = new ClusterInformers(client, registry, new ClusterCache("pull"), null, null, null);
    informers.start();
  }

  @AfterEach
  void stop() {
    registry.close();
    client.close();
    server.destroy();
  }

  private static void lost() {
    throw new IllegalStateException("the Lease is lost");
  }

  @Test
  void stopsWaitingForListsWhenTheLeaseIsLost() {
    assertThatThrownBy(() -> informers.awaitPullSecrets(ClusterInformersTest::lost))
        .hasMessage("the Lease is lost");
    assertThatThrownBy(
            () -> informers.awaitServiceAccounts(() -> false, ClusterInformersTest::lost))
        .hasMessage("the Lease is lost");
    assertThatThrownBy(() -> informers.awaitSync(ClusterInformersTest::lost))
        .hasMessage("the Lease is lost");
  }
}
