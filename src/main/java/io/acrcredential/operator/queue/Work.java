package io.acrcredential.operator.queue;

import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.queue.WorkQueue.Lane;

/** A key of the {@link WorkQueue}: what to look at, never what to do. */
public sealed interface Work {

  /** The namespace that waits for it; empty = none does. */
  default String namespace() {
    return "";
  }

  /** Where it comes back after a failure. */
  default Lane retryLane() {
    return Lane.NORMAL;
  }

  /** The namespace's pull Secret. */
  record PullSecret(String namespace) implements Work {}

  /** A ServiceAccount that shall carry our entry. */
  record Bind(String namespace, String serviceAccount) implements Work {}

  /** A ServiceAccount that no policy means any more. */
  record Unbind(String namespace, String serviceAccount) implements Work {}

  /** The tokens at hand, for a later process. */
  record SaveState() implements Work {}

  /** The legacy ConfigMap and its policy. */
  record CompileConfigMap() implements Work {}

  /** An Event that waits to be written. */
  record PublishEvent(EventRecorder.Note note) implements Work {
    @Override
    public Lane retryLane() {
      return Lane.BULK;
    }
  }
}
