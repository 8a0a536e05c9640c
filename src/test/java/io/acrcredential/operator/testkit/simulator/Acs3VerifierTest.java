// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Acs3VerifierTest {

  private static final String EMPTY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  private static final String SIGNED =
      "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
  private static final AccessKey KEY =
      new AccessKey("YourAccessKeyId", "YourAccessKeySecret", new SimAccount("1001"), true);

  private Instant now = Instant.parse("2023-10-26T10:22:32Z");
  private Optional<AccessKey> key = Optional.of(KEY);
  private final Acs3Verifier verifier = new Acs3Verifier(id -> key, () -> now);

  /** The official vector of "V3 request syntax and signature method". */
  private static ApiRequest official() {
    return request(
        "POST",
        "/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
        "ecs.cn-shanghai.aliyuncs.com",
        "RunInstances",
        "2014-05-26",
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
  }

  @Test
  void recomputesTheOfficialVector() {
    // given
    var request = official();
    // when
    var canonical = Acs3Verifier.canonicalRequest(request, SIGNED);
    // then
    assertThat(Acs3Verifier.stringToSign(canonical))
        .isEqualTo(
            "ACS3-HMAC-SHA256\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259");
    assertThat(
            Acs3Verifier.hex(
                Acs3Verifier.hmac("YourAccessKeySecret", Acs3Verifier.stringToSign(canonical))))
        .isEqualTo("06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
  }

  @Test
  void acceptsTheOfficialVector() throws Refusal {
    // given
    var request = official();
    // when
    var verified = verifier.verify(request);
    // then
    assertThat(verified).isSameAs(KEY);
  }

  /** Regression values that this project computed; not official. */
  @ParameterizedTest
  @CsvSource({
    "GET, /tokens, cr.cn-hangzhou.aliyuncs.com, 2016-06-07,"
        + " f6ea4783ae0ef2245e7bbed06c5eace6feb24c9599f13c7abed9bdb36c5302dd",
    "POST, /?InstanceId=cri-xxx, cr-vpc.cn-hangzhou.aliyuncs.com, 2018-12-01,"
        + " 83ae90f35691e4a28c2daa2d88e30d71a362b0ff9fa33c0f79a4f61fb66c0c25"
  })
  void acceptsTheRegressionVectors(
      String method, String uri, String host, String version, String signature) throws Refusal {
    // given
    var request = request(method, uri, host, "GetAuthorizationToken", version, signature);
    // when
    var verified = verifier.verify(request);
    // then
    assertThat(verified).isSameAs(KEY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-PT15M", "PT15M"})
  void acceptsADateWithin15Minutes(String skew) throws Refusal {
    // given
    now = now.plus(Duration.parse(skew));
    // when
    var verified = verifier.verify(official());
    // then
    assertThat(verified).isSameAs(KEY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-PT15M1S", "PT15M1S"})
  void refusesAStaleDate(String skew) {
    // given
    now = now.plus(Duration.parse(skew));
    // when
    var refusal = refusalOf(official());
    // then
    assertThat(refusal.code).isEqualTo("InvalidTimeStamp.Expired");
  }

  @Test
  void refusesAMalformedDate() {
    // given
    var request = with(official(), "x-acs-date", "Thu, 26 Oct 2023 10:22:32 GMT");
    // when
    var refusal = refusalOf(request);
    // then
    assertThat(refusal.code).isEqualTo("InvalidTimeStamp.Format");
  }

  @Test
  void refusesAReplayedNonce() throws Refusal {
    // given
    verifier.verify(official());
    // when
    var refusal = refusalOf(official());
    // then
    assertThat(refusal.code).isEqualTo("SignatureNonceUsed");
  }

  @Test
  void refusesAnUnknownAccessKey() {
    // given
    key = Optional.empty();
    // when
    var refusal = refusalOf(official());
    // then
    assertThat(refusal.code).isEqualTo("InvalidAccessKeyId.NotFound");
    assertThat(refusal.status).isEqualTo(404);
  }

  @Test
  void refusesADisabledAccessKey() {
    // given
    key = Optional.of(new AccessKey(KEY.id(), KEY.secret(), KEY.account(), false));
    // when
    var refusal = refusalOf(official());
    // then
    assertThat(refusal.code).isEqualTo("InvalidAccessKeyId.Inactive");
  }

  @ParameterizedTest
  @CsvSource({
    "host, ecs.cn-beijing.aliyuncs.com",
    "x-acs-action, DeleteInstances",
    "x-acs-version, 2014-05-27",
    "x-acs-signature-nonce, another",
    "x-acs-date, 2023-10-26T10:22:33Z"
  })
  void refusesATamperedHeader(String header, String value) {
    // given
    var request = with(official(), header, value);
    // when
    var refusal = refusalOf(request);
    // then
    assertThat(refusal.code).isEqualTo("SignatureDoesNotMatch");
  }

  @Test
  void echoesTheStringToSignAndTheAccessKeyButNoSecret() {
    // given
    var request = with(official(), "x-acs-action", "DeleteInstances");
    // when
    var refusal = refusalOf(request);
    // then
    assertThat(refusal)
        .hasMessageContaining("server string to sign is:ACS3-HMAC-SHA256\n")
        .hasMessageContaining("x-acs-action:DeleteInstances\n")
        .hasMessageContaining(KEY.id())
        .hasMessageNotContaining(KEY.secret());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/?ImageId=x&RegionId=cn-shanghai", "/extra", "/"})
  void refusesATamperedQueryOrPath(String uri) {
    // given
    var official = official();
    var request =
        new ApiRequest(official.method(), URI.create(uri), official.headers(), new byte[0]);
    // when
    var refusal = refusalOf(request);
    // then
    assertThat(refusal.code).isEqualTo("SignatureDoesNotMatch");
  }

  @Test
  void refusesATamperedMethod() {
    // given
    var official = official();
    var request = new ApiRequest("GET", official.uri(), official.headers(), new byte[0]);
    // when
    var refusal = refusalOf(request);
    // then
    assertThat(refusal.code).isEqualTo("SignatureDoesNotMatch");
  }

  @Test
  void refusesAnotherBodyThanTheSignedOne() {
    // given
    var official = official();
    var request = new ApiRequest("POST", official.uri(), official.headers(), "a=b".getBytes(UTF_8));
    // when
    var refusal = refusalOf(request);
    // then
    assertThat(refusal.code).isEqualTo("SignatureDoesNotMatch");
  }

  @Test
  void refusesAContentHashOfAnotherBody() {
    // given a signature over the right body but a header that lies about it
    var lying = with(official(), "x-acs-content-sha256", "0".repeat(64));
    var signature =
        Acs3Verifier.hex(
            Acs3Verifier.hmac(
                KEY.secret(),
                Acs3Verifier.stringToSign(Acs3Verifier.canonicalRequest(lying, SIGNED))));
    // when
    var refusal = refusalOf(with(lying, "authorization", authorization(SIGNED, signature)));
    // then
    assertThat(refusal.code).isEqualTo("SignatureDoesNotMatch");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host",
        "x-acs-action",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce"
      })
  void refusesAHeaderLeftUnsigned(String header) {
    // given a right signature over fewer headers
    var fewer = SIGNED.replace(header + ";", "");
    var signature =
        Acs3Verifier.hex(
            Acs3Verifier.hmac(
                KEY.secret(),
                Acs3Verifier.stringToSign(Acs3Verifier.canonicalRequest(official(), fewer))));
    // when
    var refusal = refusalOf(with(official(), "authorization", authorization(fewer, signature)));
    // then
    assertThat(refusal.code).isEqualTo("IncompleteSignature");
  }

  @Test
  void refusesASignedHeaderThatWasNotSent() {
    // given a right signature over a header without a value
    var more = "content-type;" + SIGNED;
    var signature =
        Acs3Verifier.hex(
            Acs3Verifier.hmac(
                KEY.secret(),
                Acs3Verifier.stringToSign(Acs3Verifier.canonicalRequest(official(), more))));
    // when
    var refusal = refusalOf(with(official(), "authorization", authorization(more, signature)));
    // then
    assertThat(refusal.code).isEqualTo("IncompleteSignature");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "acs YourAccessKeyId:c2ln", "Bearer x"})
  void refusesOtherAuthorizations(String authorization) {
    // given
    var request = with(official(), "authorization", authorization);
    // when
    var refusal = refusalOf(request);
    // then
    assertThat(refusal.code).isEqualTo("IncompleteSignature");
  }

  /** RFC 3986: a space is %20 however it was sent; %2A, ~ kept; sorted by name; "k=" if empty. */
  @ParameterizedTest
  @CsvSource({
    "/?b=1&a=2, a=2&b=1",
    "/?k=a%20b, k=a%20b",
    "/?k=a+b, k=a%20b",
    "/?k=a%2Bb, k=a%2Bb",
    "/?k=*, k=%2A",
    "/?k=%7E, k=~",
    "/?k=%e4%b8%ad, k=%E4%B8%AD",
    "/?k, k=",
    "/?k=a%3Db%26c, k=a%3Db%26c"
  })
  void canonicalizesTheQuery(String uri, String canonical) {
    // given
    var request = new ApiRequest("GET", URI.create(uri), Map.of(), new byte[0]);
    // when
    var lines = Acs3Verifier.canonicalRequest(request, "host").split("\n");
    // then
    assertThat(lines[2]).isEqualTo(canonical);
  }

  private Refusal refusalOf(ApiRequest request) {
    return catchThrowableOfType(Refusal.class, () -> verifier.verify(request));
  }

  private static ApiRequest request(
      String method, String uri, String host, String action, String version, String signature) {
    var headers =
        Map.of(
            "host", host,
            "x-acs-action", action,
            "x-acs-content-sha256", EMPTY,
            "x-acs-date", "2023-10-26T10:22:32Z",
            "x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d",
            "x-acs-version", version,
            "authorization", authorization(SIGNED, signature));
    return new ApiRequest(method, URI.create(uri), headers, new byte[0]);
  }

  private static String authorization(String signedHeaders, String signature) {
    return "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders="
        + signedHeaders
        + ",Signature="
        + signature;
  }

  private static ApiRequest with(ApiRequest request, String header, String value) {
    var headers = new TreeMap<>(request.headers());
    headers.put(header, value);
    return new ApiRequest(request.method(), request.uri(), headers, request.body());
  }
}
