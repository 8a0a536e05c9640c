// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aliyun.cr20181201.models.GetAuthorizationTokenRequest;
import com.aliyun.cr20181201.models.ListInstanceEndpointRequest;
import com.aliyun.sts20150401.models.AssumeRoleRequest;
import com.aliyun.sts20150401.models.AssumeRoleWithOIDCRequest;
import com.aliyun.teaopenapi.models.Params;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The wire truth: holds {@code src/test/resources/wire} to what the official SDKs send, so that the
 * product's clients can be held to those files. {@code -Dwire.record=true} records them again.
 */
class SdkWireTest {

  private static final String OPERATOR = "system:serviceaccount:kube-system:acr";

  private final AcrSimulator acr =
      AcrSimulator.start(
          c ->
              c.account("1001")
                  .accessKey("LTAI-one", "secret-one")
                  .enterprise("cri-abc", "cn-hangzhou", "acme")
                  .personal("cn-hangzhou")
                  .account("1002")
                  .enterprise("cri-b", "cn-hangzhou", "b")
                  .personal("cn-hangzhou")
                  .oidcProvider(Wire.OIDC_PROVIDER, "https://oidc.example.cn/c1")
                  .role(Wire.ROLE)
                  .trusts("1001")
                  .trusts(Wire.ROLE)
                  .role(Wire.OIDC_ROLE)
                  .trustsOidc(Wire.OIDC_PROVIDER, OPERATOR));

  private final SessionCredentials user =
      new SessionCredentials("LTAI-one", "secret-one", null, null);
  private final SessionCredentials session = acr.credentials(Wire.ROLE, Duration.ofHours(1));
  private final String jwt = acr.oidcToken(OPERATOR, "sts.aliyuncs.com", Duration.ofHours(1));

  @AfterEach
  void stop() {
    acr.close();
  }

  @Test
  void matchesTheRecordingOfEnterpriseToken() throws Exception {
    var request = new GetAuthorizationTokenRequest().setInstanceId("cri-abc");
    var call = callOf(() -> Sdks.enterprise(registry(), user).getAuthorizationToken(request));
    holds("enterprise-token", call, user);
  }

  @Test
  void matchesTheRecordingOfEnterpriseTokenWithTemporaryCredentials() throws Exception {
    var request = new GetAuthorizationTokenRequest().setInstanceId("cri-b");
    var call = callOf(() -> Sdks.enterprise(registry(), session).getAuthorizationToken(request));
    holds("enterprise-token-temporary", call, session);
  }

  @Test
  void matchesTheRecordingOfListInstanceEndpoint() throws Exception {
    var request = new ListInstanceEndpointRequest().setInstanceId("cri-abc");
    var call = callOf(() -> Sdks.enterprise(registry(), user).listInstanceEndpoint(request));
    holds("list-instance-endpoint", call, user);
  }

  @Test
  void matchesTheRecordingOfPersonalToken() throws Exception {
    holds("personal-token", callOf(() -> Sdks.personal(registry(), user)), user);
  }

  @Test
  void matchesTheRecordingOfPersonalTokenWithTemporaryCredentials() throws Exception {
    var call = callOf(() -> Sdks.personal(registry(), session));
    holds("personal-token-temporary", call, session);
  }

  /** Signed the older way, which the simulator does not know: path and parameters only. */
  @Test
  void matchesTheRecordingOfPersonalTokenOfTheOldSdk() throws Exception {
    // when
    try {
      Sdks.oldPersonal(registry(), user);
    } catch (com.aliyuncs.exceptions.ClientException refused) {
      assertThat(refused.getErrCode()).isEqualTo("IncompleteSignature");
    }
    // then
    var call = acr.calls().get(0);
    assertGolden("personal-token-old-sdk", call);
    assertThat(Wire.golden("personal-token").lines())
        .startsWith("GET /tokens")
        .contains("x-acs-action: GetAuthorizationToken", "x-acs-version: 2016-06-07");
  }

