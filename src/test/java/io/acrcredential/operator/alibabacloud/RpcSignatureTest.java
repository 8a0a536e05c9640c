// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Test vectors of the OpenAPI document "RPC signature mechanism"; see docs/acr-facts.md. */
class RpcSignatureTest {

  private static final AccessKey KEY = AccessKey.of("testid", "testsecret");

  /** GET is from the documentation; POST was recomputed. */
  @ParameterizedTest
  @CsvSource({"GET, OLeaidS1JvxuMvnyHOwuJ+uX5qY=", "POST, MxbnVAM4w6sft9xjVpe/GCKueuk="})
  void matchesTheVectorOfDescribeRegions(String method, String signature) {
    // when, then
    assertThat(RpcSignature.of(method, regions(), KEY)).isEqualTo(signature);
  }

  @Test
  void matchesTheVectorOfDescribeDedicatedHosts() {
    // given
    SortedMap<String, String> parameters = regions();
    parameters.put("Action", "DescribeDedicatedHosts");
    parameters.put("Format", "JSON");
    parameters.put("RegionId", "cn-beijing");
    parameters.put("SignatureNonce", "edb2b34af0af9a6d14deaf7c1a5315eb");
    parameters.put("Timestamp", "2023-03-13T08:34:30Z");

    // when, then
    assertThat(RpcSignature.of("GET", parameters, KEY)).isEqualTo("9NaGiOspFP5UPcwX8Iwt2YJXXuk=");
  }

  /** Computed by another implementation, in Python, of a=x y*~/+ü and b empty. */
  @Test
  void encodesByRfc3986() {
    // given
    SortedMap<String, String> parameters = new TreeMap<>(Map.of("b", "", "a", "x y*~/+ü"));

    // when, then
    assertThat(RpcSignature.encoded("x y*~/+ü-_.")).isEqualTo("x%20y%2A~%2F%2B%C3%BC-_.");
    assertThat(RpcSignature.of("POST", parameters, KEY)).isEqualTo("XVQSuQJft2iqUOU8yU+6YsVKBxA=");
  }

  @Test
  void signatureDependsOnEveryPart() {
    // given
    String base = RpcSignature.of("GET", regions(), KEY);
    SortedMap<String, String> other = regions();
    other.put("Version", "2014-05-27");
    SortedMap<String, String> more = regions();
    more.put("SecurityToken", "");

    // when, then
    assertThat(RpcSignature.of("GET", other, KEY)).isNotEqualTo(base);
    assertThat(RpcSignature.of("GET", more, KEY)).isNotEqualTo(base);
    assertThat(RpcSignature.of("GET", regions(), AccessKey.of("testid", "other")))
        .isNotEqualTo(base);
  }

  private static SortedMap<String, String> regions() {
    return new TreeMap<>(
        Map.of(
            "AccessKeyId", "testid",
            "Action", "DescribeRegions",
            "Format", "XML",
            "SignatureMethod", "HMAC-SHA1",
            "SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
            "SignatureVersion", "1.0",
            "Timestamp", "2016-02-23T12:46:24Z",
            "Version", "2014-05-26"));
  }
}
