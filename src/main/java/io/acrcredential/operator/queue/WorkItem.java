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

  /** The object that the work is for, as a noun with its namespace. */
  String describe();

  /** The priority of a retry. */
  default Priority retryPriority() {
    return Priority.NORMAL;
  }

  /** The namespace's pull Secret. */
  record PullSecret(String namespace) implements WorkItem {
    @Override
    public String describe() {
      return "pull Secret of namespace " + namespace;
    }
  }

  /** A ServiceAccount that should have our entry. */
  record Bind(String namespace, String serviceAccount) implements WorkItem {
    @Override
    public String describe() {
      return "ServiceAccount " + namespace + "/" + serviceAccount;
    }
  }

  /** A ServiceAccount that no policy selects any more. */
  record Unbind(String namespace, String serviceAccount) implements WorkItem {
    @Override
    public String describe() {
      return "ServiceAccount " + namespace + "/" + serviceAccount;
    }
  }

  /** The current tokens, stored for a later process. */
  record SaveState() implements WorkItem {
    @Override
    public String describe() {
      return "stored tokens";
    }
  }

  /** The ConfigMap acr-configuration and its policy. */
  record CompileConfigMap() implements WorkItem {
    @Override
    public String describe() {
      return "policy of the ConfigMap";
    }
  }

  /** Whether the API server binds ServiceAccounts at admission. */
  record CheckAdmission() implements WorkItem {
    @Override
    public String describe() {
      return "check of binding at admission";
    }

    @Override
    public Priority retryPriority() {
      return Priority.BULK;
    }
  }

  /** The certificate of the admission webhook. */
  record ReconcileWebhook() implements WorkItem {
    @Override
    public String describe() {
      return "certificate of the admission webhook";
    }
  }

  /** The pods of a namespace that wait for images. */
  record HealPods(String namespace) implements WorkItem {
    @Override
    public String describe() {
      return "pods of namespace " + namespace;
    }

    @Override
    public Priority retryPriority() {
      return Priority.BULK;
    }
  }

  /** Whether pending pods are watched. */
  record WatchPods() implements WorkItem {
    @Override
    public String describe() {
      return "watch of pending pods";
    }

    @Override
    public Priority retryPriority() {
      return Priority.BULK;
    }
  }

  /** An Event that waits to be written. */
  record PublishEvent(EventRecorder.EventNote note) implements WorkItem {
    @Override
    public String describe() {
      return "Event " + note.reason();
    }

    @Override
    public Priority retryPriority() {
      return Priority.BULK;
    }
  }
}
