// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.text.Quantity;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;

/** The current failures of work, by work item. Usually empty. */
public final class WorkFailures {

  /**
   * Why the work failed.
   *
   * @param permanent whether a retry cannot succeed until someone changes something
   */
  public record WorkFailure(Reason reason, String message, boolean permanent) {
    private WorkFailure withOthers(int namespaces) {
      return new WorkFailure(
          reason,
          message + "; failures in " + Quantity.of(namespaces, "other namespace"),
          permanent);
    }
  }

  private static final Comparator<Map.Entry<WorkItem, WorkFailure>> WORST_FIRST =
      Comparator.<Map.Entry<WorkItem, WorkFailure>, Boolean>comparing(
              failure -> !failure.getValue().permanent())
          .thenComparing(failure -> failure.getKey().describe());

  private final Map<WorkItem, WorkFailure> byWork = new ConcurrentHashMap<>();

  /** Records that the work failed. Returns whether the failure is new. */
  public boolean recordFailure(WorkItem work, WorkFailure failure) {
    return !failure.equals(byWork.put(work, failure));
  }

  /** Records that the work succeeded. Returns whether it had failed before. */
  public boolean recordSuccess(WorkItem work) {
    return byWork.remove(work) != null;
  }

  /** The worst failure of each namespace that has one; those of no namespace are under "". */
  public Map<String, WorkFailure> worstByNamespace() {
    Map<String, Map.Entry<WorkItem, WorkFailure>> worst = new HashMap<>();
    byWork
        .entrySet()
        .forEach(
            failure ->
                worst.merge(
                    failure.getKey().namespace(), failure, BinaryOperator.minBy(WORST_FIRST)));
    Map<String, WorkFailure> failures = new HashMap<>();
    worst.forEach((namespace, failure) -> failures.put(namespace, failure.getValue()));
    return failures;
  }

  /**
   * The worst failure in any of these namespaces, and in how many others there are failures.
   * Permanent ones are worse; of equal ones it is always the same one, so that a status does not
   * alternate.
   */
  public Optional<WorkFailure> worst(Predicate<String> namespaces) {
    Map<WorkItem, WorkFailure> matching = new HashMap<>(byWork);
    matching.keySet().removeIf(work -> !namespaces.test(work.namespace()));
    int others = (int) matching.keySet().stream().map(WorkItem::namespace).distinct().count() - 1;
    return matching.entrySet().stream()
        .min(WORST_FIRST)
        .map(Map.Entry::getValue)
        .map(worst -> others == 0 ? worst : worst.withOthers(others));
  }
}
