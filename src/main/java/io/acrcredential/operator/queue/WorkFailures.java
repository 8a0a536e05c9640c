// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import io.acrcredential.operator.api.v1alpha1.Reason;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** The current failures of work, by work item. Usually empty. */
public final class WorkFailures {

  /**
   * Why the work failed.
   *
   * @param permanent whether a retry cannot succeed until someone changes something
   */
  public record WorkFailure(Reason reason, String message, boolean permanent) {}

  private final Map<WorkItem, WorkFailure> byWork = new ConcurrentHashMap<>();

  /** Records that the work failed. Returns whether the failure is new. */
  public boolean recordFailure(WorkItem work, WorkFailure failure) {
    return !failure.equals(byWork.put(work, failure));
  }

  /** Records that the work succeeded. Returns whether it had failed before. */
  public boolean recordSuccess(WorkItem work) {
    return byWork.remove(work) != null;
  }

  /** The worst failure in any of these namespaces; permanent ones are worse. */
  public Optional<WorkFailure> worst(Predicate<String> namespaces) {
    return byWork.entrySet().stream()
        .filter(e -> namespaces.test(e.getKey().namespace()))
        .map(Map.Entry::getValue)
        .reduce((a, b) -> b.permanent() && !a.permanent() ? b : a);
  }
}
