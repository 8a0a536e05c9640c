// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.pod.ObservedPod.Controller;
import io.acrcredential.operator.pod.ObservedPod.Waiting;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Records Events on pods that wait for images, and on what controls them. */
public final class PodEvents {

  /** The API server keeps an Event for an hour by default. */
  private static final Duration REPEAT_AFTER = Duration.ofHours(1);

  /**
   * The kinds of controllers on which the operator may write Events: those of Kubernetes itself, as
   * its admission policies list them.
   */
  private static final Set<String> CONTROLLERS =
      Set.of("ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController");

  private final EventRecorder events;
  private final Clock clock;

  /** By the pod's UID. The recorder remembers fewer Events than there may be pods. */
  private final Map<String, Map<Reason, Instant>> recorded = new ConcurrentHashMap<>();

  public PodEvents(EventRecorder events, Clock clock) {
    this.events = events;
    this.clock = clock;
  }

  /** Says on the pod what to do. */
  void report(String namespace, String name, String uid, PodDecision decision) {
    Map<Reason, Instant> ofPod = recorded.computeIfAbsent(uid, u -> new ConcurrentHashMap<>());
    Instant last = ofPod.get(decision.reason());
    if (last == null || !clock.instant().isBefore(last.plus(REPEAT_AFTER))) {
      ofPod.put(decision.reason(), clock.instant());
      events.warning(pod(namespace, name, uid), decision.reason().name(), decision.message());
    }
  }

  /** Says on the pod and on its controller that it was evicted, and why. */
  void recordEviction(
      String namespace, String name, String uid, Waiting waiting, String pullSecret) {
    String why =
        "because it was created before pods of ServiceAccount %s got the pull Secret %s; its successor has it"
            .formatted(waiting.serviceAccount(), pullSecret);
    events.normal(pod(namespace, name, uid), Reason.PodEvicted.name(), "Evicted, " + why);
    Controller controller = waiting.controller();
    if (CONTROLLERS.contains(controller.kind())) {
      // Without the pod's name: one Event for all pods.
      events.normal(
          new ObjectReferenceBuilder()
              .withApiVersion(controller.apiVersion())
              .withKind(controller.kind())
              .withNamespace(namespace)
              .withName(controller.name())
              .withUid(controller.uid())
              .build(),
          Reason.PodEvicted.name(),
          "The operator evicts each pod that cannot pull its image, " + why);
    }
  }

  /** Forgets the pods that wait no longer. */
  void forget(Set<String> uids) {
    recorded.keySet().removeAll(uids);
  }

  private static ObjectReference pod(String namespace, String name, String uid) {
    return new ObjectReferenceBuilder()
        .withApiVersion("v1")
        .withKind("Pod")
        .withNamespace(namespace)
        .withName(name)
        .withUid(uid)
        .build();
  }
}
