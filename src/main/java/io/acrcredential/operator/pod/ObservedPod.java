// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The record of a pending pod.
 *
 * @param waiting what it waits for; null = for no image, or it is being deleted
 */
record ObservedPod(String resourceVersion, String uid, Waiting waiting) {

  /**
   * A pod that waits for images.
   *
   * @param imagePullSecrets the names in its list, in their order; an entry without a name is ""
   * @param failingImages images whose pull failed
   * @param blockedImages images that kubelet did not try to pull, because it cannot read one of the
   *     Secrets in the list
   * @param controller null = none
   */
  record Waiting(
      Instant createdAt,
      String serviceAccount,
      List<String> imagePullSecrets,
      List<String> failingImages,
      List<String> blockedImages,
      Controller controller) {}

  /**
   * What creates a successor of the pod.
   *
   * @param group the controller, or the Deployment behind a ReplicaSet: its pods are evicted
   *     together
   */
  record Controller(String apiVersion, String kind, String name, String uid, String group) {

    private static Controller of(OwnerReference owner, Map<String, String> labels) {
      String name = owner.getName();
      String hash = labels.get("pod-template-hash");
      boolean isOfDeployment =
          hash != null && owner.getKind().equals("ReplicaSet") && name.endsWith("-" + hash);
      return new Controller(
          owner.getApiVersion(),
          owner.getKind(),
          name,
          owner.getUid(),
          isOfDeployment
              ? "Deployment/" + name.substring(0, name.length() - hash.length() - 1)
              : owner.getKind() + '/' + name);
    }
  }

  /** The record of a pod from a list or a watch. */
  static ObservedPod of(Pod pod) {
    return new ObservedPod(
        pod.getMetadata().getResourceVersion(), pod.getMetadata().getUid(), waiting(pod));
  }

  private static Waiting waiting(Pod pod) {
    if (pod.getMetadata().getDeletionTimestamp() != null || isStatic(pod)) {
      return null;
    }
    List<String> failing = new ArrayList<>();
    List<String> blocked = new ArrayList<>();
    for (ContainerStatus status : statuses(pod)) {
      switch (WaitingReason.of(waitingReason(status))) {
        case PULL_FAILED -> image(pod, status).ifPresent(failing::add);
        case SECRET_UNREADABLE -> image(pod, status).ifPresent(blocked::add);
        case OTHER -> {}
      }
    }
    if (failing.isEmpty() && blocked.isEmpty()) {
      return null;
    }
    return new Waiting(
        Instant.parse(pod.getMetadata().getCreationTimestamp()),
        Objects.requireNonNullElse(pod.getSpec().getServiceAccountName(), "default"),
        nullSafe(pod.getSpec().getImagePullSecrets()).stream()
            .map(LocalObjectReference::getName)
            .map(name -> Objects.toString(name, ""))
            .toList(),
        List.copyOf(failing),
        List.copyOf(blocked),
        controller(pod));
  }

  /** The mirror of a static pod has no ServiceAccount, and its node creates it again as it was. */
  private static boolean isStatic(Pod pod) {
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    return annotations != null && annotations.containsKey("kubernetes.io/config.mirror");
  }

  private static List<ContainerStatus> statuses(Pod pod) {
    return pod.getStatus() == null
        ? List.of()
        : Stream.of(
                nullSafe(pod.getStatus().getInitContainerStatuses()),
                nullSafe(pod.getStatus().getContainerStatuses()))
            .flatMap(List::stream)
            .toList();
  }

  private static String waitingReason(ContainerStatus status) {
    ContainerStateWaiting waiting =
        status.getState() == null ? null : status.getState().getWaiting();
    return waiting == null ? "" : Objects.toString(waiting.getReason(), "");
  }

  /** As in the spec, because the status may have another name of the same image. */
  private static Optional<String> image(Pod pod, ContainerStatus status) {
    return Stream.of(
            nullSafe(pod.getSpec().getInitContainers()), nullSafe(pod.getSpec().getContainers()))
        .flatMap(List::stream)
        .filter(container -> container.getName().equals(status.getName()))
        .map(Container::getImage)
        .filter(Objects::nonNull)
        .findFirst();
  }

  private static Controller controller(Pod pod) {
    Map<String, String> labels = pod.getMetadata().getLabels();
    return nullSafe(pod.getMetadata().getOwnerReferences()).stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .findFirst()
        .map(owner -> Controller.of(owner, labels == null ? Map.of() : labels))
        .orElse(null);
  }

  private static <T> List<T> nullSafe(List<T> list) {
    return list == null ? List.of() : list;
  }
}
