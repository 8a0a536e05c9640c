// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.queue.WorkQueue.Priority;

/** A key of the {@link WorkQueue}: it names what to reconcile, never what to change. */
public sealed interface WorkItem {

  /** The namespace that the work is for; empty = none. */
  default String namespace() {
    return "";
  }

  /** The priority of a retry. */
  default Priority retryPriority() {
    return Priority.NORMAL;
  }

  /** The namespace's pull Secret. */
  record PullSecret(String namespace) implements WorkItem {}

  /** A ServiceAccount that should have our entry. */
  record Bind(String namespace, String serviceAccount) implements WorkItem {}

  /** A ServiceAccount that no policy selects any more. */
  record Unbind(String namespace, String serviceAccount) implements WorkItem {}

  /** The current tokens, stored for a later process. */
  record SaveState() implements WorkItem {}

  /** The ConfigMap acr-configuration and its policy. */
  record CompileConfigMap() implements WorkItem {}

  /** An Event that waits to be written. */
  record PublishEvent(EventRecorder.EventNote note) implements WorkItem {
    @Override
    public Priority retryPriority() {
      return Priority.BULK;
    }
  }
}
