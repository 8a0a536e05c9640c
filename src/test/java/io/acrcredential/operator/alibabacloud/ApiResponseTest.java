// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.endpoint.ClockOffset;
import java.time.Duration;
import java.time.Instant;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;

class ApiResponseTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Reception RECEPTION =
      new Reception(ResponseHeaders.NONE, NOW, ClockOffset.NONE);
  private static final AccessKey KEY = AccessKey.of("LTAI5tPlantedCanary", "planted-secret");
  private static final String TOKEN =
      """
      {"IsSuccess":true,"Code":"success","RequestId":"R-1","TempUsername":"cr_temp_user",
       "AuthorizationToken":"opaque:with=colons","ExpireTime":%d}\
      """;

  @Example
  void readsAnEnterpriseToken() {
    // given
    long expires = NOW.plusSeconds(3_600).toEpochMilli();

    // when
    RegistryToken token = reply(200, TOKEN.formatted(expires)).enterpriseToken();

    // then
    assertThat(token.username()).isEqualTo("cr_temp_user");
    assertThat(token.password().reveal()).isEqualTo("opaque:with=colons");
    assertThat(token.expiresAt()).isEqualTo(NOW.plusSeconds(3_600));
    assertThat(token.toString()).doesNotContain("opaque");
  }

  @Example
  void readsAPersonalToken() {
    // when
    RegistryToken token =
        reply(
                200,
                """
                {"data":{"authorizationToken":"t","tempUserName":"u","expireDate":%d},"requestId":"R"}\
                """
                    .formatted(NOW.plusSeconds(60).toEpochMilli()))
            .personalToken();

    // then
    assertThat(token.username()).isEqualTo("u");
    assertThat(token.expiresAt()).isEqualTo(NOW.plusSeconds(60));
  }

  @Example
  void rejectsATokenWithAnImplausiblyLongLifetime() {
    // given
    long tomorrow = NOW.plus(Duration.ofDays(1)).toEpochMilli();

    // when
    AlibabaCloudException e =
        failure(() -> reply(200, TOKEN.formatted(tomorrow)).enterpriseToken());

    // then
    assertThat(e.code()).isEqualTo("InvalidResponse");
  }

  @Example
  void readsCredentialsOfSts() {
    // when
    TemporaryCredentials key =
        reply(200, credentials("2026-01-01T01:00:00Z", "t")).temporaryCredentials();

    // then
    assertThat(key.key().id()).isEqualTo("STS.id");
    assertThat(key.expiresAt()).isEqualTo(NOW.plusSeconds(3_600));
  }

  @Property
  void rejectsCredentialsThatOutliveASession(
      @ForAll @LongRange(min = -31_557_014_167_219_200L, max = 31_556_889_864_403_199L) long second,
      @ForAll @IntRange(min = -60, max = 60) int near) {
    for (Instant end :
        new Instant[] {Instant.ofEpochSecond(second), NOW.plusSeconds(10 + near), Instant.MIN}) {
      // when
      ApiResponse reply = reply(200, credentials(end.toString(), "planted-token"));

      // then
      if (end.isBefore(NOW.plusSeconds(10)) || end.isAfter(NOW.plusSeconds(12 * 3_600 + 900))) {
        AlibabaCloudException e = failure(() -> reply.temporaryCredentials());
        assertThat(e.code()).isEqualTo("InvalidResponse");
        assertThat(e.getMessage()).contains(end.toString()).doesNotContain("planted");
        assertThat(e.requestId()).isEqualTo("R-3");
        assertThat(e.isPermanent()).isFalse();
      } else {
        assertThat(reply.temporaryCredentials().expiresAt()).isEqualTo(end);
      }
    }
  }

  @Example
  void rejectsAnExpirationThatIsNotATime() {
    for (String end :
        new String[] {"", "soon", "2026-13-01T00:00:00Z", "+9999999999-01-01T00:00:00Z"}) {
      assertThat(failure(() -> reply(200, credentials(end, "t")).temporaryCredentials()))
          .hasMessageContaining("expiration cannot be parsed");
    }
  }

  @Example
  void rejectsLongAnswersAndTokens() {
    // given
    long expires = NOW.plusSeconds(3_600).toEpochMilli();
    String kibibyte = "x".repeat(1_024);

    // then
    assertThat(
            failure(() -> reply(200, TOKEN.formatted(expires) + " ".repeat(1_024 * 1_024)))
                .getMessage())
        .endsWith("the response is longer than 1 MiB");
    assertThat(failure(() -> reply(503, kibibyte.repeat(1_025))).code()).isEqualTo("Http503");
    String longToken = TOKEN.formatted(expires).replace("opaque", kibibyte.repeat(16));
    assertThat(failure(() -> reply(200, longToken).enterpriseToken()).getMessage())
        .endsWith("the token is longer than 16 KiB");
    String longest = TOKEN.formatted(expires).replace("opaque", kibibyte.repeat(15));
    assertThat(reply(200, longest).enterpriseToken().password().reveal()).startsWith("xxx");
    String credentials = credentials("2026-01-01T01:00:00Z", kibibyte.repeat(17));
    assertThat(failure(() -> reply(200, credentials).temporaryCredentials()).getMessage())
        .endsWith("the security token is longer than 16 KiB");
  }

  private static String credentials(String end, String token) {
    return """
    {"RequestId":"R-3","Credentials":{"AccessKeyId":"STS.id","AccessKeySecret":"planted-secret",
     "SecurityToken":"%s","Expiration":"%s"}}\
    """
        .formatted(token, end);
  }

  @Example
  void readsDistinctDomainsInLowerCaseInOrder() {
    assertThat(
            reply(
                    200,
                    """
                    {"IsSuccess":true,"Code":"success","Endpoints":[
                      {"EndpointType":"internet","Domains":[{"Domain":"B.example.cn"},{"Domain":" a.cn "}]},
                      {"EndpointType":"vpc","Domains":[{"Domain":"b.example.cn"},{"Domain":""},{"Domain":"*.cn"}]},
                      {"EndpointType":"odd"}]}\
                    """)
                .domains())
        .containsExactly("b.example.cn", "a.cn");
    assertThat(failure(() -> reply(200, "{\"IsSuccess\":true}").domains()).code())
        .isEqualTo("InvalidResponse");
  }

  @Property
  void returnsATokenOrThrowsAlibabaCloudExceptionForAnyText(
      @ForAll @StringLength(max = 60) String text,
      @ForAll @IntRange(min = 100, max = 599) int status) {
    for (String body : new String[] {text, "{\"Code\":\"" + text, "[" + text, "\"x\"", "", null}) {
      AlibabaCloudException e = failure(() -> reply(status, body).enterpriseToken());
      assertThat(e.getMessage()).isNotBlank().hasSizeLessThanOrEqualTo(300);
      assertThat(e.advice()).isNotBlank();
    }
  }

  @Property
  void rejectsATruncatedAnswer(@ForAll @IntRange(min = 0, max = 150) int length) {
    // given
    String whole = TOKEN.formatted(NOW.plusSeconds(3_600).toEpochMilli());

    // when
    AlibabaCloudException e =
        failure(() -> reply(200, whole.substring(0, length)).enterpriseToken());

    // then
    assertThat(e.code()).isEqualTo("InvalidResponse");
    assertThat(e.reason()).isEqualTo(Reason.Unreachable);
    assertThat(e.getMessage()).doesNotContain("opaque");
  }

  @Example
  void rejectsAnHtmlPage() {
    assertThat(failure(() -> reply(200, "<html>Welcome to hotel wifi</html>")).code())
        .isEqualTo("InvalidResponse");
    AlibabaCloudException e = failure(() -> reply(502, "<html>Bad gateway</html>"));
    assertThat(e.code()).isEqualTo("Http502");
    assertThat(e.advice()).contains("proxy").doesNotContain("RequestId");
    assertThat(e.reason()).isEqualTo(Reason.Unreachable);
    assertThat(e.isPermanent()).isFalse();
  }

  @Example
  void recognizesBothFormsOfErrors() {
    for (int status : new int[] {200, 400, 404}) {
      AlibabaCloudException e =
          failure(
              () ->
                  reply(
                      status,
                      """
                      {"IsSuccess":false,"Code":"INSTANCE_NOT_EXIST","RequestId":"R-9",
                       "Message":"instance is not exist"}\
                      """));
      assertThat(e.reason()).isEqualTo(Reason.InstanceNotFound);
      assertThat(e.code()).isEqualTo("INSTANCE_NOT_EXIST");
      assertThat(e.requestId()).isEqualTo("R-9");
      assertThat(e.getMessage()).isEqualTo("instance is not exist");
      assertThat(e.isPermanent()).isTrue();
    }
    assertThat(failure(() -> reply(200, "{\"code\":\"Throttling.User\"}")).reason())
        .as("a 200 may carry a code of the other spelling")
        .isEqualTo(Reason.Throttled);
    assertThat(failure(() -> reply(200, "{\"IsSuccess\":false,\"RequestId\":\"R-9\"}")))
        .as("a 200 may refuse without a code")
        .returns("Http200", AlibabaCloudException::code)
        .returns("R-9", AlibabaCloudException::requestId);
    assertThat(failure(() -> reply(400, "{\"Code\":\"Throttling\"}")).reason())
        .isEqualTo(Reason.Throttled);
    assertThat(failure(() -> reply(429, "")).reason()).isEqualTo(Reason.Throttled);
  }

  @Example
  void namesTheStatusOfARefusalWithoutAMessageOnlyIfItIsAnError() {
    assertThat(failure(() -> reply(200, "{\"IsSuccess\":false,\"Code\":\"INSTANCE_NOT_EXIST\"}")))
        .hasMessage("The service refused the request without a message");
    assertThat(failure(() -> reply(503, "<html>"))).hasMessage("HTTP status 503 without a message");
  }

  @Example
  void namesTheDeniedAction() {
    assertThat(
            failure(() -> reply(403, "{\"Code\":\"Forbidden.RAM\",\"Message\":\"no\"}")).advice())
        .contains("cr:GetAuthorizationToken");
  }

  @Example
  void rejectsAnEmptyOrExpiredToken() {
    // given
    long later = NOW.plusSeconds(3_600).toEpochMilli();

    // then
    for (String body :
        new String[] {
          TOKEN.formatted(NOW.minusSeconds(1).toEpochMilli()),
          TOKEN.formatted(NOW.plusSeconds(9).toEpochMilli()),
          TOKEN.formatted(Long.MIN_VALUE),
          TOKEN.formatted(Long.MAX_VALUE),
          TOKEN.formatted(0),
          TOKEN.formatted(later).replace("opaque:with=colons", ""),
          TOKEN.formatted(later).replace("cr_temp_user", " "),
          TOKEN.formatted(later).replace("ExpireTime", "Expires"),
          "{\"IsSuccess\":true,\"Code\":\"success\"}"
        }) {
      assertThat(failure(() -> reply(200, body).enterpriseToken()).code())
          .isEqualTo("InvalidResponse");
    }
  }

  @Example
  void hidesTheKeyEchoedInASignatureError() {
    // when
    AlibabaCloudException e =
        failure(
            () ->
                reply(
                    400,
                    """
                    {"Code":"SignatureDoesNotMatch","RequestId":"R-2 planted-secret\\u202e","Message":"Specified \
                    signature for LTAI5tPlantedCanary is not matched.\\nserver string to sign \
                    is:ACS3 LTAI5tPlantedCanary planted-secret"}\
                    """));

    // then
    assertThat(e.getMessage() + e.code() + e.advice() + e.requestId() + e)
        .doesNotContain("LTAI5tPlantedCanary")
        .doesNotContain("planted-secret")
        .doesNotContain("\u202e")
        .doesNotContain("\n");
    assertThat(e.getMessage()).startsWith("Specified signature for *** is not matched");
    assertThat(e.reason()).isEqualTo(Reason.AccessDenied);
    assertThat(e.advice()).contains("stray newline");
  }

  /** Not only where a message quotes a request in a form that is removed as a whole. */
  @Example
  void hidesTheKeyAnywhereInAMessage() {
    assertThat(
            failure(
                () ->
                    reply(
                        400,
                        """
                        {"Code":"Invalid planted-secret","Message":"planted-secret is not valid"}\
                        """)))
        .hasMessage("*** is not valid")
        .returns("Invalid ***", AlibabaCloudException::code);
  }

  @Example
  void shortensHostileCodesAndRequestIds() {
    // when
    AlibabaCloudException e =
        failure(
            () ->
                reply(
                    500,
                    "{\"Code\":\"%s\",\"RequestId\":\"%s\",\"Message\":\"%s\"}"
                        .formatted("x y ".repeat(200), "r q ".repeat(200), "m n ".repeat(5_000))));

    // then
    assertThat(e.code()).hasSizeLessThanOrEqualTo(256);
    assertThat(e.requestId()).hasSizeLessThanOrEqualTo(256);
    assertThat(e.getMessage()).hasSizeLessThanOrEqualTo(256);
  }

  private static ApiResponse reply(int status, String body) {
    return ApiResponse.of(status, body, "cr:GetAuthorizationToken", KEY, RECEPTION);
  }

  private static AlibabaCloudException failure(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    AlibabaCloudException e = catchThrowableOfType(AlibabaCloudException.class, call);
    assertThat(e).isNotNull();
    return e;
  }
}
