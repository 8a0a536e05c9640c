// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.queue.WorkQueue.Priority;

/** A key of the {@link WorkQueue}: what to look at, never what to do. */
public sealed interface WorkItem {

  /** The namespace that waits for it; empty = none does. */
  default String namespace() {
    return "";
  }

  /** Where it comes back after a failure. */
  default Priority retryLane() {
    return Priority.NORMAL;
  }

  /** The namespace's pull Secret. */
  record PullSecret(String namespace) implements WorkItem {}

  /** A ServiceAccount that shall carry our entry. */
  record Bind(String namespace, String serviceAccount) implements WorkItem {}

  /** A ServiceAccount that no policy means any more. */
  record Unbind(String namespace, String serviceAccount) implements WorkItem {}

  /** The tokens at hand, for a later process. */
  record SaveState() implements WorkItem {}

  /** The legacy ConfigMap and its policy. */
  record CompileConfigMap() implements WorkItem {}

  /** An Event that waits to be written. */
  record PublishEvent(EventRecorder.EventNote note) implements WorkItem {
    @Override
    public Priority retryLane() {
      return Priority.BULK;
    }
  }
}
