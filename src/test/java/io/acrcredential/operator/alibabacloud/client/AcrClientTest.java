// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.acrcredential.operator.Settings.Network;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.Answers;
import io.acrcredential.operator.alibabacloud.ApiInvoker;
import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.alibabacloud.EndpointProbe;
import io.acrcredential.operator.alibabacloud.Endpoints;
import io.acrcredential.operator.alibabacloud.FakeSettings;
import io.acrcredential.operator.endpoint.EndpointClocks;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.ManualTime;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcrClientTest {

  private static final RegistryRef REF = new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-a");
  private static final AccessKey KEY = AccessKey.of("LTAI", "s");

  private static Vertx vertx;

  @BeforeAll
  static void open() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void close() {
    vertx.closeAndAwait();
  }

  private static final class FakeApi implements AcrApi {
    final List<String> urls = new ArrayList<>();
    Uni<Response> answer;

    @Override
    public Uni<Response> enterprise(
        String baseUrl, AccessKey key, String action, String instanceId) {
      urls.add(baseUrl);
      return answer;
    }

    @Override
    public Uni<Response> personalToken(String baseUrl, AccessKey key) {
      throw new AssertionError("another edition");
    }
  }

  /** After a probe during an outage, a cluster must not keep the wrong network. */
  @ParameterizedTest
  @CsvSource({"true, -vpc", "false, ''"})
  void selectsTheNetworkAgainOnlyAfterNoAnswer(boolean silent, String network) throws IOException {
    // given
    FakeSettings settings = new FakeSettings();
    settings.network = Network.AUTO;
    EndpointClocks clocks = new EndpointClocks(new ManualTime(Instant.EPOCH).clock());
    FakeApi api = new FakeApi();
    api.answer =
        silent
            ? Uni.createFrom().failure(new IOException("no route"))
            : Uni.createFrom().item(Answers.of(500, "{}"));
    int port = FreePort.next();
    settings.registry = "http://127.0.0.1:" + port + "/{region}{network}";
    Endpoints endpoints =
        new Endpoints(
            settings,
            FakeSettings.config(Map.of()),
            new ClusterRegion(),
            FakeSettings.sdkEnvironment(Map.of()),
            new EndpointProbe(
                vertx, Duration.ofSeconds(30), host -> EndpointProbe.lookUp(vertx, host)));
    AcrClient client =
        new AcrClient(
            api, endpoints, new ApiInvoker(clocks, new SimpleMeterRegistry(), Runnable::run));

    // when
    ask(client);
    try (ServerSocket back = new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"))) {
      ask(client);

      // then
      assertThat(back.isBound()).isTrue();
      assertThat(api.urls.get(0)).endsWith("/cn-hangzhou");
      assertThat(api.urls.get(1)).endsWith("/cn-hangzhou" + network);
    }
  }

  private static void ask(AcrClient client) {
    assertThat(
            catchThrowableOfType(
                AlibabaCloudException.class,
                () -> client.token(REF, KEY).await().atMost(Duration.ofSeconds(60))))
        .isNotNull();
  }
}
