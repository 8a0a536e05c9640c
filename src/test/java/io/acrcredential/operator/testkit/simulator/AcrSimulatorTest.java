// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.aliyun.cr20181201.Client;
import com.aliyun.cr20181201.models.GetAuthorizationTokenRequest;
import com.aliyun.cr20181201.models.GetInstanceRequest;
import com.aliyun.cr20181201.models.ListInstanceEndpointRequest;
import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.models.Config;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.testkit.Awaits;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcrSimulatorTest {

  private static final String ENTERPRISE = "/?InstanceId=cri-abc";
  private final AcrSimulator acr =
      AcrSimulator.start(
          c ->
              c.account("1001")
                  .accessKey("LTAI-one", "secret-one")
                  .enterprise("cri-abc", "cn-hangzhou", "acme")
                  .customDomain("cri-abc", "img.example.cn")
                  .personal("cn-hangzhou")
                  .region("cn-beijing")
                  .account("1002")
                  .accessKey("LTAI-two", "secret-two"));
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @AfterEach
  void stop() {
    acr.close();
  }

  @Test
  void acceptsTheOfficialSdk() throws Exception {
    // given
    var sdk = sdk("LTAI-one", "secret-one", "cn-hangzhou");
    // when
    var token =
        sdk.getAuthorizationToken(new GetAuthorizationTokenRequest().setInstanceId("cri-abc"))
            .getBody();
    // then
    assertThat(token.isSuccess).isTrue();
    assertThat(token.code).isEqualTo("success");
    assertThat(token.tempUsername).isEqualTo("cr_temp_user");
    assertThat(token.authorizationToken).matches("[A-Za-z0-9+/=]+:[0-9a-f]{40}");
    assertThat(Instant.ofEpochMilli(token.expireTime))
        .isBetween(Instant.now().plusSeconds(3500), Instant.now().plusSeconds(3600));
    assertThat(acr.tokenValid("cr_temp_user", token.authorizationToken, "cri-abc")).isTrue();
    assertThat(acr.tokenValid("cr_temp_user", token.authorizationToken, "cri-other")).isFalse();
    assertThat(acr.tokenValid("somebody", token.authorizationToken, "cri-abc")).isFalse();
  }

  @Test
  void listsEndpointsToTheOfficialSdk() throws Exception {
    // given
    var sdk = sdk("LTAI-one", "secret-one", "cn-hangzhou");
    var request =
        new ListInstanceEndpointRequest().setInstanceId("cri-abc").setModuleName("Registry");
    // when
    var endpoints = sdk.listInstanceEndpoint(request).getBody().endpoints;
    // then
    assertThat(endpoints)
        .flatExtracting(endpoint -> endpoint.domains)
        .extracting(domain -> domain.domain + " " + domain.type)
        .containsExactly(
            "acme-registry.cn-hangzhou.cr.aliyuncs.com SYSTEM",
            "img.example.cn USER",
            "acme-registry-vpc.cn-hangzhou.cr.aliyuncs.com SYSTEM");
    assertThat(endpoints).allMatch(endpoint -> endpoint.enable);
  }

  @Test
  void refusesTheOfficialSdkWithAWrongSecret() throws Exception {
    // given
    var sdk = sdk("LTAI-one", "wrong", "cn-hangzhou");
    // when
    var refusal = tokenRefusal(sdk, "cri-abc");
    // then
    assertThat(refusal.getCode()).isEqualTo("SignatureDoesNotMatch");
    assertThat(refusal.getMessage()).contains("LTAI-one").doesNotContain("secret-one");
  }

  @Test
  void refusesAnActionOutsideTheDocumentedPolicy() throws Exception {
    // given
    var sdk = sdk("LTAI-one", "secret-one", "cn-hangzhou");
    // when
    var refusal =
        catchThrowableOfType(
            TeaException.class,
            () -> sdk.getInstance(new GetInstanceRequest().setInstanceId("cri-abc")));
    // then
    assertThat(refusal.getCode()).isEqualTo("Forbidden.RAM");
    assertThat(acr.count("GetInstance", "Forbidden.RAM")).isEqualTo(1);
  }

  @Test
  void refusesADeniedAction() throws Exception {
    // given
    acr.denyAction("1001", "cr:GetAuthorizationToken");
    // when
    var answer = get(sign("GET", ENTERPRISE, "GetAuthorizationToken"));
    // then
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(json(answer).at("/AccessDeniedDetail/AuthAction").asText())
        .isEqualTo("cr:GetAuthorizationToken");
    assertThat(json(answer).at("/AccessDeniedDetail/AuthPrincipalOwnerId").asText())
        .isEqualTo("1001");
  }

  @ParameterizedTest
  @CsvSource({
    "LTAI-two, secret-two, cn-hangzhou, cri-abc",
    "LTAI-one, secret-one, cn-beijing, cri-abc",
    "LTAI-one, secret-one, cn-hangzhou, cri-nowhere"
  })
  void refusesAForeignInstance(String id, String secret, String region, String instance)
      throws Exception {
    // given
    var sdk = sdk(id, secret, region);
    // when
    var refusal = tokenRefusal(sdk, instance);
    // then
    assertThat(refusal.getCode()).isEqualTo("INSTANCE_NOT_EXIST");
  }

  @Test
  void reportsInstanceNotExistInAnOkAnswerIfConfigured() throws Exception {
    // given
    acr.instanceNotExistInOk(true);
    var sdk = sdk("LTAI-two", "secret-two", "cn-hangzhou");
    // when
    var body =
        sdk.getAuthorizationToken(new GetAuthorizationTokenRequest().setInstanceId("cri-abc"))
            .getBody();
    // then
    assertThat(body.isSuccess).isFalse();
    assertThat(body.code).isEqualTo("INSTANCE_NOT_EXIST");
    assertThat(body.authorizationToken).isNull();
  }

  @Test
  void refusesARevokedAndADisabledAccessKey() throws Exception {
    // given
    acr.revokeAccessKey("LTAI-one");
    acr.disableAccessKey("LTAI-two");
    // when
    var revoked = tokenRefusal(sdk("LTAI-one", "secret-one", "cn-hangzhou"), "cri-abc");
    var disabled = tokenRefusal(sdk("LTAI-two", "secret-two", "cn-hangzhou"), "cri-abc");
    // then
    assertThat(revoked.getCode()).isEqualTo("InvalidAccessKeyId.NotFound");
    assertThat(disabled.getCode()).isEqualTo("InvalidAccessKeyId.Inactive");
  }

  @Test
  void refusesATamperedSignature() throws Exception {
    // given
    var request = sign("GET", ENTERPRISE, "GetAuthorizationToken");
    var signature = request.get("authorization");
    request.put("authorization", signature.substring(0, signature.length() - 4) + "0000");
    // when
    var answer = get(request);
    // then
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).path("Code").asText()).isEqualTo("SignatureDoesNotMatch");
    assertThat(json(answer).fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("RequestId", "HostId", "Code", "Message", "Recommend");
  }

  @Test
  void refusesAReplay() throws Exception {
    // given
    var request = sign("GET", ENTERPRISE, "GetAuthorizationToken");
    assertThat(get(request).statusCode()).isEqualTo(200);
    // when
    var answer = get(request);
    // then
    assertThat(json(answer).path("Code").asText()).isEqualTo("SignatureNonceUsed");
  }

  @Test
  void refusesAReplayAfterAFaultToo() throws Exception {
    // given
    acr.inject(Fault.throttling().times(1));
    var request = sign("GET", ENTERPRISE, "GetAuthorizationToken");
    assertThat(json(get(request)).path("Code").asText()).isEqualTo("Throttling.User");
    // when
    var answer = get(request);
    // then
    assertThat(json(answer).path("Code").asText()).isEqualTo("SignatureNonceUsed");
  }

  @Test
  void refusesAStaleDateAndReturnsItsOwn() throws Exception {
    // given
    var skew = Duration.ofMinutes(16);
    acr.clockSkew(skew);
    // when
    var answer = get(sign("GET", ENTERPRISE, "GetAuthorizationToken"));
    // then
    assertThat(json(answer).path("Code").asText()).isEqualTo("InvalidTimeStamp.Expired");
    var date = answer.headers().firstValue("Date").orElseThrow();
    assertThat(ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant())
        .isAfter(Instant.now().plus(Duration.ofMinutes(15)));
  }

  @Test
  void answersXmlUnlessJsonIsRequested() throws Exception {
    // given
    var request = sign("GET", ENTERPRISE, "GetAuthorizationToken");
    request.remove("accept");
    // when
    var answer = get(request);
    // then
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/xml");
    assertThat(answer.body())
        .startsWith("<?xml")
        .contains("<GetAuthorizationTokenResponse><IsSuccess>true</IsSuccess>");
  }

  @Test
  void servesThePersonalEdition() throws Exception {
    // given
    var request = sign("GET", "/tokens", "GetAuthorizationToken");
    // when
    var answer = json(get(request));
    // then
    assertThat(answer.at("/data/tempUserName").asText()).isEqualTo("cr_temp_user");
    assertThat(answer.at("/data/expireDate").asLong()).isGreaterThan(System.currentTimeMillis());
    assertThat(answer.path("requestId").asText()).isNotEmpty();
    assertThat(acr.tokenValid("cr_temp_user", answer.at("/data/authorizationToken").asText(), ""))
        .isTrue();
  }

  @Test
  void reportsAMissingPersonalEdition() throws Exception {
    // given
    var request = sign("GET", "/tokens", "GetAuthorizationToken", "LTAI-two", "secret-two");
    // when
    var answer = get(request);
    // then
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(json(answer).path("code").asText()).isEqualTo("USER_NOT_EXIST");
  }

  @Test
  void acceptsThePersonalTokenForANewStyleInstance() throws Exception {
    // given
    acr.configure(
        c ->
            c.account("1001")
                .personalInstance("crpi-one", "cn-hangzhou")
                .personalInstance("crpi-far", "cn-beijing")
                .account("1002")
                .personalInstance("crpi-two", "cn-hangzhou"));
    // when
    var password =
        json(get(sign("GET", "/tokens", "GetAuthorizationToken")))
            .at("/data/authorizationToken")
            .asText();
    // then
    assertThat(acr.tokenValid("cr_temp_user", password, "crpi-one")).isTrue();
    assertThat(acr.tokenValid("cr_temp_user", password, "crpi-two")).isFalse();
    assertThat(acr.tokenValid("cr_temp_user", password, "crpi-far")).isFalse();
    assertThat(acr.regionOf("crpi-far")).isEqualTo("cn-beijing");
  }

  @Test
  void throttlesAnAccountThatCallsTooOften() throws Exception {
    // given
    acr.configure(c -> c.qps(1));
    assertThat(get(sign("GET", ENTERPRISE, "GetAuthorizationToken")).statusCode()).isEqualTo(200);
    // then: at the second call, unless there was a second between the two
    Awaits.soon()
        .untilAsserted(
            () -> {
              var beyond = get(sign("GET", ENTERPRISE, "GetAuthorizationToken"));
              assertThat(json(beyond).path("Code").asText()).isEqualTo("Throttling.User");
            });
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /tokens, InvalidAction.NotFound",
    "GET, /repos, InvalidAction.NotFound",
    "PUT, /?InstanceId=cri-abc, InvalidAction.NotFound",
    "GET, /, MissingInstanceId"
  })
  void refusesUnknownApis(String method, String uri, String code) throws Exception {
    // given
    var request = sign(method, uri, "GetAuthorizationToken");
    // when
    var answer = send(method, request);
    // then
    assertThat(json(answer).path("Code").asText()).isEqualTo(code);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 429, 503})
  void throttlesOneRegion(int status) throws Exception {
    // given
    acr.inject(Fault.throttling(status, "Throttling.Api").inRegion("cn-hangzhou").times(1));
    // when
    var struck = get(sign("GET", ENTERPRISE, "GetAuthorizationToken"));
    var next = get(sign("GET", ENTERPRISE, "GetAuthorizationToken"));
    // then
    assertThat(struck.statusCode()).isEqualTo(status);
    assertThat(json(struck).path("Code").asText()).isEqualTo("Throttling.Api");
    assertThat(next.statusCode()).isEqualTo(200);
  }

  @Test
  void appliesFaultsOnlyWhereConfigured() throws Exception {
    // given
    acr.inject(Fault.internalError().onApi("ListInstanceEndpoint"));
    acr.inject(Fault.internalError().onInstance(""));
    acr.inject(Fault.internalError().inRegion("cn-beijing"));
    // when
    var token = get(sign("GET", ENTERPRISE, "GetAuthorizationToken"));
    var list = get(sign("GET", ENTERPRISE, "ListInstanceEndpoint"));
    var personal = get(sign("GET", "/tokens", "GetAuthorizationToken"));
    // then
    assertThat(token.statusCode()).isEqualTo(200);
    assertThat(list.statusCode()).isEqualTo(500);
    assertThat(personal.statusCode()).isEqualTo(500);
  }

  @Test
  void returnsMalformedAnswers() throws Exception {
    // given
    acr.inject(Fault.html(502).times(1));
    acr.inject(Fault.truncatedJson().times(1));
    acr.inject(Fault.emptyToken().times(1));
    acr.inject(Fault.expiredToken().times(1));
    acr.inject(Fault.unsuccessful("INSTANCE_IS_BUSY").times(1));
    var answers = new ArrayList<HttpResponse<String>>();
    // when
    for (int i = 0; i < 5; i++) {
      answers.add(get(sign("GET", ENTERPRISE, "GetAuthorizationToken")));
    }
    // then
    assertThat(answers.get(0).statusCode()).isEqualTo(502);
    assertThat(answers.get(0).body()).startsWith("<html>");
    assertThatThrownBy(() -> json(answers.get(1))).isInstanceOf(IOException.class);
    assertThat(json(answers.get(2)).path("AuthorizationToken").asText("none")).isEmpty();
    assertThat(json(answers.get(3)).path("ExpireTime").asLong())
        .isLessThan(System.currentTimeMillis());
    assertThat(answers.get(4).statusCode()).isEqualTo(200);
    assertThat(json(answers.get(4)).path("IsSuccess").asBoolean(true)).isFalse();
    assertThat(acr.calls())
        .extracting(RecordedCall::outcome)
        .containsExactly("Html", "Truncated", "EmptyToken", "ExpiredToken", "INSTANCE_IS_BUSY");
  }

  @Test
  void dropsTheConnection() {
    // given
    acr.inject(Fault.dropConnection().times(1));
    // when
    var request = sign("POST", ENTERPRISE, "GetAuthorizationToken");
    // then
    assertThatThrownBy(() -> send("POST", request)).isInstanceOf(IOException.class);
    assertThat(acr.count("GetAuthorizationToken", "Drop")).isEqualTo(1);
  }

  @Test
  void hangsUntilTheFaultIsCleared() throws Exception {
    // given
    acr.inject(Fault.hang());
    var hanging =
        http.sendAsync(
            request("POST", sign("POST", ENTERPRISE, "GetAuthorizationToken")),
            HttpResponse.BodyHandlers.ofString());
    await().until(() -> acr.count("GetAuthorizationToken", "Hang") == 1);
    assertThat(hanging).isNotDone();
    // when
    acr.clearFaults();
    // then
    assertThat(hanging).failsWithin(Duration.ofSeconds(30));
    assertThat(get(sign("GET", ENTERPRISE, "GetAuthorizationToken")).statusCode()).isEqualTo(200);
  }

  @Test
  void handlesManySlowCallsAtOnce() {
    // given
    acr.inject(Fault.hang());
    var clients = Executors.newFixedThreadPool(120);
    // when
    for (int i = 0; i < 120; i++) {
      // Not execute: Awaitility would fail a later test for an uncaught exception of these threads.
      clients.submit(this::statusOfOneCall);
    }
    // then
    await().atMost(Duration.ofSeconds(60)).until(() -> acr.mostConcurrentCalls() == 120);
    clients.shutdownNow();
  }

  @Test
  void expiresTokensByItsClock() throws Exception {
    // given
    acr.tokenLifetime(Duration.ofMinutes(2));
    var password =
        json(get(sign("GET", ENTERPRISE, "GetAuthorizationToken")))
            .path("AuthorizationToken")
            .asText();
    assertThat(acr.tokenValid("cr_temp_user", password, "cri-abc")).isTrue();
    // when
    acr.configure(c -> c.clock(Clock.fixed(Instant.now().plusSeconds(121), ZoneOffset.UTC)));
    // then
    assertThat(acr.tokenValid("cr_temp_user", password, "cri-abc")).isFalse();
  }

  @Test
  void recordsCallsAndNamesItsEndpoints() throws Exception {
    // given
    get(sign("GET", ENTERPRISE, "GetAuthorizationToken"));
    // when
    var call = acr.calls().get(0);
    // then
    assertThat(call)
        .returns("cn-hangzhou", RecordedCall::region)
        .returns("GetAuthorizationToken", RecordedCall::api)
        .returns("cri-abc", RecordedCall::instanceId)
        .returns("LTAI-one", RecordedCall::accessKeyId)
        .returns("success", RecordedCall::outcome)
        .returns(URI.create(ENTERPRISE), RecordedCall::uri);
    assertThat(call.toString()).doesNotContain("Signature");
    assertThat(acr.environment())
        .containsOnlyKeys(
            "ACR_ENDPOINT_METADATA",
            "ACR_ENDPOINT_REGISTRY_CN_BEIJING",
            "ACR_ENDPOINT_REGISTRY_CN_HANGZHOU",
            "ACR_ENDPOINT_STS")
        .containsEntry("ACR_ENDPOINT_METADATA", "")
        .containsEntry("ACR_ENDPOINT_STS", acr.stsEndpoint().toString())
        .containsEntry("ACR_ENDPOINT_REGISTRY_CN_HANGZHOU", acr.endpoint("cn-hangzhou").toString());
  }

  private int statusOfOneCall() {
    try {
      return get(sign("GET", ENTERPRISE, "GetAuthorizationToken")).statusCode();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Client sdk(String id, String secret, String region) throws Exception {
    return new Client(
        new Config()
            .setAccessKeyId(id)
            .setAccessKeySecret(secret)
            .setProtocol("http")
            .setEndpoint(acr.endpoint(region).getAuthority()));
  }

  private static TeaException tokenRefusal(Client sdk, String instanceId) {
    return catchThrowableOfType(
        TeaException.class,
        () ->
            sdk.getAuthorizationToken(
                new GetAuthorizationTokenRequest().setInstanceId(instanceId)));
  }

  private Map<String, String> sign(String method, String uri, String action) {
    return sign(method, uri, action, "LTAI-one", "secret-one");
  }

  /** A rightly signed call; the pseudo header "uri" says where it goes. */
  private Map<String, String> sign(
      String method, String uri, String action, String id, String secret) {
    var endpoint = acr.endpoint("cn-hangzhou");
    var headers = new TreeMap<String, String>();
    headers.put("host", endpoint.getAuthority());
    headers.put("x-acs-action", action);
    headers.put(
        "x-acs-version", uri.startsWith("/?") || uri.equals("/") ? "2018-12-01" : "2016-06-07");
    headers.put("x-acs-date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    headers.put("x-acs-signature-nonce", UUID.randomUUID().toString());
    headers.put("x-acs-content-sha256", Acs3Verifier.hex(Acs3Verifier.sha256(new byte[0])));
    var signed = String.join(";", headers.keySet());
    var request = new ApiRequest(method, URI.create(uri), headers, new byte[0]);
    var canonical = Acs3Verifier.canonicalRequest(request, signed);
    var signature =
        Acs3Verifier.hex(Acs3Verifier.hmac(secret, Acs3Verifier.stringToSign(canonical)));
    headers.put(
        "authorization",
        "ACS3-HMAC-SHA256 Credential="
            + id
            + ",SignedHeaders="
            + signed
            + ",Signature="
            + signature);
    headers.put("accept", "application/json");
    headers.put("uri", uri);
    return headers;
  }

  private HttpRequest request(String method, Map<String, String> signed) {
    var builder =
        HttpRequest.newBuilder(acr.endpoint("cn-hangzhou").resolve(signed.get("uri")))
            .method(method, HttpRequest.BodyPublishers.noBody());
    signed.forEach(
        (name, value) -> {
          if (!List.of("host", "uri").contains(name)) {
            builder.header(name, value);
          }
        });
    return builder.build();
  }

  private HttpResponse<String> get(Map<String, String> signed)
      throws IOException, InterruptedException {
    return send("GET", signed);
  }

  private HttpResponse<String> send(String method, Map<String, String> signed)
      throws IOException, InterruptedException {
    return http.send(request(method, signed), HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) throws IOException {
    return new ObjectMapper().readTree(answer.body());
  }
}
