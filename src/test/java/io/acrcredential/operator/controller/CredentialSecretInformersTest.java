// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.testkit.http.LoopbackServer;
import io.acrcredential.operator.testkit.http.LoopbackServer.Response;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CredentialSecretInformersTest {

  private static final String FORBIDDEN =
      """
      {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403}\
      """;

  /** The informers sync under the lock that every policy change needs. */
  @Test
  void doesNotWaitForASecretThatIsForbidden() throws InterruptedException {
    // given
    Response forbidden =
        new Response(403, Map.of("Content-Type", "application/json"), FORBIDDEN.getBytes(UTF_8));
    try (LoopbackServer server = LoopbackServer.start(0, request -> Optional.of(forbidden));
        KubernetesClient client =
            new KubernetesClientBuilder()
                .withConfig(
                    new ConfigBuilder().withMasterUrl("http://" + server.authority()).build())
                .build();
        InformerRegistry registry = new InformerRegistry()) {
      CredentialSecretInformers informers =
          new CredentialSecretInformers(
              client, registry, new CredentialSecretCache(), changed -> {});

      // The first request loads the classes of the client, which is slow.
      assertThatThrownBy(() -> client.namespaces().list())
          .isInstanceOf(KubernetesClientException.class);

      // when
      long start = System.nanoTime();
      informers.watch(List.of(new CredentialSecretCache.Name("kube-system", "theirs")));

      // then
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isLessThan(CredentialSecretInformers.SYNC_TIMEOUT);
    }
  }
}
