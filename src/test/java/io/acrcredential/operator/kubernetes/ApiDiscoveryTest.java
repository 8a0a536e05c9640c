// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.http.LoopbackServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ApiDiscoveryTest {

  @Test
  void acceptsKubernetes116() {
    assertThat(
            obstacle(
                "v1.16.0",
                200,
                groups("apiextensions.k8s.io=v1,v1beta1", "coordination.k8s.io=v1,v1beta1")))
        .isEmpty();
  }

  @Test
  void namesTheApiThatKubernetes115LacksAndARemedy() {
    assertThat(
            obstacle(
                "v1.15.12",
                200,
                groups("apiextensions.k8s.io=v1beta1", "coordination.k8s.io=v1,v1beta1")))
        .contains(
            "This cluster (Kubernetes v1.15.12) does not serve apiextensions.k8s.io/v1, which"
                + " the operator requires: use Kubernetes 1.16 or newer");
  }

  @Test
  void namesBothApisThatKubernetes111Lacks() {
    assertThat(obstacle("v1.11.2-aliyun.1", 200, groups("apps=v1", "apiextensions.k8s.io=v1beta1")))
        .hasValueSatisfying(
            message ->
                assertThat(message)
                    .contains("Kubernetes v1.11.2-aliyun.1")
                    .contains("apiextensions.k8s.io/v1 and coordination.k8s.io/v1"));
  }

  @Test
  void reportsNoObstacleWithoutAnAnswer() {
    assertThat(obstacle("v1.37.2", 503, "{}")).isEmpty();
    assertThat(obstacle("v1.37.2", 404, "{}")).isEmpty();
    assertThat(obstacle("v1.37.2", 200, groups())).isEmpty();
  }

  private static Optional<String> obstacle(String version, int status, String groups) {
    try (LoopbackServer server =
            LoopbackServer.start(
                0,
                request ->
                    Optional.of(
                        switch (request.target()) {
                          case "/version" -> json(200, "{\"gitVersion\":\"" + version + "\"}");
                          case "/apis" -> json(status, groups);
                          default -> json(404, "{}");
                        }));
        KubernetesClient client =
            new KubernetesClientBuilder()
                .withConfig(
                    new ConfigBuilder(Config.empty())
                        .withMasterUrl("http://" + server.authority())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build()) {
      return new ApiDiscovery(client).obstacle();
    }
  }

  private static LoopbackServer.Response json(int status, String body) {
    return new LoopbackServer.Response(
        status, Map.of("Content-Type", "application/json"), body.getBytes(UTF_8));
  }

  /** The list of API groups, from {@code group=version,version}. */
  private static String groups(String... served) {
    return Stream.of(served)
        .map(group -> group.split("="))
        .map(
            group ->
                "{\"name\":\"%s\",\"versions\":[%s]}"
                    .formatted(
                        group[0],
                        Stream.of(group[1].split(","))
                            .map(
                                version ->
                                    "{\"groupVersion\":\"%s/%s\",\"version\":\"%s\"}"
                                        .formatted(group[0], version, version))
                            .collect(Collectors.joining(","))))
        .collect(
            Collectors.joining(
                ",", "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[", "]}"));
  }
}
