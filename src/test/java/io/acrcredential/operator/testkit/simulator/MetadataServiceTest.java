// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aliyun.cr20181201.models.GetAuthorizationTokenRequest;
import com.aliyun.credentials.exception.CredentialException;
import com.aliyun.credentials.models.CredentialModel;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MetadataServiceTest {

  private static final String ROLE = "acs:ram::1001:role/KubernetesWorkerRole-x";
  private static final String ROLES = "/latest/meta-data/ram/security-credentials/";
  private static final String TTL = "X-aliyun-ecs-metadata-token-ttl-seconds";
  private static final String TOKEN = "X-aliyun-ecs-metadata-token";

  private final AcrSimulator acr =
      AcrSimulator.start(
          c ->
              c.account("1001")
                  .enterprise("cri-abc", "cn-hangzhou", "acme")
                  .metadata("cn-hangzhou")
                  .metadataRole(ROLE));

  @AfterEach
  void stop() {
    acr.close();
  }

  @ParameterizedTest
  @EnumSource(MetadataMode.class)
  void servesTheOfficialSdk(MetadataMode mode) throws Exception {
    // given
    acr.metadataMode(mode);
    // when
    var key = of(Sdks.ofInstance(acr.metadataEndpoint(), false));
    var token =
        Sdks.enterprise(acr.endpoint("cn-hangzhou"), key)
            .getAuthorizationToken(new GetAuthorizationTokenRequest().setInstanceId("cri-abc"))
            .getBody()
            .authorizationToken;
    // then
    assertThat(acr.token("cr_temp_user", token).orElseThrow().accountUid()).isEqualTo("1001");
    assertThat(acr.count("/latest/api/token", "success") > 0)
        .isEqualTo(mode == MetadataMode.BOTH || mode == MetadataMode.HARDENED_ONLY);
  }

  @ParameterizedTest
  @CsvSource({"V1_ONLY_404, 404", "V1_ONLY_403, 403"})
  void refusesTokensIfConfigured(MetadataMode mode, int status) {
    // given
    acr.metadataMode(mode);
    // then
    assertThatThrownBy(() -> Sdks.ofInstance(acr.metadataEndpoint(), true))
        .isInstanceOf(CredentialException.class)
        .hasMessageContaining("HttpCode=" + status);
  }

  @Test
  void requiresAValidTokenIfHardened() throws Exception {
    // given
    acr.metadataMode(MetadataMode.HARDENED_ONLY);
    var token = send("PUT", "/latest/api/token", TTL, "60").body();
    // then
    assertThat(send("GET", ROLES, "accept", "*/*").statusCode()).isEqualTo(403);
    assertThat(send("GET", ROLES, TOKEN, "made-up").statusCode()).isEqualTo(403);
    assertThat(send("GET", ROLES, TOKEN, token).body()).isEqualTo("KubernetesWorkerRole-x");
    acr.clockSkew(Duration.ofSeconds(61));
    assertThat(send("GET", ROLES, TOKEN, token).statusCode()).isEqualTo(403);
  }

  @ParameterizedTest
  @CsvSource({"0, 400", "21601, 400", "x, 400", "1, 200", "21600, 200"})
  void acceptsTokenLifetimesInRangeOnly(String ttl, int status) throws Exception {
    assertThat(send("PUT", "/latest/api/token", TTL, ttl).statusCode()).isEqualTo(status);
  }

  @Test
  void returnsTheRegion() throws Exception {
    assertThat(send("GET", "/latest/meta-data/region-id", "accept", "*/*").body())
        .isEqualTo("cn-hangzhou");
  }

  @ParameterizedTest
  @CsvSource({
    "/latest/meta-data/ram/security-credentials/",
    "/latest/meta-data/ram/security-credentials/KubernetesWorkerRole-x",
    "/latest/meta-data/no-such-thing"
  })
  void saysNotFoundWithoutARole(String path) throws Exception {
    // given
    acr.configure(c -> c.metadata("cn-beijing"));
    // when
    var answer = send("GET", path, "accept", "*/*");
    // then
    assertThat(answer.statusCode()).isEqualTo(404);
  }

  @Test
  void returnsTheSameCredentialsUntilTheyAreNearExpiry() throws Exception {
    // given
    var start = Instant.now();
    acr.configure(c -> c.clock(Clock.fixed(start, ZoneOffset.UTC)));
    acr.metadataLifetime(Duration.ofHours(1));
    var first = Sdks.ofInstance(acr.metadataEndpoint(), false);
    // when
    acr.clockSkew(Duration.ofMinutes(29));
    var same = Sdks.ofInstance(acr.metadataEndpoint(), false);
    acr.clockSkew(Duration.ofMinutes(31));
    var next = Sdks.ofInstance(acr.metadataEndpoint(), false);
    // then
    assertThat(same.getAccessKeyId()).isEqualTo(first.getAccessKeyId());
    assertThat(next.getAccessKeyId()).isNotEqualTo(first.getAccessKeyId());
  }

  @Test
  void appliesItsFaultsAndIsNamedInTheEnvironment() throws Exception {
    // given
    acr.inject(Fault.html(502).inRegion(AcrSimulator.METADATA).times(1));
    // when
    var answer = send("GET", ROLES, "accept", "*/*");
    // then
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(acr.count(ROLES, "Html")).isEqualTo(1);
    assertThat(acr.environment())
        .containsEntry("ACR_ENDPOINT_METADATA", acr.metadataEndpoint().toString());
  }

  private static SessionCredentials of(CredentialModel model) {
    return new SessionCredentials(
        model.getAccessKeyId(), model.getAccessKeySecret(), model.getSecurityToken(), null);
  }

  private HttpResponse<String> send(String method, String path, String header, String value)
      throws Exception {
    var request =
        HttpRequest.newBuilder(acr.metadataEndpoint().resolve(path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .header(header, value)
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }
}
