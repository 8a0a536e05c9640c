package io.acrcredential.operator.pullsecret;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.kubernetes.Ownership;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.Map;

/**
 * All we keep of a namespace's pull Secret: enough to compare it, nothing to pull with.
 *
 * @param ours whether it carries our label
 * @param dockerConfig whether its type is the one we write
 * @param immutable whether it must be recreated to be changed
 * @param keptForeignSince since when it holds entries of others beside ours; null = it holds none
 * @param expiresAt when the first token in it expires, as its annotation says; null = it holds no
 *     token
 */
public record ObservedSecret(
    String resourceVersion,
    boolean ours,
    boolean dockerConfig,
    boolean immutable,
    Instant keptForeignSince,
    Instant expiresAt,
    Digest digest) {

  /** The only type of Secret that we write or take over. */
  static final String DOCKER_CONFIG_TYPE = "kubernetes.io/dockerconfigjson";

  /** Tells people when the first token in the Secret ends. */
  static final String EXPIRES_AT = "acrcredential.io/expires-at";

  /** Since when entries of others are kept beside ours. */
  static final String KEPT_FOREIGN_SINCE = "acrcredential.io/kept-foreign-since";

  /** What a watch or a reply showed. */
  public static ObservedSecret of(Secret secret) {
    ObjectMeta meta = secret.getMetadata();
    Map<String, String> annotations =
        meta.getAnnotations() == null ? Map.of() : meta.getAnnotations();
    return new ObservedSecret(
        meta.getResourceVersion(),
        Ownership.isOurs(secret),
        DOCKER_CONFIG_TYPE.equals(secret.getType()),
        Boolean.TRUE.equals(secret.getImmutable()),
        time(annotations.get(KEPT_FOREIGN_SINCE)),
        time(annotations.get(EXPIRES_AT)),
        Digest.of(content(secret), annotations.getOrDefault(EXPIRES_AT, "")));
  }

  static byte[] content(Secret secret) {
    String encoded = secret.getData() == null ? null : secret.getData().get(DockerConfig.KEY);
    try {
      return encoded == null ? new byte[0] : Base64.getDecoder().decode(encoded);
    } catch (IllegalArgumentException e) {
      return encoded.getBytes(UTF_8);
    }
  }

  private static Instant time(String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
