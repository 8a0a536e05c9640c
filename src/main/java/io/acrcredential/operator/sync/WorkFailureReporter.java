// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.queue.WorkFailures;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.queue.WorkItem;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/** Logs new failures of work, and triggers the status of the policies that they affect. */
public final class WorkFailureReporter implements BiConsumer<WorkItem, WorkFailure> {

  private static final Logger LOG = Logger.getLogger(WorkFailureReporter.class);

  private final WorkFailures failures;
  private final NamespaceEnqueuer namespaces;
  private final PolicyDeletionTracker deletions;

  public WorkFailureReporter(
      WorkFailures failures, NamespaceEnqueuer namespaces, PolicyDeletionTracker deletions) {
    this.failures = failures;
    this.namespaces = namespaces;
    this.deletions = deletions;
  }

  /**
   * @param failure null = the work was done
   */
  @Override
  public void accept(WorkItem work, WorkFailure failure) {
    boolean changed =
        failure == null ? failures.recordSuccess(work) : failures.recordFailure(work, failure);
    if (!changed) {
      return;
    }
    if (failure != null) {
      LOG.warn(failure.message());
      deletions.onWorkFailed(work);
    }
    namespaces.notifyPolicies(work.namespace());
  }
}
