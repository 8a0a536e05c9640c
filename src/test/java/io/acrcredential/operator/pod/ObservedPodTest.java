// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObservedPodTest {

  @Test
  void keepsWhatHealingNeeds() {
    // given
    Pod pod =
        Pods.waiting(
            Pods.ofDeployment("web-abc-1", "web", "abc")
                .editSpec()
                .withImagePullSecrets(
                    new LocalObjectReference("own"), new LocalObjectReference(null))
                .endSpec(),
            "ErrImagePull");

    // then
    assertThat(ObservedPod.of(pod))
        .isEqualTo(
            new ObservedPod(
                "7",
                "uid-of-web-abc-1",
                new ObservedPod.Waiting(
                    Instant.parse("2026-01-01T00:00:00Z"),
                    "default",
                    List.of("own", ""),
                    List.of(Pods.IMAGE),
                    List.of(),
                    new ObservedPod.Controller(
                        "apps/v1", "ReplicaSet", "web-abc", "uid-of-web-abc", "Deployment/web"))));
  }

  @ParameterizedTest
  @CsvSource({
    "ErrImagePull, true",
    "ImagePullBackOff, true",
    "ContainerCreating, false",
    "PodInitializing, false",
    "CrashLoopBackOff, false",
    "InvalidImageName, false",
    "ErrImageNeverPull, false",
    "CreateContainerConfigError, false",
    "'', false",
  })
  void waitsForAnImageForTheseReasons(String reason, boolean waits) {
    ObservedPod.Waiting waiting = ObservedPod.of(Pods.waiting(Pods.pod("a"), reason)).waiting();
    assertThat(waiting != null).isEqualTo(waits);
  }

  /** Seen on kubelet 1.37, one for each kind of malformed Secret. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "illegal base64 data at input byte 8",
        "unable to parse auth field, must be formatted as base64(username:password)",
        "json: cannot unmarshal number into Go struct field .password of type string",
        "json: cannot unmarshal string into Go value of type credentialprovider.DockerConfigEntry",
        "invalid character 'x' looking for beginning of value",
        "unexpected end of JSON input",
      })
  void isBlockedByASecretThatKubeletCannotRead(String reason) {
    ObservedPod.Waiting waiting = ObservedPod.of(Pods.waiting(Pods.pod("a"), reason)).waiting();
    assertThat(waiting.blockedImages()).containsExactly(Pods.IMAGE);
    assertThat(waiting.failingImages()).isEmpty();
  }

  @Test
  void looksAtInitContainersToo() {
    // given
    Pod pod =
        Pods.pod("a")
            .editSpec()
            .addNewInitContainer()
            .withName("init")
            .withImage("other.example.com/init:2")
            .endInitContainer()
            .endSpec()
            .editStatus()
            .addNewInitContainerStatus()
            .withName("init")
            .withImage("sha256:0123")
            .withNewState()
            .withNewWaiting()
            .withReason("ImagePullBackOff")
            .endWaiting()
            .endState()
            .endInitContainerStatus()
            .endStatus()
            .build();

    // then
    assertThat(ObservedPod.of(pod).waiting().failingImages())
        .containsExactly("other.example.com/init:2");
  }

  @Test
  void ignoresPodsThatAreDeletedOrStatic() {
    Pod deleted =
        Pods.waiting(
            Pods.pod("a")
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T00:00:01Z")
                .endMetadata(),
            "ErrImagePull");
    Pod mirror =
        Pods.waiting(
            Pods.pod("a")
                .editMetadata()
                .addToAnnotations("kubernetes.io/config.mirror", "1")
                .endMetadata(),
            "ErrImagePull");
    assertThat(ObservedPod.of(deleted).waiting()).isNull();
    assertThat(ObservedPod.of(mirror).waiting()).isNull();
  }

  @Test
  void anOwnerThatIsNoControllerCreatesNoSuccessor() {
    // given
    PodBuilder pod =
        Pods.ofDeployment("web-abc-1", "web", "abc")
            .editMetadata()
            .editFirstOwnerReference()
            .withController(false)
            .endOwnerReference()
            .endMetadata();

    // then
    assertThat(ObservedPod.of(Pods.waiting(pod, "ErrImagePull")).waiting().controller()).isNull();
  }

  @Test
  void podsOfOneDeploymentAreOneGroup() {
    assertThat(group(Pods.ofDeployment("web-abc-1", "web", "abc"))).isEqualTo("Deployment/web");
    assertThat(group(Pods.ofDeployment("web-def-1", "web", "def"))).isEqualTo("Deployment/web");
    PodBuilder withoutHash =
        Pods.ofDeployment("web-abc-1", "web", "abc")
            .editMetadata()
            .removeFromLabels("pod-template-hash")
            .endMetadata();
    assertThat(group(withoutHash)).isEqualTo("ReplicaSet/web-abc");
  }

  private static String group(PodBuilder pod) {
    return ObservedPod.of(Pods.waiting(pod, "ErrImagePull")).waiting().controller().group();
  }
}
