// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.testkit.http.LoopbackServer;
import io.acrcredential.operator.testkit.http.LoopbackServer.Response;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CredentialSecretInformersTest {

  private static final String FORBIDDEN =
      """
      {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403}\
      """;

  /** The informers sync under the lock that every policy change needs. */
  @Test
  @Timeout(120)
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
              client, registry, new CredentialSecretCache(), changed -> {}, Duration.ofHours(1));

      // then it returns at once
      informers.watch(List.of(new CredentialSecretCache.Name("kube-system", "theirs")));
    }
  }
}
