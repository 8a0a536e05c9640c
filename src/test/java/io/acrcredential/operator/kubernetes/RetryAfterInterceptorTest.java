// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.testkit.http.LoopbackServer;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterInterceptorTest {

  /** API Priority and Fairness answers with plain text and the header. */
  @ParameterizedTest
  @CsvSource({"429, 2, 2", "429, '', 1", "429, soon, 1", "429, 999999999, 60", "503, 2, 0"})
  void sendsARefusedWriteOnceAndReportsTheDelay(int status, String header, long seconds) {
    AtomicInteger requests = new AtomicInteger();
    List<Duration> reported = new ArrayList<>();
    RetryAfterInterceptor retryAfter = new RetryAfterInterceptor();
    retryAfter.onRetryAfter(reported::add);
    try (LoopbackServer server =
            LoopbackServer.start(
                0,
                request -> {
                  requests.incrementAndGet();
                  return Optional.of(refusal(status, header));
                });
        KubernetesClient client =
            new KubernetesClientBuilder()
                .withConfig(
                    new ConfigBuilder(Config.empty())
                        .withMasterUrl("http://" + server.authority())
                        .build())
                .withHttpClientBuilderConsumer(
                    builder -> builder.addOrReplaceInterceptor("RETRY_AFTER", retryAfter))
                .build()) {
      // given
      var secret =
          RetryAfterInterceptor.withoutRetries(client)
              .secrets()
              .inNamespace("ns")
              .resource(new SecretBuilder().withNewMetadata().withName("s").endMetadata().build());

      // when
      assertThatThrownBy(secret::create)
          .isInstanceOfSatisfying(
              KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(status));

      // then
      assertThat(requests).hasValue(1);
      assertThat(reported)
          .isEqualTo(seconds == 0 ? List.of() : List.of(Duration.ofSeconds(seconds)));
    }
  }

  private static LoopbackServer.Response refusal(int status, String header) {
    return new LoopbackServer.Response(
        status,
        header.isEmpty() ? Map.of() : Map.of("Retry-After", header),
        "Too many requests, please try again later.".getBytes(UTF_8));
  }
}
