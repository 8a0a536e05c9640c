// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.endpoint;

import java.util.Set;

/**
 * The hosts of STS by region. Source of the exceptions: the endpoint map of the official SDK,
 * com.aliyun:sts20150401 1.1.4, Client.java; {@code StsHostsTest} compares.
 */
public final class StsHosts {

  /** Serves all regions. */
  public static final String CENTRAL = "https://sts.aliyuncs.com";

  /** Of a region, with the placeholder {@code {network}}. */
  public static final String REGIONAL = "https://sts{network}.{region}.aliyuncs.com";

  /** Regions without a host of their own. */
  private static final Set<String> CENTRAL_ONLY =
      Set.of(
          "ap-northeast-2-pop",
          "cn-beijing-finance-1",
          "cn-beijing-finance-pop",
          "cn-beijing-gov-1",
          "cn-beijing-nu16-b01",
          "cn-edge-1",
          "cn-fujian",
          "cn-haidian-cm12-c01",
          "cn-hangzhou-bj-b01",
          "cn-hangzhou-finance",
          "cn-hangzhou-internal-prod-1",
          "cn-hangzhou-internal-test-1",
          "cn-hangzhou-internal-test-2",
          "cn-hangzhou-internal-test-3",
          "cn-hangzhou-test-306",
          "cn-hongkong-finance-pop",
          "cn-huhehaote-nebula-1",
          "cn-qingdao-nebula",
          "cn-shanghai-et15-b01",
          "cn-shanghai-et2-b01",
          "cn-shanghai-inner",
          "cn-shanghai-internal-test-1",
          "cn-shenzhen-inner",
          "cn-shenzhen-st4-d01",
          "cn-shenzhen-su18-b01",
          "cn-wuhan",
          "cn-yushanfang",
          "cn-zhangbei",
          "cn-zhangbei-na61-b01",
          "cn-zhangjiakou-na62-a01",
          "cn-zhengzhou-nebula-1",
          "eu-west-1-oxs",
          "rus-west-1-pop");

  /** Regions whose host is reachable from VPCs only. */
  private static final Set<String> VPC_ONLY = Set.of("cn-north-2-gov-1", "cn-shenzhen-finance-1");

  private StsHosts() {}

  /** The base URL for a region; it has the placeholder {@code {network}} if there is a choice. */
  public static String of(String region) {
    if (CENTRAL_ONLY.contains(region)) {
      return CENTRAL;
    }
    String url = REGIONAL.replace("{region}", region);
    return VPC_ONLY.contains(region) ? url.replace("{network}", "-vpc") : url;
  }
}
