package io.acrcredential.operator.configmap;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.kubernetes.Ownership;
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
 * Keeps the Secret {@code acr-configuration-keys}: the AccessKeys that stand in the ConfigMap as
 * plain text, each for as long as the ConfigMap or any policy wants it, since somebody may have
 * copied ours.
 */
public final class ConfigMapKeySecret {

  private static final String NAME = AcrConfigurationParser.KEYS_SECRET;

  private final KubernetesClient client;
  private final String namespace;
  private final WriteFence gate;

  public ConfigMapKeySecret(KubernetesClient client, String namespace, WriteFence gate) {
    this.client = client;
    this.namespace = namespace;
    this.gate = gate;
  }

  /**
   * Makes the Secret hold these, and those that policies still name.
   *
   * @return false where there are keys to keep, and a Secret of that name is somebody else's
   */
  boolean keep(Map<String, SensitiveString> keys) {
    Secret before = secret().get();
    if (before != null && !Ownership.isOurs(before)) {
      return keys.isEmpty();
    }
    Map<String, String> data = stillNamed(before, keys.keySet());
    keys.forEach((key, text) -> data.put(key, encoded(text)));
    if (data.isEmpty()) {
      remove(before);
    } else if (before == null || !data.equals(before.getData())) {
      write(before, data);
    }
    return true;
  }

  /** Asks the API server: a policy that is newer than our picture must not lose its key. */
  private Map<String, String> stillNamed(Secret before, Set<String> wanted) {
    Map<String, String> kept = new HashMap<>();
    if (before != null && before.getData() != null) {
      kept.putAll(before.getData());
      if (!wanted.containsAll(kept.keySet())) {
        kept.keySet().retainAll(named());
      }
    }
    return kept;
  }

  private Set<String> named() {
    return client.resources(AcrCredentialPolicy.class).list().getItems().stream()
        .flatMap(policy -> PolicyValidator.validate(policy).acceptedRegistries().stream())
        .flatMap(registry -> named(registry.identity()))
        .collect(Collectors.toSet());
  }

  private static Stream<String> named(Identity identity) {
    if (identity instanceof Identity.Role role) {
      return named(role.from());
    }
    return identity instanceof Identity.KeySecret ref && ref.name().equals(NAME)
        ? Stream.of(ref.accessKeyIdKey(), ref.accessKeySecretKey())
        : Stream.of();
  }

  private void write(Secret before, Map<String, String> data) {
    gate.permit("Secret", before == null ? "create" : "update");
    Secret wanted =
        (before == null ? new SecretBuilder() : new SecretBuilder(before))
            .withData(data)
            .editOrNewMetadata()
            .withName(NAME)
            .withNamespace(namespace)
            .addToLabels(Ownership.LABELS)
            .endMetadata()
            .build();
    Resource<Secret> resource = client.secrets().inNamespace(namespace).resource(wanted);
    if (before == null) {
      resource.create();
    } else {
      resource.update();
    }
  }

  private void remove(Secret before) {
    if (before != null) {
      gate.permit("Secret", "delete");
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
