// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.Map;
import java.util.Optional;

/**
 * What marks objects that this operator creates or takes over, and the checks for it. Labels are
 * for people and selectors. They do not decide alone: admission rules rewrite {@code
 * app.kubernetes.io/managed-by}, and controllers that copy Secrets copy it too. The annotation
 * {@link #WRITTEN_FOR} names the namespace of the object, so a copy in another namespace differs.
 */
public final class Ownership {
  /** The value of both labels. */
  private static final String OPERATOR = "acr-credential-operator";

  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  private static final String PART_OF = "app.kubernetes.io/part-of";

  /** The annotation whose value is the namespace for which the operator wrote the object. */
  public static final String WRITTEN_FOR = "acrcredential.io/written-for";

  /** The value of {@link #WRITTEN_FOR} for objects without a namespace. */
  private static final String CLUSTER = "cluster";

  /** The labels of the operator's objects. */
  public static final Map<String, String> LABELS = Map.of(MANAGED_BY, OPERATOR, PART_OF, OPERATOR);

  private Ownership() {}

  /**
   * The annotations of the operator's objects.
   *
   * @param namespace null = the object is cluster-scoped
   */
  public static Map<String, String> annotations(String namespace) {
    return Map.of(WRITTEN_FOR, namespace == null ? CLUSTER : namespace);
  }

  /**
   * Whether the object carries the operator's label {@code app.kubernetes.io/managed-by} or its
   * annotation. For objects that nobody copies; for pull Secrets see {@link #writtenFor}.
   */
  public static boolean isOurs(HasMetadata object) {
    ObjectMeta meta = object.getMetadata();
    return OPERATOR.equals(value(meta.getLabels(), MANAGED_BY))
        || annotations(meta.getNamespace())
            .get(WRITTEN_FOR)
            .equals(value(meta.getAnnotations(), WRITTEN_FOR));
  }

  /** The namespace for which the operator wrote the object; empty = somebody else wrote it. */
  public static Optional<String> writtenFor(ObjectMeta meta) {
    return Optional.ofNullable(value(meta.getAnnotations(), WRITTEN_FOR));
  }

  private static String value(Map<String, String> map, String key) {
    return map == null ? null : map.get(key);
  }
}