  @Test
  void matchesTheRecordingOfAssumeRole() throws Exception {
    var call = callOf(() -> Sdks.sts(acr.stsEndpoint(), user).assumeRole(request()));
    holds("assume-role", call, user);
  }

  @Test
  void matchesTheRecordingOfAssumeRoleWithTemporaryCredentials() throws Exception {
    var call = callOf(() -> Sdks.sts(acr.stsEndpoint(), session).assumeRole(request()));
    holds("assume-role-temporary", call, session);
  }

  /** What the STS SDK would send if it did not pin version 1.0. */
  @Test
  void matchesTheRecordingOfAssumeRoleSignedByV3() throws Exception {
    var api =
        new Params()
            .setAction("AssumeRole")
            .setVersion("2015-04-01")
            .setProtocol("HTTPS")
            .setPathname("/")
            .setMethod("POST")
            .setAuthType("AK")
            .setStyle("RPC")
            .setReqBodyType("formData")
            .setBodyType("json");
    var query =
        Map.of(
            "RoleArn", Wire.ROLE,
            "RoleSessionName", Wire.SESSION_NAME,
            "DurationSeconds", "3600",
            "Policy", Wire.POLICY);
    var call = callOf(() -> Sdks.call(acr.stsEndpoint(), user, api, query));
    holds("assume-role-v3", call, user);
  }

  /** The way to copy. */
  @Test
  void matchesTheRecordingOfAssumeRoleWithOidcOfCredentialsJava() throws Exception {
    var call =
        callOf(
            () ->
                Sdks.withOidc(
                    acr.stsEndpoint(), Wire.OIDC_ROLE, Wire.OIDC_PROVIDER, jwt, Wire.POLICY));
    assertGolden("assume-role-with-oidc", call);
    assertThat(call.outcome()).isEqualTo("success");
    assertThat(call.uri().toString()).doesNotContain(jwt);
  }

  /** The way not to copy: the token stands in the URL. */
  @Test
  void matchesTheRecordingOfAssumeRoleWithOidcOfTheStsSdk() {
    // given
    var request =
        new AssumeRoleWithOIDCRequest()
            .setRoleArn(Wire.OIDC_ROLE)
            .setOIDCProviderArn(Wire.OIDC_PROVIDER)
            .setOIDCToken(jwt)
            .setRoleSessionName(Wire.SESSION_NAME)
            .setDurationSeconds(3600L);
    // when
    assertThatThrownBy(() -> Sdks.sts(acr.stsEndpoint(), null).assumeRoleWithOIDC(request))
        .hasMessageContaining("OIDCToken");
    // then
    var call = acr.calls().get(0);
    assertGolden("assume-role-with-oidc-in-url", call);
    assertThat(call.uri().toString()).contains(jwt);
  }

  private static AssumeRoleRequest request() {
    return new AssumeRoleRequest()
        .setRoleArn(Wire.ROLE)
        .setRoleSessionName(Wire.SESSION_NAME)
        .setDurationSeconds(3600L)
        .setPolicy(Wire.POLICY);
  }

  private URI registry() {
    return acr.endpoint("cn-hangzhou");
  }

  private RecordedCall callOf(Callable<?> sdk) throws Exception {
    sdk.call();
    assertThat(acr.calls()).hasSize(1);
    return acr.calls().get(0);
  }

  /** The SDK's request is the golden one, and our own verifier computes the SDK's signature. */
  private static void holds(String name, RecordedCall call, SessionCredentials key) {
    assertThat(call.outcome()).isEqualTo("success");
    assertThat(call.signature())
        .isNotEmpty()
        .isEqualTo(call.rightSignature(key.accessKeySecret()))
        .isNotEqualTo(call.rightSignature("another secret"));
    assertGolden(name, call);
  }

  private static void assertGolden(String name, RecordedCall call) {
    if (Boolean.getBoolean("wire.record")) {
      try {
        Files.writeString(Path.of("src", "test", "resources", "wire", name + ".txt"), call.wire());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return;
    }
    assertThat(call.wire()).isEqualTo(Wire.golden(name));
  }
}
