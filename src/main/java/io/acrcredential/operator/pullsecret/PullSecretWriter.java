package io.acrcredential.operator.pullsecret;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Writes pull Secrets: POST, a JSON patch with a test on the resource version, or a PUT of an
 * object read whole. Conflicts are thrown; the caller looks again.
 */
public final class PullSecretWriter {

  private final KubernetesClient client;
  private final String name;
  private final WriteFence gate;
  private final Clock clock;

  /**
   * @param name of the pull Secret in every namespace
   */
  public PullSecretWriter(KubernetesClient client, String name, WriteFence gate, Clock clock) {
    this.client = client;
    this.name = name;
    this.gate = gate;
    this.clock = clock;
  }

  /** The Secret as it is now; null = there is none. */
  public Secret read(String namespace) {
    return secret(namespace).get();
  }

  /** Carries the decision out; answers what is there now, null for what needs no write. */
  public Secret write(
      String namespace,
      PullSecretDecision decision,
      ObservedSecret observed,
      PullSecretContent content) {
    return switch (decision) {
      case KEEP, KEEP_UNTIL_EXPIRY, OCCUPIED -> null;
      case CREATE -> create(namespace, content);
      case UPDATE -> update(namespace, observed, content);
      case RECREATE -> {
        delete(namespace, observed);
        yield create(namespace, content);
      }
      case TAKE_OVER -> takeOver(namespace, content, false);
      case TAKE_OVER_KEEPING -> takeOver(namespace, content, true);
    };
  }

  /** Removes ours; fails where it has changed since it was observed. */
  public void delete(String namespace, ObservedSecret observed) {
    gate.permit("Secret", "delete");
    secret(namespace).lockResourceVersion(observed.resourceVersion()).delete();
  }

  /**
   * Takes our marks off and leaves the rest as it is: from then on it is somebody else's.
   *
   * @return the Secret as it is now; empty where there is none
   */
  public Optional<Secret> release(String namespace) {
    Secret current = read(namespace);
    if (current == null || !Ownership.isOurs(current)) {
      return Optional.ofNullable(current);
    }
    JsonPatch patch = JsonPatch.ofVersion(current.getMetadata().getResourceVersion());
    remove(patch, "labels", current.getMetadata().getLabels(), Ownership.LABELS.keySet());
    remove(
        patch,
        "annotations",
        current.getMetadata().getAnnotations(),
        List.of(ObservedSecret.EXPIRES_AT, ObservedSecret.KEPT_FOREIGN_SINCE));
    gate.permit("Secret", "patch");
    return Optional.of(patch.applyTo(secret(namespace)));
  }

  private static void remove(
      JsonPatch patch, String field, Map<String, String> present, Collection<String> keys) {
    for (String key : keys) {
      if (present != null && present.containsKey(key)) {
        patch.remove(JsonPatch.pointer("metadata", field, key));
      }
    }
  }

  private Secret create(String namespace, PullSecretContent content) {
    gate.permit("Secret", "create");
    return client
        .secrets()
        .inNamespace(namespace)
        .resource(filled(new SecretBuilder().build(), namespace, content))
        .create();
  }

  private Secret update(String namespace, ObservedSecret observed, PullSecretContent content) {
    gate.permit("Secret", "patch");
    JsonPatch patch =
        JsonPatch.ofVersion(observed.resourceVersion())
            .add("/data", Map.of(DockerConfig.KEY, content.encoded()))
            .add(annotation(ObservedSecret.EXPIRES_AT), content.expiresAtShown());
    if (observed.keptForeignSince() != null) {
      patch.remove(annotation(ObservedSecret.KEPT_FOREIGN_SINCE));
    }
    try {
      return patch.applyTo(secret(namespace));
    } catch (KubernetesClientException e) {
      Secret current = e.getCode() == ConflictRetry.UNPROCESSABLE ? secret(namespace).get() : null;
      if (current == null || moved(current, observed)) {
        throw e;
      }
      // Somebody took the annotations away: what was read whole is written whole.
      return takeOver(namespace, content, false);
    }
  }

  private static boolean moved(Secret current, ObservedSecret since) {
    return !current.getMetadata().getResourceVersion().equals(since.resourceVersion());
  }

  private Secret takeOver(String namespace, PullSecretContent content, boolean keeping) {
    Secret current = secret(namespace).get();
    if (current == null) {
      return create(namespace, content);
    }
    PullSecretContent merged = content;
    if (keeping) {
      SortedMap<String, JsonNode> foreign = DockerConfig.parse(ObservedSecret.content(current));
      merged = content.keeping(foreign);
    }
    boolean wasImmutable = Boolean.TRUE.equals(current.getImmutable());
    ObservedSecret before = ObservedSecret.of(current);
    Secret wanted = filled(current, namespace, merged);
    if (keeping) {
      Instant since =
          before.keptForeignSince() == null ? clock.instant() : before.keptForeignSince();
      wanted
          .getMetadata()
          .getAnnotations()
          .put(ObservedSecret.KEPT_FOREIGN_SINCE, since.truncatedTo(ChronoUnit.SECONDS).toString());
      if (before.ours() && before.digest().equals(merged.digest())) {
        return current;
      }
    }
    if (wasImmutable) {
      delete(namespace, before);
      wanted.getMetadata().setResourceVersion(null);
      wanted.getMetadata().setUid(null);
      gate.permit("Secret", "create");
      return client.secrets().inNamespace(namespace).resource(wanted).create();
    }
    gate.permit("Secret", "update");
    return client.secrets().inNamespace(namespace).resource(wanted).update();
  }

  private Secret filled(Secret base, String namespace, PullSecretContent content) {
    return new SecretBuilder(base)
        .withType(ObservedSecret.DOCKER_CONFIG_TYPE)
        .withImmutable(null)
        .withData(Map.of(DockerConfig.KEY, content.encoded()))
        .editOrNewMetadata()
        .withName(name)
        .withNamespace(namespace)
        .addToLabels(Ownership.LABELS)
        .addToAnnotations(ObservedSecret.EXPIRES_AT, content.expiresAtShown())
        .removeFromAnnotations(ObservedSecret.KEPT_FOREIGN_SINCE)
        .endMetadata()
        .build();
  }

  /** Given an object, the client does not read it before it patches: one request, not two. */
  private Resource<Secret> secret(String namespace) {
    return client
        .secrets()
        .inNamespace(namespace)
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .build());
  }

  private static String annotation(String key) {
    return JsonPatch.pointer("metadata", "annotations", key);
  }
}
