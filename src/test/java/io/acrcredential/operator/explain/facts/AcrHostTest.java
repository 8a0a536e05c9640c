// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.explain.facts.AcrHost.Edition;
import io.acrcredential.operator.explain.facts.AcrHost.Network;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcrHostTest {

  @ParameterizedTest
  @CsvSource({
    "acme-registry.cn-hangzhou.cr.aliyuncs.com, ENTERPRISE, acme, cn-hangzhou, PUBLIC",
    "a-registry-registry-vpc.cn-hangzhou-finance.cr.aliyuncs.com, ENTERPRISE, a-registry,"
        + " cn-hangzhou-finance, VPC",
    "acme-registry-vpc.distributed.cn-beijing.cr.aliyuncs.com:65001, ENTERPRISE, acme,"
        + " cn-beijing, P2P",
    "registry.cn-hangzhou.aliyuncs.com, PERSONAL, '', cn-hangzhou, PUBLIC",
    "registry-vpc.cn-hangzhou.aliyuncs.com, PERSONAL, '', cn-hangzhou, VPC",
    "registry-internal.cn-hangzhou.aliyuncs.com, PERSONAL, '', cn-hangzhou, INTERNAL",
    "registry-intl.ap-southeast-1.aliyuncs.com, PERSONAL, '', ap-southeast-1, PUBLIC",
    "registry-intl-vpc.ap-southeast-1.aliyuncs.com, PERSONAL, '', ap-southeast-1, VPC",
    "crpi-abc123.cn-hangzhou.personal.cr.aliyuncs.com, PERSONAL_INSTANCE, crpi-abc123,"
        + " cn-hangzhou, PUBLIC",
    "crpi-abc123-vpc.cn-hangzhou.personal.cr.aliyuncs.com, PERSONAL_INSTANCE, crpi-abc123,"
        + " cn-hangzhou, VPC"
  })
  void readsEveryOfficialForm(
      String host, Edition edition, String name, String region, Network network) {
    assertThat(AcrHost.of(host)).contains(new AcrHost(edition, name, region, network));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docker.io",
        "img.example.cn",
        "acme-registry.cn-hangzhou.cr.aliyuncs.com.evil.example",
        "registry.aliyuncs.com"
      })
  void knowsNoOther(String host) {
    assertThat(AcrHost.of(host)).isEmpty();
  }

  /** The hosts that the operator computes are official ones. */
  @Test
  void knowsTheComputedDomains() {
    for (String instance : new String[] {"", "crpi-abc123"}) {
      assertThat(new RegistryRef(Identity.OWN, "cn-hangzhou", instance).computedDomains())
          .isNotEmpty()
          .allSatisfy(host -> assertThat(AcrHost.of(host)).isPresent());
    }
  }
}
