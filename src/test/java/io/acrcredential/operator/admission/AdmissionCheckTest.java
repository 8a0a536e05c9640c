// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.serviceaccount.AdmissionProbe;
import io.acrcredential.operator.testkit.MockApiServer;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdmissionCheckTest {

  private final KubernetesMockServer server = MockApiServer.create();
  private final ClusterCache cache = new ClusterCache("pull");
  private final PolicyIndex policies = new PolicyIndex();
  private KubernetesClient client;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient();
    policies.put(plan("p", resolvedRegistry("cri-abc", "a.example.com")));
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private void account(String namespace) {
    policies.putNamespace(namespace, Map.of());
    cache.serviceAccounts.put(
        namespace + "/default",
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName("default")
            .withResourceVersion("1")
            .endMetadata()
            .build());
  }

  /** The webhook is not called for it. */
  @Test
  void triesNoNamespaceThatIsLeftOut() throws InterruptedException {
    // given
    AdmissionCheck check =
        new AdmissionCheck(
            client,
            cache,
            policies,
            new AdmissionProbe(client, "pull"),
            new AdmissionState(Set.of("kube-system")),
            new WorkQueue<>(System::nanoTime, n -> Duration.ofSeconds(1), WorkItem::namespace),
            true,
            () -> {});
    account("kube-system");

    // when
    check.run();
    assertThat(server.getRequestCount()).isZero();
    account("team");
    check.run();

    // then
    assertThat(server.getLastRequest().getPath()).contains("/namespaces/team/");
  }
}
