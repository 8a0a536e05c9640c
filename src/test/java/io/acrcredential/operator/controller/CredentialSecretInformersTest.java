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

  /** It would be waited for under the lock that every change of a policy needs. */
  @Test
  void aSecretThatMayNotBeReadHoldsNobodyUp() throws InterruptedException {
    // given
    Response forbidden =
        new Response(403, Map.of("Content-Type", "application/json"), FORBIDDEN.getBytes(UTF_8));
    try (LoopbackServer server = LoopbackServer.start(0, request -> Optional.of(forbidden));
        KubernetesClient client =
            new KubernetesClientBuilder()
                .withConfig(
                    new ConfigBuilder().withMasterUrl("http://" + server.authority()).build())
                .build();
        InformerRegistry watches = new InformerRegistry()) {
      CredentialSecretInformers keys =
          new CredentialSecretInformers(
              client, watches, new CredentialSecretCache(), changed -> {});

      // The first request of all loads the client's classes.
      assertThatThrownBy(() -> client.namespaces().list())
          .isInstanceOf(KubernetesClientException.class);

      // when
      long start = System.nanoTime();
      keys.watch(List.of(new CredentialSecretCache.Name("kube-system", "theirs")));

      // then
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isLessThan(CredentialSecretInformers.SYNC);
    }
  }
}
