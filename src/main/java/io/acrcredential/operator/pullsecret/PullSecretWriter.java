package io.acrcredential.operator.pullsecret;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Writes pull Secrets: POST, a JSON patch with a test on the resource version, or a PUT of an
 * object read whole. Conflicts are thrown; the caller looks again.
 */
public final class PullSecretWriter {

  private static final int UNPROCESSABLE = 422;
  private static final PatchContext JSON_PATCH = PatchContext.of(PatchType.JSON);

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
    if (current == null || !ObservedSecret.isOurs(current.getMetadata())) {
      return Optional.ofNullable(current);
    }
    StringBuilder patch =
        new StringBuilder("[{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"")
            .append(current.getMetadata().getResourceVersion())
            .append("\"}");
    remove(
        patch,
        "labels",
        current.getMetadata().getLabels(),
        ObservedSecret.MANAGED_BY,
        ObservedSecret.PART_OF);
    remove(
        patch,
        "annotations",
        current.getMetadata().getAnnotations(),
        ObservedSecret.EXPIRES_AT,
        ObservedSecret.KEPT_FOREIGN_SINCE);
    gate.permit("Secret", "patch");
    return Optional.of(secret(namespace).patch(JSON_PATCH, patch.append(']').toString()));
  }

  private static void remove(
      StringBuilder patch, String of, Map<String, String> present, String... keys) {
    for (String key : keys) {
      if (present != null && present.containsKey(key)) {
        patch
            .append(",{\"op\":\"remove\",\"path\":\"/metadata/")
            .append(of)
            .append('/')
            .append(pointer(key))
            .append("\"}");
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
    String removeKept =
        observed.keptForeignSince() == null
            ? ""
            : ",{\"op\":\"remove\",\"path\":\"/metadata/annotations/"
                + pointer(ObservedSecret.KEPT_FOREIGN_SINCE)
                + "\"}";
    String patch =
        """
        [{"op":"test","path":"/metadata/resourceVersion","value":"%s"},\
        {"op":"add","path":"/data","value":{"%s":"%s"}},\
        {"op":"add","path":"/metadata/annotations/%s","value":"%s"}%s]\
        """
            .formatted(
                observed.resourceVersion(),
                DockerConfig.KEY,
                content.encoded(),
                pointer(ObservedSecret.EXPIRES_AT),
                content.expiresAtShown(),
                removeKept);
    try {
      return secret(namespace).patch(JSON_PATCH, patch);
    } catch (KubernetesClientException e) {
      Secret current = e.getCode() == UNPROCESSABLE ? secret(namespace).get() : null;
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
        .addToLabels(ObservedSecret.MANAGED_BY, ObservedSecret.OPERATOR)
        .addToLabels(ObservedSecret.PART_OF, ObservedSecret.OPERATOR)
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

  /** RFC 6901: a slash in a key is ~1. */
  private static String pointer(String key) {
    return key.replace("~", "~0").replace("/", "~1");
  }
}
