// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;

/** Creates pods that wait for an image. */
final class Pods {

  static final String HOST = "acme-registry.cn-hangzhou.cr.aliyuncs.com";
  static final String IMAGE = HOST + "/team/app:1";

  private Pods() {}

  /** A pod of a Deployment, in the namespace team, without a status. */
  static PodBuilder ofDeployment(String name, String deployment, String hash) {
    return pod(name)
        .editMetadata()
        .addToLabels("pod-template-hash", hash)
        .addNewOwnerReference()
        .withApiVersion("apps/v1")
        .withKind("ReplicaSet")
        .withName(deployment + "-" + hash)
        .withUid("uid-of-" + deployment + "-" + hash)
        .withController(true)
        .endOwnerReference()
        .endMetadata();
  }

  /** A pod without a controller. */
  static PodBuilder pod(String name) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("team")
        .withName(name)
        .withUid("uid-of-" + name)
        .withResourceVersion("7")
        .withCreationTimestamp("2026-01-01T00:00:00Z")
        .endMetadata()
        .withNewSpec()
        .withServiceAccountName("default")
        .addNewContainer()
        .withName("app")
        .withImage(IMAGE)
        .endContainer()
        .endSpec()
        .withNewStatus()
        .withPhase("Pending")
        .endStatus();
  }

  /** The container {@code app} waits for this reason. */
  static Pod waiting(PodBuilder pod, String reason) {
    return pod.editStatus()
        .addNewContainerStatus()
        .withName("app")
        .withNewState()
        .withNewWaiting()
        .withReason(reason)
        .endWaiting()
        .endState()
        .endContainerStatus()
        .endStatus()
        .build();
  }
}
