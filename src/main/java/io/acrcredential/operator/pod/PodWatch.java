// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.kubernetes.ApiRefusal;
import io.acrcredential.operator.kubernetes.ChangeHandler;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.pod.PodAccess.Operation;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;

/**
 * Watches pending pods while this process leads, may do so, and a policy is active; enqueues the
 * namespaces whose pods wait for images.
 */
public final class PodWatch {

  /** How soon a missing permission is looked for again if no policy changes. */
  private static final Duration RETRY = Duration.ofMinutes(5);

  private final KubernetesClient client;
  private final InformerRegistry registry;
  private final PendingPods pods;
  private final PolicyIndex policies;
  private final PodAccess access;
  private final PodHealer healer;
  private final WorkQueue<WorkItem> queue;
  private SharedIndexInformer<Pod> informer;
  private boolean leading;

  public PodWatch(
      KubernetesClient client,
      InformerRegistry registry,
      PendingPods pods,
      ClusterCache cache,
      PolicyIndex policies,
      PodAccess access,
      PodHealer healer,
      WorkQueue<WorkItem> queue) {
    this.client = client;
    this.registry = registry;
    this.pods = pods;
    this.policies = policies;
    this.access = access;
    this.healer = healer;
    this.queue = queue;
    // Pods wait until their ServiceAccount is bound.
    cache.onChange(this::enqueueIfWaiting);
  }

  private void enqueueIfWaiting(String namespace) {
    if (healer.isConcernedWith(namespace)) {
      enqueue(namespace);
    }
  }

  /** This process leads from now on. */
  public synchronized void resume() {
    leading = true;
    onPoliciesChanged();
  }

  /** This process leads no longer: another one reports and evicts. */
  public synchronized void suspend() {
    leading = false;
    stop();
  }

  /** A policy was added, changed or deleted. */
  public void onPoliciesChanged() {
    if (access.mayWatch()) {
      queue.add(new WorkItem.WatchPods(), Priority.BULK);
    }
  }

  /**
   * Starts or stops to watch, on a worker.
   *
   * @throws KubernetesClientException if the API server does not answer
   */
  public synchronized void run() {
    if (!leading || !access.mayWatch() || !isNeeded()) {
      stop();
    } else if (informer != null) {
      pods.namespaces().forEach(this::enqueue);
    } else if (isPermitted()) {
      informer =
          registry.start(
              "pending pods",
              false,
              client.pods().inAnyNamespace().withField("status.phase", "Pending"),
              pods.clear(),
              new ChangeHandler<>(this::onChanged, this::onGone));
    } else {
      queue.addLater(new WorkItem.WatchPods(), Priority.BULK, RETRY);
    }
  }

  /** Reports or evicts the pods of the namespace that wait, on a worker. */
  public void heal(String namespace) {
    healer.heal(namespace);
  }

  private boolean isNeeded() {
    return policies.plans().stream()
        .anyMatch(plan -> !plan.isFrozen() && !plan.acceptedRegistries().isEmpty());
  }

  /** An informer would log each of its attempts. */
  private boolean isPermitted() {
    try {
      client
          .pods()
          .inAnyNamespace()
          .withField("status.phase", "Pending")
          .list(new ListOptionsBuilder().withLimit(1L).build());
      access.onPermitted(Operation.WATCH);
      return true;
    } catch (KubernetesClientException e) {
      if (!ApiRefusal.of(e).isPermanent()) {
        throw e;
      }
      access.onRefused(Operation.WATCH, "pods", e);
      return false;
    }
  }

  private void stop() {
    if (informer != null) {
      registry.stop(informer);
      informer = null;
      pods.clear();
    }
  }

  private void onChanged(Pod now) {
    String namespace = now.getMetadata().getNamespace();
    ObservedPod observed = pods.inNamespace(namespace).get(now.getMetadata().getName());
    if (observed != null && observed.waiting() != null) {
      enqueue(namespace);
    }
  }

  /** It was deleted, or it is pending no longer. */
  private void onGone(Pod last) {
    enqueueIfWaiting(last.getMetadata().getNamespace());
  }

  private void enqueue(String namespace) {
    queue.add(new WorkItem.HealPods(namespace), Priority.BULK);
  }
}
