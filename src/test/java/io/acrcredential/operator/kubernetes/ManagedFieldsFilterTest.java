// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ManagedFieldsFilterTest {

  private static final String ACCOUNT =
      """
      {"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"builder","namespace":"team-a",
       "labels":{"app":"web"},
       "managedFields":[{"manager":"kubectl","operation":"Update","fieldsType":"FieldsV1",
                         "fieldsV1":{"f:metadata":{"f:labels":{".":{},"f:app":{}}}}}],
       "resourceVersion":"7","somethingNew":"of a later Kubernetes"}}
      """;

  @Test
  void ignoresManagedFieldsOnly() {
    // given
    ObjectMapper mapper = new ObjectMapper();
    new ManagedFieldsFilter().customize(mapper);
    KubernetesSerialization serialization = new KubernetesSerialization(mapper, true);

    // when
    ObjectMeta meta = serialization.unmarshal(ACCOUNT, ServiceAccount.class).getMetadata();

    // then
    assertThat(meta.getManagedFields()).isEmpty();
    assertThat(meta.getName()).isEqualTo("builder");
    assertThat(meta.getLabels()).isEqualTo(Map.of("app", "web"));
    assertThat(meta.getResourceVersion()).isEqualTo("7");
    assertThat(meta.getAdditionalProperties()).containsOnlyKeys("somethingNew");
  }
}
