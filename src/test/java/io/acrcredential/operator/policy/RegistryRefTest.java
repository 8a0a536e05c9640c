// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.policy.RegistryRef.Edition;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RegistryRefTest {

  @Test
  void computesNoDomainsForEnterpriseEdition() {
    RegistryRef ref = ref("cri-abc", "cn-hangzhou");
    assertThat(ref.edition()).isEqualTo(Edition.ENTERPRISE);
    assertThat(ref.computedDomains()).isEmpty();
    assertThat(ref.describe()).isEqualTo("instance cri-abc in cn-hangzhou");
  }

  @Test
  void computesFiveHostsOfSharedPersonalEdition() {
    RegistryRef ref = ref("", "cn-beijing");
    assertThat(ref.edition()).isEqualTo(Edition.PERSONAL);
    assertThat(ref.computedDomains())
        .containsExactly(
            "registry.cn-beijing.aliyuncs.com",
            "registry-vpc.cn-beijing.aliyuncs.com",
            "registry-internal.cn-beijing.aliyuncs.com",
            "registry-intl.cn-beijing.aliyuncs.com",
            "registry-intl-vpc.cn-beijing.aliyuncs.com");
    assertThat(ref.describe()).isEqualTo("Personal Edition in cn-beijing");
  }

  @Test
  void computesOwnHostsOfPersonalEditionInstance() {
    RegistryRef ref = ref("crpi-abc", "cn-hangzhou");
    assertThat(ref.edition()).isEqualTo(Edition.PERSONAL_INSTANCE);
    assertThat(ref.computedDomains())
        .containsExactly(
            "crpi-abc.cn-hangzhou.personal.cr.aliyuncs.com",
            "crpi-abc-vpc.cn-hangzhou.personal.cr.aliyuncs.com");
  }

  @Test
  void computesOnlyDomainsThatAPolicyAccepts() {
    for (String id : List.of("", "crpi-abc")) {
      for (String domain : ref(id, "cn-hangzhou").computedDomains()) {
        AcrCredentialPolicy policy =
            new SpecTable.Row(
                    "{registries: [{instanceId: '" + id + "', domains: [" + domain + "]}]}", null)
                .policy("p");
        assertThat(
                new PolicyCompiler(() -> Optional.of("cn-hangzhou"))
                    .compile(policy)
                    .acceptedRegistries())
            .as(domain)
            .hasSize(1);
      }
    }
  }

  @Test
  void sortsByRegionInstanceAndIdentity() {
    RegistryRef other =
        new RegistryRef(new Identity.KeySecret("b", null, null), "cn-beijing", "cri-a");
    assertThat(
            Stream.of(
                    ref("cri-a", "cn-hangzhou"),
                    ref("cri-b", "cn-beijing"),
                    ref("", "cn-beijing"),
                    other)
                .sorted())
        .extracting(r -> r.region() + r.instanceId() + r.identity().describe().charAt(0))
        .containsExactly(
            "cn-beijingt", "cn-beijingcri-aA", "cn-beijingcri-bt", "cn-hangzhoucri-at");
  }

  private static RegistryRef ref(String instanceId, String region) {
    return new RegistryRef(Identity.OWN, region, instanceId);
  }
}
