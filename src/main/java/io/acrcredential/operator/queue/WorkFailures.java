// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import io.acrcredential.operator.api.v1alpha1.Reason;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** What keeps a namespace from being served, until it is mended: usually empty. */
public final class WorkFailures {

  /**
   * Why.
   *
   * @param permanent whether somebody must do something before another try can succeed
   */
  public record WorkFailure(Reason reason, String message, boolean permanent) {}

  private final Map<WorkItem, WorkFailure> byWork = new ConcurrentHashMap<>();

  /** The work on the key failed; answers whether that is news. */
  public boolean put(WorkItem work, WorkFailure trouble) {
    return !trouble.equals(byWork.put(work, trouble));
  }

  /** The work on the key went well; answers whether that is news. */
  public boolean clear(WorkItem work) {
    return byWork.remove(work) != null;
  }

  /** The worst trouble in any of these namespaces. */
  public Optional<WorkFailure> worst(Predicate<String> namespaces) {
    return byWork.entrySet().stream()
        .filter(e -> namespaces.test(e.getKey().namespace()))
        .map(Map.Entry::getValue)
        .reduce((a, b) -> b.permanent() && !a.permanent() ? b : a);
  }
}
