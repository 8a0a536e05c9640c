// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.kubernetes.Pages;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyValidator;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Maintains the Secret {@code acr-configuration-keys}, which stores the AccessKeys that the
 * ConfigMap has in plain text. A key stays as long as the ConfigMap or any policy refers to it,
 * because users may have copied the generated policy.
 */
public final class ConfigMapKeySecret {

  private static final String NAME = AcrConfigurationParser.KEYS_SECRET;

  private final KubernetesClient client;
  private final String namespace;
  private final WriteFence fence;

  public ConfigMapKeySecret(KubernetesClient client, String namespace, WriteFence fence) {
    this.client = client;
    this.namespace = namespace;
    this.fence = fence;
  }

  /**
   * Stores these keys, and retains those that policies still refer to.
   *
   * @return false if there are keys to store, but the Secret of that name is not managed by the
   *     operator
   */
  boolean reconcile(Map<String, SensitiveString> keys) {
    Secret before = secret().get();
    if (before != null && !Ownership.isOurs(before)) {
      return keys.isEmpty();
    }
    Map<String, String> data = retained(before, keys.keySet());
    keys.forEach((key, text) -> data.put(key, encoded(text)));
    if (data.isEmpty()) {
      delete(before);
    } else if (before == null || !data.equals(before.getData())) {
      write(before, data);
    }
    return true;
  }

  /** Lists the policies from the API server: a policy that no cache has yet must keep its keys. */
  private Map<String, String> retained(Secret before, Set<String> desired) {
    Map<String, String> retained = new HashMap<>();
    if (before != null && before.getData() != null) {
      retained.putAll(before.getData());
      if (!desired.containsAll(retained.keySet())) {
        retained.keySet().retainAll(referencedKeys());
      }
    }
    return retained;
  }

  private Set<String> referencedKeys() {
    return Pages.all(client.resources(AcrCredentialPolicy.class)).stream()
        .flatMap(policy -> PolicyValidator.validate(policy).acceptedRegistries().stream())
        .flatMap(registry -> keysOf(registry.identity()))
        .collect(Collectors.toSet());
  }

  private static Stream<String> keysOf(Identity identity) {
    if (identity instanceof Identity.Role role) {
      return keysOf(role.from());
    }
    return identity instanceof Identity.KeySecret ref && ref.name().equals(NAME)
        ? Stream.of(ref.accessKeyIdKey(), ref.accessKeySecretKey())
        : Stream.of();
  }

  private void write(Secret before, Map<String, String> data) {
    fence.permit("Secret", before == null ? "create" : "update");
    Secret desired =
        (before == null ? new SecretBuilder() : new SecretBuilder(before))
            .withData(data)
            .editOrNewMetadata()
            .withName(NAME)
            .withNamespace(namespace)
            .addToLabels(Ownership.LABELS)
            .addToAnnotations(Ownership.annotations(namespace))
            .endMetadata()
            .build();
    Resource<Secret> resource = client.secrets().inNamespace(namespace).resource(desired);
    if (before == null) {
      resource.create();
    } else {
      resource.update();
    }
  }

  private void delete(Secret before) {
    if (before != null) {
      fence.permit("Secret", "delete");
      secret().delete();
    }
  }

  private Resource<Secret> secret() {
    return client.secrets().inNamespace(namespace).withName(NAME);
  }

  private static String encoded(SensitiveString text) {
    return Base64.getEncoder().encodeToString(text.reveal().getBytes(UTF_8));
  }
}
