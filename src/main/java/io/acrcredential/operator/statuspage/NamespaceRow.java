// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import java.util.Optional;

/**
 * A namespace with a problem.
 *
 * @param name empty = a failure that concerns no namespace
 * @param missing the number of ServiceAccounts that are selected and not bound
 * @param failure why the last attempt failed; the worst one of several
 */
record NamespaceRow(String name, int missing, Optional<WorkFailure> failure) {

  Level level() {
    return failure.filter(WorkFailure::permanent).isPresent() ? Level.BAD : Level.WARNING;
  }
}
