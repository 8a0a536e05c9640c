// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.Answers;
import io.acrcredential.operator.alibabacloud.ApiInvoker;
import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.alibabacloud.Endpoints;
import io.acrcredential.operator.alibabacloud.FakeSettings;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.endpoint.EndpointClocks;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.testkit.ManualTime;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StsClientTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final AccessKey KEY = AccessKey.of("LTAI", "s");
  private static final Identity.Role ROLE =
      new Identity.Role(Identity.OWN, "acs:ram::222:role/pull", null, "session", 3600, null);

  private static Vertx vertx;

  @BeforeAll
  static void open() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void close() {
    vertx.closeAndAwait();
  }

  private final EndpointClocks clocks = new EndpointClocks(new ManualTime(NOW).clock());

  private TemporaryCredentials ask(String expiration) {
    StsApi api =
        new StsApi() {
          @Override
          public Uni<Response> signed(
              String baseUrl, String action, Map<String, String> parameters) {
            return Uni.createFrom().item(answer(expiration));
          }

          @Override
          public Uni<Response> anonymous(
              String baseUrl, Map<String, String> query, MultivaluedMap<String, String> form) {
            throw new AssertionError("not signed");
          }
        };
    Endpoints endpoints =
        new Endpoints(
            new FakeSettings(),
            FakeSettings.config(Map.of()),
            new ClusterRegion(),
            FakeSettings.sdkEnvironment(Map.of()),
            vertx);
    ApiInvoker invoker = new ApiInvoker(clocks, new SimpleMeterRegistry(), Runnable::run);
    return new StsClient(api, endpoints, clocks, invoker)
        .assumeRole(ROLE, null, KEY)
        .await()
        .atMost(Duration.ofSeconds(30));
  }

  private static Response answer(String expiration) {
    return Answers.of(
        200,
        """
        {"RequestId":"R-1","Credentials":{"AccessKeyId":"STS.id","AccessKeySecret":"planted",
         "SecurityToken":"planted","Expiration":"%s"}}\
        """
            .formatted(expiration));
  }

  @Test
  void returnsCredentialsOfOneHour() {
    assertThat(ask("2026-01-01T01:00:00Z").expiresAt()).isEqualTo(NOW.plusSeconds(3_600));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-1000000000-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2025-12-31T23:59:59Z",
        "2026-01-01T00:00:05Z",
        "2026-01-02T00:00:00Z",
        "+1000000000-12-31T23:59:59Z",
        "+1000000001-01-01T00:00:00Z",
        "never"
      })
  void rejectsImplausibleTimesWithTheRequestId(String expiration) {
    // when
    AlibabaCloudException e =
        catchThrowableOfType(AlibabaCloudException.class, () -> ask(expiration));

    // then
    assertThat(e.reason()).isEqualTo(Reason.Unreachable);
    assertThat(e.code()).isEqualTo("InvalidResponse");
    assertThat(e.requestId()).isEqualTo("R-1");
    assertThat(e.getMessage())
        .startsWith("The response to sts:AssumeRole is not usable")
        .doesNotContain("planted");
  }

  @Test
  void measuresTheLifetimeByTheTimeOfTheService() {
    // given
    clocks.observe(URI.create("https://sts.aliyuncs.com"), NOW.plus(Duration.ofHours(3)), NOW);
    clocks.observe(URI.create("https://sts.aliyuncs.com"), NOW.plus(Duration.ofHours(3)), NOW);

    // when, then
    assertThat(ask("2026-01-01T04:00:00Z").expiresAt())
        .as("by the local clock")
        .isBetween("2026-01-01T00:59:58Z", "2026-01-01T01:00:02Z");
    assertThat(catchThrowableOfType(AlibabaCloudException.class, () -> ask("2026-01-01T01:00:00Z")))
        .hasMessageContaining("had expired");
  }
}
