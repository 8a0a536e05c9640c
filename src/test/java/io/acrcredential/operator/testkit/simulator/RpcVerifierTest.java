// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RpcVerifierTest {

  /** The official vector of "RPC request syntax and signature method". */
  private static final String REGIONS =
      "/?Timestamp=2016-02-23T12%3A46%3A24Z&Format=XML&AccessKeyId=testid&Action=DescribeRegions"
          + "&SignatureMethod=HMAC-SHA1&SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"
          + "&Version=2014-05-26&SignatureVersion=1.0";

  private static final String HOSTS =
      "/?Timestamp=2023-03-13T08%3A34%3A30Z&Format=JSON&AccessKeyId=testid"
          + "&Action=DescribeDedicatedHosts&SignatureMethod=HMAC-SHA1&RegionId=cn-beijing"
          + "&SignatureNonce=edb2b34af0af9a6d14deaf7c1a5315eb&Version=2014-05-26"
          + "&SignatureVersion=1.0";

  private static final String SIGNATURE = "OLeaidS1JvxuMvnyHOwuJ+uX5qY=";
  private static final AccessKey KEY =
      new AccessKey("testid", "testsecret", new SimAccount("1001"), true);

  private Instant now = Instant.parse("2016-02-23T12:46:24Z");
  private final RpcVerifier verifier =
      new RpcVerifier(new CallerChecks(id -> Optional.of(KEY), () -> now));

  /** GET: official; POST: computed by this project. */
  @ParameterizedTest
  @CsvSource({
    "GET, " + REGIONS + ", OLeaidS1JvxuMvnyHOwuJ+uX5qY=",
    "POST, " + REGIONS + ", MxbnVAM4w6sft9xjVpe/GCKueuk=",
    "GET, " + HOSTS + ", 9NaGiOspFP5UPcwX8Iwt2YJXXuk="
  })
  void recomputesTheVectors(String method, String uri, String signature) {
    // given
    var request = new ApiRequest(method, URI.create(uri), Map.of(), new byte[0]);
    // when
    var recomputed = RpcVerifier.signature(request, KEY.secret());
    // then
    assertThat(recomputed).isEqualTo(signature);
  }

  @Test
  void acceptsTheOfficialVector() throws Refusal {
    // when
    var verified = verifier.verify(signed(REGIONS));
    // then
    assertThat(verified).isSameAs(KEY);
  }

  @Test
  void acceptsParametersInTheBody() throws Refusal {
    // given the same parameters, half of them in a form
    var all = signed(REGIONS).uri().getRawQuery();
    var at = all.indexOf("&Action");
    var headers = Map.of("content-type", "application/x-www-form-urlencoded");
    var body = all.substring(at + 1).getBytes(UTF_8);
    var request = new ApiRequest("GET", URI.create("/?" + all.substring(0, at)), headers, body);
    // when
    var verified = verifier.verify(request);
    // then
    assertThat(verified).isSameAs(KEY);
  }

  @ParameterizedTest
  @CsvSource({
    "DescribeRegions, DescribeZones, SignatureDoesNotMatch",
    "Format=XML, Format=JSON, SignatureDoesNotMatch",
    "OLeaid, OLeaie, SignatureDoesNotMatch",
    "HMAC-SHA1, HMAC-SHA256, InvalidSignatureMethod",
    "SignatureVersion=1.0, SignatureVersion=2.0, InvalidSignatureMethod",
    "12%3A46%3A24Z, 12%3A46, InvalidTimeStamp.Format",
    "SignatureNonce, Nonce, MissingSignatureNonce",
    "AccessKeyId, Id, MissingAccessKeyId",
    "Signature=, Signed=, MissingSignature",
    "Format=XML, SecurityToken=CAISx, SignatureDoesNotMatch"
  })
  void refusesAModifiedRequest(String from, String to, String code) {
    // given
    var uri = signed(REGIONS).uri().toString().replace(from, to);
    // when
    var refusal = refusalOf(new ApiRequest("GET", URI.create(uri), Map.of(), new byte[0]));
    // then
    assertThat(refusal.code).isEqualTo(code);
    assertThat(refusal).hasMessageNotContaining(KEY.secret());
  }

  @Test
  void refusesAnotherMethod() {
    // given
    var request = new ApiRequest("POST", signed(REGIONS).uri(), Map.of(), new byte[0]);
    // when
    var refusal = refusalOf(request);
    // then
    assertThat(refusal.code).isEqualTo("SignatureDoesNotMatch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-PT15M1S", "PT15M1S"})
  void refusesAStaleDate(String skew) {
    // given
    now = now.plus(Duration.parse(skew));
    // when
    var refusal = refusalOf(signed(REGIONS));
    // then
    assertThat(refusal.code).isEqualTo("InvalidTimeStamp.Expired");
  }

  @Test
  void refusesAReplay() throws Refusal {
    // given
    verifier.verify(signed(REGIONS));
    // when
    var refusal = refusalOf(signed(REGIONS));
    // then
    assertThat(refusal.code).isEqualTo("SignatureNonceUsed");
  }

  private Refusal refusalOf(ApiRequest request) {
    return catchThrowableOfType(Refusal.class, () -> verifier.verify(request));
  }

  private static ApiRequest signed(String uri) {
    var signature = "&Signature=" + URLEncoder.encode(SIGNATURE, UTF_8);
    return new ApiRequest("GET", URI.create(uri + signature), Map.of(), new byte[0]);
  }
}
