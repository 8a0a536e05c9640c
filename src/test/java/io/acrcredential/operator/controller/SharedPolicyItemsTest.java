// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedPolicyItemsTest {

  private static final String POLICY =
      """
      {"apiVersion":"acrcredential.io/v1alpha1","kind":"AcrCredentialPolicy","metadata":{"name":"%s"},
       "spec":{"registries":[{"instanceId":"cri-abc","region":"cn-hangzhou","domains":["a.cn"]},
                             {"instanceId":"cri-def","region":"cn-hangzhou"}]},
       "status":{"registries":[{"instanceId":"cri-abc","region":"cn-hangzhou","domains":["a.cn"],
                                "state":"Fresh","expiresAt":"%s"}]}}
      """;

  private final KubernetesSerialization serialization = serialization();

  @Test
  void readsEqualItemsAsOneObject() {
    // when
    AcrCredentialPolicy one = read("one", "2026-01-01T00:00:00Z");
    AcrCredentialPolicy two = read("two", "2026-01-01T00:00:00Z");
    AcrCredentialPolicy later = read("later", "2026-01-01T01:00:00Z");

    // then
    assertThat(two.getSpec().registries().get(0)).isSameAs(one.getSpec().registries().get(0));
    assertThat(two.getSpec().registries().get(1)).isSameAs(one.getSpec().registries().get(1));
    assertThat(two.getStatus().registries().get(0)).isSameAs(one.getStatus().registries().get(0));
    assertThat(serialization.clone(one).getStatus().registries().get(0))
        .isSameAs(one.getStatus().registries().get(0));

    // and the values are those that were read
    assertThat(one.getSpec().registries().get(0).domains()).isEqualTo(List.of("a.cn"));
    assertThat(one.getSpec().registries().get(1).instanceId()).isEqualTo("cri-def");
    assertThat(one.getStatus().registries().get(0).state()).isEqualTo(State.Fresh);
    assertThat(later.getStatus().registries().get(0).expiresAt()).isEqualTo("2026-01-01T01:00:00Z");
  }

  private AcrCredentialPolicy read(String name, String expiresAt) {
    return serialization.unmarshal(POLICY.formatted(name, expiresAt), AcrCredentialPolicy.class);
  }

  private static KubernetesSerialization serialization() {
    ObjectMapper mapper = new ObjectMapper();
    new SharedPolicyItems().customize(mapper);
    return new KubernetesSerialization(mapper, true);
  }
}
