// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

/** What the API server makes of a ServiceAccount does not break the list of all. */
@RequiresRealCluster
class LongNamesIT {

  @Test
  void listsTheOthersAndTheServiceAccountWithALongKey() {
    try (KubeCluster cluster = KubeCluster.start();
        KubernetesClient client = filtering(cluster)) {
      // given
      create(client, "long", "x".repeat(60_000));
      create(client, "normal", "token");

      // then
      assertThat(client.serviceAccounts().inAnyNamespace().list().getItems())
          .extracting(account -> account.getMetadata().getName())
          .contains("long", "normal");
    }
  }

  private static void create(KubernetesClient client, String name, String secret) {
    ServiceAccount account =
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withSecrets(new ObjectReferenceBuilder().withName(secret).build())
            .build();
    // As text: the client refuses to decode a name of this length.
    String path = "/api/v1/namespaces/default/serviceaccounts?fieldManager=tenant";
    String reply = client.raw(path, "POST", account);
    assertThat(reply).contains("k:{\\\"name\\\":\\\"" + secret + "\\\"}");
  }

  private static KubernetesClient filtering(KubeCluster cluster) {
    KubernetesSerialization serialization = new WatchEventSerialization(new ObjectMapper());
    return new KubernetesClientBuilder()
        .withConfig(cluster.client().getConfiguration())
        .withKubernetesSerialization(serialization)
        .withHttpClientBuilderConsumer(
            builder -> builder.addOrReplaceInterceptor("RESPONSE_FILTER", new ResponseFilter()))
        .build();
  }
}
