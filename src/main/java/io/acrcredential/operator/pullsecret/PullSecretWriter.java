// SPDX-License-Identifier: Apache-2.0
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
 * Writes pull Secrets: POST, a JSON patch that tests the resource version, or a PUT of the whole
 * object after a GET. It throws conflicts; the caller retries them.
 */
public final class PullSecretWriter {

  private final KubernetesClient client;
  private final String name;
  private final WriteFence fence;
  private final Clock clock;

  /**
   * @param name the name of the pull Secret in every namespace
   */
  public PullSecretWriter(KubernetesClient client, String name, WriteFence fence, Clock clock) {
    this.client = client;
    this.name = name;
    this.fence = fence;
    this.clock = clock;
  }

  /** Reads the Secret; null = it does not exist. */
  public Secret read(String namespace) {
    return secret(namespace).get();
  }

  /**
   * Executes the decision.
   *
   * @return the Secret in the reply; null if the decision needs no write
   */
  public Secret write(
      String namespace,
      PullSecretDecision decision,
      ObservedSecret observed,
      PullSecretContent content) {
    return switch (decision) {
      case KEEP, KEEP_UNTIL_EXPIRY, OCCUPIED, WAIT_FOR_DELETION -> null;
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

  /** Deletes the Secret; fails with a conflict if it has changed since it was observed. */
  public void delete(String namespace, ObservedSecret observed) {
    fence.permit("Secret", "delete");
    secret(namespace).lockResourceVersion(observed.resourceVersion()).delete();
  }

  /**
   * Removes the operator's labels and annotations, so that the Secret is no longer the operator's.
   * A label whose value is somebody else's stays.
   *
   * @return the Secret after that; empty if it does not exist
   */
  public Optional<Secret> release(String namespace) {
    Secret current = read(namespace);
    if (current == null || !ObservedSecret.isOwned(current.getMetadata())) {
      return Optional.ofNullable(current);
    }
    JsonPatch patch = JsonPatch.ofVersion(current.getMetadata().getResourceVersion());
    Map<String, String> labels = current.getMetadata().getLabels();
    remove(
        patch,
        "labels",
        labels,
        Ownership.LABELS.keySet().stream()
            .filter(key -> labels != null && Ownership.LABELS.get(key).equals(labels.get(key)))
            .toList());
    remove(
        patch,
        "annotations",
        current.getMetadata().getAnnotations(),
        List.of(
            ObservedSecret.EXPIRES_AT, ObservedSecret.KEPT_FOREIGN_SINCE, Ownership.WRITTEN_FOR));
    fence.permit("Secret", "patch");
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
    fence.permit("Secret", "create");
    return client
        .secrets()
        .inNamespace(namespace)
        .resource(withContent(new SecretBuilder().build(), namespace, content))
        .create();
  }

  private Secret update(String namespace, ObservedSecret observed, PullSecretContent content) {
    fence.permit("Secret", "patch");
    JsonPatch patch =
        JsonPatch.ofVersion(observed.resourceVersion())
            .add("/data", Map.of(DockerConfig.KEY, content.encoded()))
            .add(annotation(ObservedSecret.EXPIRES_AT), content.expiresAtText());
    if (observed.keptForeignSince() != null) {
      patch.remove(annotation(ObservedSecret.KEPT_FOREIGN_SINCE));
    }
    try {
      return patch.applyTo(secret(namespace));
    } catch (KubernetesClientException e) {
      Secret current = e.getCode() == ConflictRetry.UNPROCESSABLE ? secret(namespace).get() : null;
      if (current == null || isNewer(current, observed) || hasPaths(current, observed)) {
        throw e;
      }
      return takeOver(namespace, content, false);
    }
  }

  /**
   * Whether the paths of the patch exist: otherwise another client removed the annotations, and a
   * PUT can succeed. If they exist, the patch was refused for another reason, and a PUT would be
   * refused too.
   */
  private static boolean hasPaths(Secret current, ObservedSecret observed) {
    Map<String, String> annotations = current.getMetadata().getAnnotations();
    return annotations != null
        && (observed.keptForeignSince() == null
            || annotations.containsKey(ObservedSecret.KEPT_FOREIGN_SINCE));
  }

  private static boolean isNewer(Secret current, ObservedSecret observed) {
    return !current.getMetadata().getResourceVersion().equals(observed.resourceVersion());
  }

  private Secret takeOver(String namespace, PullSecretContent content, boolean keepForeign) {
    Secret current = secret(namespace).get();
    if (current == null) {
      return create(namespace, content);
    }
    PullSecretContent merged = content;
    if (keepForeign) {
      SortedMap<String, JsonNode> foreign = DockerConfig.parse(ObservedSecret.content(current));
      merged = content.mergedWith(foreign);
    }
    boolean wasImmutable = Boolean.TRUE.equals(current.getImmutable());
    ObservedSecret before = ObservedSecret.of(current);
    Secret desired = withContent(current, namespace, merged);
    if (keepForeign) {
      Instant since =
          before.keptForeignSince() == null ? clock.instant() : before.keptForeignSince();
      desired
          .getMetadata()
          .getAnnotations()
          .put(ObservedSecret.KEPT_FOREIGN_SINCE, since.truncatedTo(ChronoUnit.SECONDS).toString());
      if (before.owned() && before.digest().equals(merged.digest())) {
        return current;
      }
    }
    if (wasImmutable) {
      delete(namespace, before);
      desired.getMetadata().setResourceVersion(null);
      desired.getMetadata().setUid(null);
      fence.permit("Secret", "create");
      return client.secrets().inNamespace(namespace).resource(desired).create();
    }
    fence.permit("Secret", "update");
    return client.secrets().inNamespace(namespace).resource(desired).update();
  }

  private Secret withContent(Secret base, String namespace, PullSecretContent content) {
    return new SecretBuilder(base)
        .withType(ObservedSecret.DOCKER_CONFIG_TYPE)
        .withImmutable(null)
        .withData(Map.of(DockerConfig.KEY, content.encoded()))
        .editOrNewMetadata()
        .withName(name)
        .withNamespace(namespace)
        .addToLabels(Ownership.LABELS)
        .addToAnnotations(Ownership.annotations(namespace))
        .addToAnnotations(ObservedSecret.EXPIRES_AT, content.expiresAtText())
        .removeFromAnnotations(ObservedSecret.KEPT_FOREIGN_SINCE)
        .endMetadata()
        .build();
  }

  /** Made from an object, not from a name, because the client then patches without a GET. */
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
