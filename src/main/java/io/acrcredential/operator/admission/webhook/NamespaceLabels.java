// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;

/** The labels of a namespace. */
@FunctionalInterface
public interface NamespaceLabels {

  /** The labels; empty = they are not known, so nothing is changed in that namespace. */
  Future<Optional<Map<String, String>>> of(String namespace);
}
