// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;

/** The labels of the objects that this operator creates or takes over, and the check for them. */
public final class Ownership {

  /** The value of both labels. */
  private static final String OPERATOR = "acr-credential-operator";

  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  private static final String PART_OF = "app.kubernetes.io/part-of";

  /** What marks an object as the operator's. */
  public static final Map<String, String> LABELS = Map.of(MANAGED_BY, OPERATOR, PART_OF, OPERATOR);

  private Ownership() {}

  /** Whether the object carries the operator's label {@code app.kubernetes.io/managed-by}. */
  public static boolean isOurs(HasMetadata object) {
    Map<String, String> labels = object.getMetadata().getLabels();
    return labels != null && OPERATOR.equals(labels.get(MANAGED_BY));
  }
}
