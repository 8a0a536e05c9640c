package io.acrcredential.operator.kubernetes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.inject.Singleton;

/**
 * Skips {@code metadata.managedFields} wherever it is read: half of what the API server sends of a
 * small object, and nothing here asks who wrote which field. A write without them leaves the
 * server's own as they are.
 */
@Singleton
final class ManagedFieldsFilter implements KubernetesClientObjectMapperCustomizer {

  @Override
  public void customize(ObjectMapper mapper) {
    mapper.addMixIn(ObjectMeta.class, Skipped.class);
  }

  /** Its annotation is read by reflection. */
  @RegisterForReflection(methods = false, fields = false)
  @JsonIgnoreProperties("managedFields")
  abstract static class Skipped {}
}
