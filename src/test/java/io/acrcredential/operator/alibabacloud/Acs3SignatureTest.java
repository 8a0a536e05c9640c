// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.Sha256;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Test vectors of the OpenAPI document "V3 request body and signature mechanism"; see
 * docs/acr-facts.md.
 */
class Acs3SignatureTest {

  private static final AccessKey KEY = AccessKey.of("YourAccessKeyId", "YourAccessKeySecret");
  private static final String EMPTY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  @Test
  void matchesTheOfficialVector() {
    // when
    String authorization =
        sign(
            "POST",
            "/",
            "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
            "ecs.cn-shanghai.aliyuncs.com",
            "RunInstances",
            "2014-05-26");

    // then
    assertThat(authorization)
        .isEqualTo(
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
                + "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
                + "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
  }

  /** For the two calls of the operator; computed here, not official. */
  @ParameterizedTest
  @CsvSource({
    "GET, /tokens, , cr.cn-hangzhou.aliyuncs.com, 2016-06-07,"
        + " f6ea4783ae0ef2245e7bbed06c5eace6feb24c9599f13c7abed9bdb36c5302dd",
    "POST, /, InstanceId=cri-xxx, cr-vpc.cn-hangzhou.aliyuncs.com, 2018-12-01,"
        + " 83ae90f35691e4a28c2daa2d88e30d71a362b0ff9fa33c0f79a4f61fb66c0c25"
  })
  void matchesTheRegressionVectors(
      String method, String path, String query, String host, String version, String signature) {
    assertThat(sign(method, path, query, host, "GetAuthorizationToken", version))
        .endsWith("Signature=" + signature);
  }

  @Test
  void hashesAnEmptyPayload() {
    assertThat(Sha256.hex(new byte[0])).isEqualTo(EMPTY);
  }

  @Test
  void sortsTheQueryAndEncodesItByRfc3986() {
    // computed by another implementation, in Python, of a=x%20y%2A~%2F&b=
    assertThat(signQuery("b&a=x+y*%7E/"))
        .endsWith("f6b8ba863532818972a7248f4f2a2f07c69470d51e8980d5363020e061bd7d8c")
        .isEqualTo(signQuery("b=&a=x%20y%2A~%2F"));
    assertThat(signQuery("a")).as("an empty value is k=").isEqualTo(signQuery("a="));
    assertThat(signQuery("")).isEqualTo(signQuery(null));
    assertThat(signQuery("a=1")).isNotEqualTo(signQuery("a=2"));
  }

  @Test
  void signatureDependsOnEveryPart() {
    // given
    String base = sign("POST", "/", "a=1", "host", "Action", "v");

    // then
    assertThat(sign("GET", "/", "a=1", "host", "Action", "v")).isNotEqualTo(base);
    assertThat(sign("POST", "/x", "a=1", "host", "Action", "v")).isNotEqualTo(base);
    assertThat(sign("POST", "/", "a=2", "host", "Action", "v")).isNotEqualTo(base);
    assertThat(sign("POST", "/", "a=1", "other", "Action", "v")).isNotEqualTo(base);
    assertThat(sign("POST", "/", "a=1", "host", "Other", "v")).isNotEqualTo(base);
  }

  private static String signQuery(String query) {
    return sign("POST", "/", query, "host", "Action", "v");
  }

  private static String sign(
      String method, String path, String query, String host, String action, String version) {
    return Acs3Signature.authorization(
        method,
        path,
        query,
        new TreeMap<>(
            Map.of(
                "host", host,
                "x-acs-action", action,
                "x-acs-version", version,
                "x-acs-date", "2023-10-26T10:22:32Z",
                "x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d",
                "x-acs-content-sha256", EMPTY)),
        EMPTY,
        KEY);
  }
}
