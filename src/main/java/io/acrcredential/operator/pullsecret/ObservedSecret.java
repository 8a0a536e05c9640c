// SPDX-License-Identifier: Apache-2.0
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
 * The record of the pull Secret of a namespace. It is enough to compare the Secret with the desired
 * content, and holds no credentials.
 *
 * @param owned whether the operator wrote it for this namespace
 * @param copiedFrom the other namespace that the operator wrote it for; null = it is not a copy
 * @param dockerConfig whether its type is the one that the operator writes
 * @param immutable whether a change needs a new Secret
 * @param terminating whether it is being deleted; it exists until its finalizers are removed
 * @param keptForeignSince since when it holds entries of another component too; null = it holds
 *     none
 * @param expiresAt when its first token expires, from its annotation; null = it holds no token
 */
public record ObservedSecret(
    String resourceVersion,
    boolean owned,
    String copiedFrom,
    boolean dockerConfig,
    boolean immutable,
    boolean terminating,
    Instant keptForeignSince,
    Instant expiresAt,
    Digest digest) {

  /** The only type of Secret that the operator writes or takes over. */
  static final String DOCKER_CONFIG_TYPE = "kubernetes.io/dockerconfigjson";

  /** The annotation that shows when the first token in the Secret expires. */
  static final String EXPIRES_AT = "acrcredential.io/expires-at";

  /** The annotation that shows since when entries of another component are kept. */
  static final String KEPT_FOREIGN_SINCE = "acrcredential.io/kept-foreign-since";

  /** The record of a Secret from a watch or a reply. */
  public static ObservedSecret of(Secret secret) {
    ObjectMeta meta = secret.getMetadata();
    Map<String, String> annotations =
        meta.getAnnotations() == null ? Map.of() : meta.getAnnotations();
    return new ObservedSecret(
        meta.getResourceVersion(),
        isOwned(meta),
        Ownership.writtenFor(meta)
            .filter(namespace -> !namespace.equals(meta.getNamespace()))
            .map(String::intern)
            .orElse(null),
        DOCKER_CONFIG_TYPE.equals(secret.getType()),
        Boolean.TRUE.equals(secret.getImmutable()),
        meta.getDeletionTimestamp() != null,
        parseTime(annotations.get(KEPT_FOREIGN_SINCE)),
        parseTime(annotations.get(EXPIRES_AT)),
        Digest.of(content(secret), annotations.getOrDefault(EXPIRES_AT, "")));
  }

  /** Whether the operator wrote the Secret for its namespace. */
  public static boolean isOwned(ObjectMeta meta) {
    return Ownership.writtenFor(meta).filter(meta.getNamespace()::equals).isPresent();
  }

  static byte[] content(Secret secret) {
    String encoded = secret.getData() == null ? null : secret.getData().get(DockerConfig.KEY);
    try {
      return encoded == null ? new byte[0] : Base64.getDecoder().decode(encoded);
    } catch (IllegalArgumentException e) {
      return encoded.getBytes(UTF_8);
    }
  }

  private static Instant parseTime(String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
