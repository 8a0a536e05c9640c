// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.inject.Singleton;

/**
 * Ignores {@code metadata.managedFields} of all objects: they are half of a small object, and the
 * operator does not use them. A write without managed fields does not change those of the server.
 */
@Singleton
final class ManagedFieldsFilter implements KubernetesClientObjectMapperCustomizer {

  @Override
  public void customize(ObjectMapper mapper) {
    mapper.addMixIn(ObjectMeta.class, WithoutManagedFields.class);
  }

  /** Jackson reads the annotation by reflection. */
  @RegisterForReflection(methods = false, fields = false)
  @JsonIgnoreProperties("managedFields")
  abstract static class WithoutManagedFields {}
}
