// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aliyun.cr20181201.models.GetAuthorizationTokenRequest;
import com.aliyun.credentials.exception.CredentialException;
import com.aliyun.credentials.models.CredentialModel;
import com.aliyun.sts20150401.models.AssumeRoleRequest;
import com.aliyun.sts20150401.models.AssumeRoleWithOIDCRequest;
import com.aliyun.tea.TeaException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StsApiTest {

  private static final String PULL = "acs:ram::1002:role/pull";
  private static final String RRSA = "acs:ram::1001:role/rrsa";
  private static final String PROVIDER = "acs:ram::1001:oidc-provider/ack-rrsa-c1";
  private static final String OPERATOR = "system:serviceaccount:kube-system:acr";
  private static final String PULL_ACTIONS =
      "{\"Version\": \"1\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": ["
          + "\"cr:GetAuthorizationToken\", \"cr:ListInstanceEndpoint\", \"cr:PullRepository\"],"
          + " \"Resource\": \"*\"}]}";
  private static final SessionCredentials ONE = ofUser("LTAI-one", "secret-one");

  private final AcrSimulator acr =
      AcrSimulator.start(
          c ->
              c.account("1001")
                  .accessKey("LTAI-one", "secret-one")
                  .account("1002")
                  .enterprise("cri-b", "cn-hangzhou", "b")
                  .account("1003")
                  .accessKey("LTAI-three", "secret-three")
                  .oidcProvider(PROVIDER, "https://oidc.example.cn/c1")
                  .role(PULL)
                  .trusts("1001")
                  .role(RRSA)
                  .trustsOidc(PROVIDER, OPERATOR)
                  .role("acs:ram::1002:role/for-rrsa-only")
                  .trusts(RRSA)
                  .role("acs:ram::1002:role/with-external-id")
                  .trusts("1001")
                  .externalId("42")
                  .role("acs:ram::1002:role/long")
                  .trusts("1001")
                  .maxSessionDuration(Duration.ofHours(12)));

  @AfterEach
  void stop() {
    acr.close();
  }

  @Test
  void officialSdkPullsFromAnotherAccount() throws Exception {
    // given
    acr.tokenLifetime(Duration.ofHours(3));
    // when
    var session = assume(ONE, request(PULL));
    var token = token(session);
    // then
    assertThat(session.accessKeyId()).startsWith("STS.");
    assertThat(acr.token("cr_temp_user", token))
        .hasValueSatisfying(
            issued ->
                assertThat(issued)
                    .returns("1002", SimToken::accountUid)
                    .returns("cri-b", SimToken::instanceId))
        .hasValueSatisfying(
            issued ->
                assertThat(Duration.between(issued.expiresAt(), session.expiration()).abs())
                    .isLessThan(Duration.ofSeconds(2)));
  }

  @Test
  void keepsTheShorterLifetimeOfTheToken() throws Exception {
    // given
    var request = request("acs:ram::1002:role/long").setDurationSeconds(43_200L);
    // when
    var token = token(assume(ONE, request));
    // then
    assertThat(acr.token("cr_temp_user", token).orElseThrow().expiresAt())
        .isBefore(Instant.now().plusSeconds(3601));
  }

  @Test
  void chainsFromOidcToAnotherAccountsRole() throws Exception {
    // given
    var jwt = acr.oidcToken(OPERATOR, "sts.aliyuncs.com", Duration.ofHours(1));
    // when
    var first = of(Sdks.withOidc(acr.stsEndpoint(), RRSA, PROVIDER, jwt, null));
    var second = assume(first, request("acs:ram::1002:role/for-rrsa-only"));
    // then
    assertThat(acr.tokenValid("cr_temp_user", token(second), "cri-b")).isTrue();
    assertThat(acr.count("AssumeRoleWithOIDC", "success")).isEqualTo(1);
    assertThat(acr.count("AssumeRole", "success")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "LTAI-three, secret-three, acs:ram::1002:role/pull, NoPermission",
    "LTAI-one, secret-one, acs:ram::1002:role/for-rrsa-only, NoPermission",
    "LTAI-one, secret-one, acs:ram::1002:role/with-external-id, NoPermission",
    "LTAI-one, secret-one, acs:ram::1002:role/nobody, EntityNotExist.Role",
    "LTAI-one, wrong, acs:ram::1002:role/pull, SignatureDoesNotMatch",
    "LTAI-two, secret-two, acs:ram::1002:role/pull, InvalidAccessKeyId.NotFound"
  })
  void refusesUnauthorizedCallers(String id, String secret, String role, String code) {
    assertThat(refusal(ofUser(id, secret), request(role)).getCode()).isEqualTo(code);
  }

  @Test
  void acceptsTheExternalIdRequiredByTheRole() throws Exception {
    // given
    var request = request("acs:ram::1002:role/with-external-id").setExternalId("42");
    // when
    var session = assume(ONE, request);
    // then
    assertThat(acr.tokenValid("cr_temp_user", token(session), "cri-b")).isTrue();
  }

  @Test
  void refusesCallersWithoutStsAssumeRole() {
    // given
    acr.denyAction("1001", "sts:AssumeRole");
    // when
    var refusal = refusal(ONE, request(PULL));
    // then
    assertThat(refusal.getCode()).isEqualTo("NoPermission");
  }

  @ParameterizedTest
  @CsvSource({
    "a, 3600, , InvalidParameter.RoleSessionName",
    "with space, 3600, , InvalidParameter.RoleSessionName",
    "name, 899, , InvalidParameter.DurationSeconds",
    "name, 3601, , InvalidParameter.DurationSeconds",
    "name, 900, not JSON, InvalidParameter.PolicyGrammar",
    "name, 900, {\"Version\":\"1\"}, InvalidParameter.PolicyGrammar"
  })
  void refusesWrongParameters(String name, long seconds, String policy, String code) {
    // given
    var request =
        request(PULL).setRoleSessionName(name).setDurationSeconds(seconds).setPolicy(policy);
    // when
    var refusal = refusal(ONE, request);
    // then
    assertThat(refusal.getCode()).isEqualTo(code);
  }

  @Test
  void refusesAPolicyOfMoreThan2048Characters() throws Exception {
    // given
    var fits = PULL_ACTIONS + " ".repeat(2048 - PULL_ACTIONS.length());
    assume(ONE, request(PULL).setPolicy(fits));
    // when
    var refusal = refusal(ONE, request(PULL).setPolicy(fits + " "));
    // then
    assertThat(refusal.getCode()).isEqualTo("InvalidParameter.PolicyGrammar");
  }

  @ParameterizedTest
  @CsvSource({
    "cr:GetAuthorizationToken, true",
    "cr:Get*, true",
    "*, true",
    "cr:PullRepository, false",
    "oss:*, false"
  })
  void intersectsTheSessionPolicyWithTheRole(String action, boolean allowed) throws Exception {
    // given
    var policy = PULL_ACTIONS.replaceFirst("\\[\"cr.*?]", "\"" + action + "\"");
    var session = assume(ONE, request(PULL).setPolicy(policy));
    // when
    var refusal = catchThrowableOfType(TeaException.class, () -> token(session));
    // then
    assertThat(refusal == null ? "" : refusal.getCode()).isEqualTo(allowed ? "" : "Forbidden.RAM");
  }

  @Test
  void sessionPolicyDoesNotWidenTheRole() throws Exception {
    // given
    acr.denyAction(PULL, "cr:GetAuthorizationToken");
    var session = assume(ONE, request(PULL).setPolicy(PULL_ACTIONS));
    // when
    var refusal = catchThrowableOfType(TeaException.class, () -> token(session));
    // then
    assertThat(refusal.getCode()).isEqualTo("Forbidden.RAM");
    assertThat(refusal.getAccessDeniedDetail())
        .containsEntry("AuthPrincipalType", "AssumedRoleUser")
        .containsEntry("AuthPrincipalOwnerId", "1002");
  }

  @Test
  void acceptsASecurityTokenOnlyWithItsAccessKey() throws Exception {
    // given
    var session = assume(ONE, request(PULL));
    var other = assume(ONE, request(PULL));
    // then
    assertThat(codeWith(session, null)).isEqualTo("MissingSecurityToken");
    assertThat(codeWith(session, "nonsense")).isEqualTo("InvalidSecurityToken.Malformed");
    assertThat(codeWith(session, other.securityToken()))
        .isEqualTo("InvalidSecurityToken.MismatchWithAccessKey");
    assertThat(codeWith(ONE, other.securityToken()))
        .isEqualTo("InvalidSecurityToken.MismatchWithAccessKey");
  }

  @Test
  void acceptsSecurityTokensUntilTheyExpire() throws Exception {
    // given
    var session = assume(ONE, request("acs:ram::1002:role/long").setDurationSeconds(900L));
    acr.clockSkew(Duration.ofMinutes(14));
    var alive = token(session);
    // when
    var shortLived = acr.credentials(PULL, Duration.ofSeconds(-1));
    // then
    assertThat(alive).isNotEmpty();
    assertThat(codeWith(shortLived, shortLived.securityToken()))
        .isEqualTo("InvalidSecurityToken.Expired");
    assertThat(refusal(shortLived, request(PULL)).getCode())
        .isEqualTo("InvalidSecurityToken.Expired");
  }

  @Test
  void refusesAStaleTimestampAndReturnsItsOwnDate() throws Exception {
    // given
    acr.clockSkew(Duration.ofMinutes(16));
    // when
    var answer = post(rpc(Map.of("Action", "AssumeRole", "RoleArn", PULL)), Map.of());
    // then
    assertThat(answer.body()).contains("InvalidTimeStamp.Expired");
    var date = answer.headers().firstValue("Date").orElseThrow();
    assertThat(ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant())
        .isAfter(Instant.now().plus(Duration.ofMinutes(15)));
  }

  @Test
  void acceptsParametersInTheFormBody() throws Exception {
    // given
    var all =
        rpc(Map.of("Action", "AssumeRole", "RoleArn", PULL, "RoleSessionName", "in+the body"));
    var good = rpc(Map.of("Action", "AssumeRole", "RoleArn", PULL, "RoleSessionName", "in-body"));
    // when
    var refused = post(Map.of(), all);
    var answer = post(Map.of(), good);
    // then
    assertThat(refused.body()).contains("InvalidParameter.RoleSessionName");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(acr.calls().get(1).uri()).hasToString("/");
  }

  @Test
  void acceptsV3Signatures() throws Exception {
    // given
    var api =
        new com.aliyun.teaopenapi.models.Params()
            .setAction("AssumeRole")
            .setVersion("2015-04-01")
            .setProtocol("HTTPS")
            .setPathname("/")
            .setMethod("POST")
            .setAuthType("AK")
            .setStyle("RPC")
            .setReqBodyType("formData")
            .setBodyType("json");
    var query = Map.of("RoleArn", PULL, "RoleSessionName", "v3", "Policy", PULL_ACTIONS);
    // when
    Sdks.call(acr.stsEndpoint(), ONE, api, query);
    // then
    assertThat(acr.count("AssumeRole", "success")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "sts.aliyuncs.com, -1, https://oidc.example.cn/c1, AuthenticationFail.OIDCToken.Expired",
    "kubernetes, 60, https://oidc.example.cn/c1, AuthenticationFail.OIDCToken.AudienceNotMatch",
    "sts.aliyuncs.com, 60, https://oidc.example.cn/c2, AuthenticationFail.OIDCToken.IssuerNotMatch"
  })
  void refusesOidcTokens(String audience, long seconds, String issuer, String code) {
    // given
    var jwt = acr.oidcTokenOf(issuer, OPERATOR, audience, Duration.ofSeconds(seconds));
    // then
    assertThatThrownBy(() -> Sdks.withOidc(acr.stsEndpoint(), RRSA, PROVIDER, jwt, null))
        .hasMessageContaining(code);
  }

  @ParameterizedTest
  @CsvSource({
    "made-up, acs:ram::1001:role/rrsa, ack-rrsa-c1, AuthenticationFail.OIDCToken.Invalid",
    ", acs:ram::1001:role/rrsa, ack-rrsa-c2, AuthenticationFail.NoPermission",
    ", acs:ram::1002:role/pull, ack-rrsa-c1, AuthenticationFail.NoPermission",
    ", acs:ram::1001:role/nobody, ack-rrsa-c1, EntityNotExist.Role"
  })
  void refusesOidcCallers(String token, String role, String provider, String code) {
    // given
    var jwt =
        token == null ? acr.oidcToken(OPERATOR, "sts.aliyuncs.com", Duration.ofHours(1)) : token;
    var arn = "acs:ram::1001:oidc-provider/" + provider;
    // then
    assertThatThrownBy(() -> Sdks.withOidc(acr.stsEndpoint(), role, arn, jwt, null))
        .isInstanceOf(CredentialException.class)
        .hasMessageContaining(code);
  }

  @Test
  void refusesAnOidcTokenInTheUrl() {
    // given the STS SDK, which sends it there
    var jwt = acr.oidcToken(OPERATOR, "sts.aliyuncs.com", Duration.ofHours(1));
    var request =
        new AssumeRoleWithOIDCRequest()
            .setRoleArn(RRSA)
            .setOIDCProviderArn(PROVIDER)
            .setOIDCToken(jwt)
            .setRoleSessionName("in-url");
    // when
    var refusal =
        catchThrowableOfType(
            TeaException.class,
            () -> Sdks.sts(acr.stsEndpoint(), null).assumeRoleWithOIDC(request));
    // then
    assertThat(refusal.getCode()).isEqualTo("Simulator.OIDCTokenInUrl");
  }

  @Test
  void refusesASignatureOnTheAnonymousCall() throws Exception {
    // given
    var jwt = acr.oidcToken(OPERATOR, "sts.aliyuncs.com", Duration.ofHours(1));
    var form =
        Map.of(
            "Action", "AssumeRoleWithOIDC",
            "RoleArn", RRSA,
            "OIDCProviderArn", PROVIDER,
            "OIDCToken", jwt,
            "RoleSessionName", "signed");
    // when
    var answer = post(Map.of(), rpc(form));
    // then
    assertThat(answer.body()).contains("Simulator.SignedAnonymousCall");
  }

  @Test
  void returnsMalformedAnswers() throws Exception {
    // given
    acr.inject(Fault.expiredToken().inRegion(AcrSimulator.STS).times(1));
    acr.inject(Fault.emptyToken().onApi("AssumeRole").times(1));
    acr.inject(Fault.throttling().inRegion(AcrSimulator.STS).times(1));
    // when
    var expired = assume(ONE, request(PULL));
    var empty = assume(ONE, request(PULL));
    var throttled = refusal(ONE, request(PULL));
    // then
    assertThat(expired.expiration()).isBefore(Instant.now());
    assertThat(empty.securityToken()).isEmpty();
    assertThat(throttled.getCode()).isEqualTo("Throttling.User");
  }

  @Test
  void recordsRequestsWithoutSecrets() throws Exception {
    // given
    var session = assume(ONE, request("acs:ram::1002:role/long").setPolicy(PULL_ACTIONS));
    refusal(session, request(PULL));
    // when
    var call = acr.calls().get(0);
    // then
    assertThat(call)
        .returns(AcrSimulator.STS, RecordedCall::region)
        .returns("AssumeRole", RecordedCall::api)
        .returns("LTAI-one", RecordedCall::accessKeyId)
        .returns("acs:ram::1002:role/long", RecordedCall::roleArn)
        .returns(PULL_ACTIONS, RecordedCall::sessionPolicy)
        .returns(3600, RecordedCall::durationSeconds);
    assertThat(acr.calls()).asString().doesNotContain("Signature", session.securityToken(), "CAIS");
  }

  private SessionCredentials assume(SessionCredentials key, AssumeRoleRequest request)
      throws Exception {
    var credentials =
        Sdks.sts(acr.stsEndpoint(), key).assumeRole(request).getBody().getCredentials();
    return new SessionCredentials(
        credentials.accessKeyId,
        credentials.accessKeySecret,
        credentials.securityToken,
        Instant.parse(credentials.expiration));
  }

  private TeaException refusal(SessionCredentials key, AssumeRoleRequest request) {
    return catchThrowableOfType(TeaException.class, () -> assume(key, request));
  }

  private String token(SessionCredentials key) throws Exception {
    return Sdks.enterprise(acr.endpoint("cn-hangzhou"), key)
        .getAuthorizationToken(new GetAuthorizationTokenRequest().setInstanceId("cri-b"))
        .getBody()
        .authorizationToken;
  }

  private String codeWith(SessionCredentials key, String securityToken) {
    var mixed =
        new SessionCredentials(key.accessKeyId(), key.accessKeySecret(), securityToken, null);
    return catchThrowableOfType(TeaException.class, () -> token(mixed)).getCode();
  }

  private static AssumeRoleRequest request(String role) {
    return new AssumeRoleRequest()
        .setRoleArn(role)
        .setRoleSessionName("acr-credential-operator")
        .setDurationSeconds(3600L);
  }

  private static SessionCredentials ofUser(String id, String secret) {
    return new SessionCredentials(id, secret, null, null);
  }

  private static SessionCredentials of(CredentialModel model) {
    return new SessionCredentials(
        model.getAccessKeyId(), model.getAccessKeySecret(), model.getSecurityToken(), null);
  }

  /** All parameters of a call of {@link #ONE}'s, rightly signed. */
  private static Map<String, String> rpc(Map<String, String> own) {
    var all = new TreeMap<>(own);
    all.put("Format", "JSON");
    all.put("Version", "2015-04-01");
    all.put("AccessKeyId", ONE.accessKeyId());
    all.put("SignatureMethod", "HMAC-SHA1");
    all.put("SignatureVersion", "1.0");
    all.put("SignatureNonce", UUID.randomUUID().toString());
    all.put("Timestamp", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    var unsigned = new ApiRequest("POST", URI.create("/?" + form(all)), Map.of(), new byte[0]);
    all.put("Signature", RpcVerifier.signature(unsigned, ONE.accessKeySecret()));
    return all;
  }

  private HttpResponse<String> post(Map<String, String> query, Map<String, String> body)
      throws Exception {
    var uri = query.isEmpty() ? "/" : "/?" + form(query);
    var request =
        HttpRequest.newBuilder(acr.stsEndpoint().resolve(uri))
            .header("content-type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form(body)))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static String form(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }
}
