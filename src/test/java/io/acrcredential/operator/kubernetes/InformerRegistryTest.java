// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InformerRegistryTest {

  private final KubernetesMockServer server = new KubernetesMockServer(false);
  private final InformerRegistry registry = new InformerRegistry();
  private KubernetesClient client;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient();
  }

  @AfterEach
  void stop() {
    registry.close();
    client.close();
    server.destroy();
  }

  /** Otherwise who waits until all are synced would ask again and again, and log each time. */
  @Test
  void refusesToWaitOnceClosed() throws InterruptedException {
    // given an API server that answers 404
    SharedIndexInformer<ConfigMap> informer =
        registry.start("ConfigMaps", true, client.configMaps(), null, ChangeHandler.of(() -> {}));
    assertThat(registry.awaitSync(informer, Duration.ofMillis(50))).isFalse();
    assertThat(registry.unavailable()).containsExactly("ConfigMaps");

    // when
    registry.close();

    // then
    assertThatThrownBy(() -> registry.awaitSync(informer, Duration.ofMillis(50)))
        .isInstanceOf(CancellationException.class);
  }
}
