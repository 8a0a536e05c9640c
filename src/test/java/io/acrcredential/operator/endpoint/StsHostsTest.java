// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.aliyun.sts20150401.Client;
import com.aliyun.teaopenapi.models.Config;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The hosts of STS beside those of the official SDK. */
class StsHostsTest {

  private static Map<String, String> exceptionsOfTheSdk() throws Exception {
    Client sdk =
        new Client(
            new Config()
                .setAccessKeyId("id")
                .setAccessKeySecret("secret")
                .setRegionId("cn-hangzhou"));
    return sdk._endpointMap;
  }

  @Test
  void hasTheSameHostAsTheSdkForEveryException() throws Exception {
    // given
    Map<String, String> exceptions = exceptionsOfTheSdk();

    // when, then
    assertThat(exceptions).hasSizeGreaterThan(30);
    assertThat(exceptions)
        .allSatisfy(
            (region, host) ->
                assertThat(StsHosts.of(region)).as(region).isEqualTo("https://" + host));
  }

  /** The rule of the SDK for all other regions: com.aliyun:endpoint-util, "regional". */
  @Test
  void hasTheSameHostAsTheSdkForEveryOtherRegion() throws Exception {
    // given
    Map<String, String> exceptions = exceptionsOfTheSdk();

    // when, then
    for (String region :
        new String[] {
          "cn-hangzhou",
          "cn-shanghai",
          "cn-beijing",
          "cn-shenzhen",
          "cn-hongkong",
          "cn-shanghai-finance-1",
          "cn-heyuan-acdr-1",
          "ap-southeast-1",
          "us-east-1",
          "eu-central-1",
          "me-central-1"
        }) {
      String regional =
          com.aliyun.endpointutil.Client.getEndpointRules(
              "sts", region, "regional", "public", null);
      assertThat(exceptions).doesNotContainKey(region);
      assertThat(StsHosts.of(region).replace("{network}", "")).isEqualTo("https://" + regional);
      assertThat(StsHosts.of(region)).contains("{network}");
    }
  }
}
