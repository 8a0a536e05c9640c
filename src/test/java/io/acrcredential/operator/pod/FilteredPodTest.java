// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.kubernetes.filter.ResponseFilter;
import io.acrcredential.operator.kubernetes.filter.WatchEventSerialization;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.PodListBuilder;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is dropped from lists and watch events of pods is not missing in records. */
class FilteredPodTest {

  private final KubernetesSerialization serialization =
      new WatchEventSerialization(new ObjectMapper());

  static Stream<Pod> pods() {
    Pod waiting =
        Pods.waiting(
            Pods.ofDeployment("web-abc-1", "web", "abc")
                .editSpec()
                .withServiceAccountName("app")
                .withImagePullSecrets(
                    new LocalObjectReference("own"), new LocalObjectReference(null))
                .endSpec()
                .editMetadata()
                .addToAnnotations("note", "x".repeat(200_000))
                .endMetadata(),
            "ErrImagePull");
    return Stream.of(
        waiting,
        new PodBuilder(waiting)
            .editMetadata()
            .addToAnnotations("kubernetes.io/config.mirror", "x")
            .endMetadata()
            .build(),
        new PodBuilder(waiting)
            .editMetadata()
            .withDeletionTimestamp("2026-01-01T00:00:00Z")
            .endMetadata()
            .build(),
        Pods.waiting(Pods.pod("a"), "illegal base64 data at input byte 4"));
  }

  @ParameterizedTest
  @MethodSource("pods")
  void recordsOfPodsAreTheSame(Pod pod) throws Exception {
    // given
    serialization.registerKubernetesResource(Pod.class);
    ObservedPod expected = ObservedPod.of(pod);

    // when
    WatchEvent event =
        serialization.unmarshal(
            "{\"type\":\"ADDED\",\"object\":%s}".formatted(serialization.asJson(pod)),
            WatchEvent.class);
    PodList listed =
        serialization.unmarshal(
            filtered(serialization.asJson(new PodListBuilder().withItems(pod).build())),
            PodList.class);

    // then
    assertThat(ObservedPod.of((Pod) event.getObject())).isEqualTo(expected);
    assertThat(ObservedPod.of(listed.getItems().get(0))).isEqualTo(expected);
    assertThat(serialization.asJson(listed)).hasSizeLessThan(5_000);
  }

  private static String filtered(String text) throws Exception {
    StringBuilder kept = new StringBuilder();
    AsyncBody.Consumer<List<ByteBuffer>> consumer =
        new ResponseFilter()
            .consumer(
                (buffers, body) -> buffers.forEach(buffer -> kept.append(UTF_8.decode(buffer))),
                new StandardHttpRequest.Builder()
                    .uri(URI.create("https://k8s/api/v1/pods?fieldSelector=status.phase%3DPending"))
                    .build());
    consumer.consume(List.of(ByteBuffer.wrap(text.getBytes(UTF_8))), null);
    return kept.toString();
  }
}
