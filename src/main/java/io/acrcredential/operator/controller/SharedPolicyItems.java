// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.StdDelegatingDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.util.StdConverter;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import jakarta.inject.Singleton;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * Makes equal items of policies one object when they are read. Policies that use the same registry
 * have equal items in spec and status, and the informer's cache holds all of them: of 500 policies
 * with 256 registries each, they would be most of the heap.
 */
@Singleton
final class SharedPolicyItems implements KubernetesClientObjectMapperCustomizer {

  private static final Set<Class<?>> TYPES = Set.of(Registry.class, RegistryStatus.class);

  private final Interner interner = new Interner();

  @Override
  public void customize(ObjectMapper mapper) {
    mapper.registerModule(
        new SimpleModule(SharedPolicyItems.class.getName())
            .setDeserializerModifier(new Modifier()));
  }

  private final class Modifier extends BeanDeserializerModifier {

    private static final long serialVersionUID = 1;

    @Override
    public JsonDeserializer<?> modifyDeserializer(
        DeserializationConfig config, BeanDescription type, JsonDeserializer<?> deserializer) {
      return TYPES.contains(type.getBeanClass())
          ? new StdDelegatingDeserializer<>(interner, type.getType(), deserializer)
          : deserializer;
    }
  }

  /** Keeps a value as long as something else refers to it. Values are immutable. */
  private static final class Interner extends StdConverter<Object, Object> {

    private final Map<Object, WeakReference<Object>> values = new WeakHashMap<>();

    @Override
    public synchronized Object convert(Object value) {
      WeakReference<Object> known = values.get(value);
      Object same = known == null ? null : known.get();
      if (same != null) {
        return same;
      }
      values.put(value, new WeakReference<>(value));
      return value;
    }
  }
}
