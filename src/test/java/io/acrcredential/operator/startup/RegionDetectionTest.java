// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.alibabacloud.client.EcsMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeListBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.smallrye.mutiny.Uni;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegionDetectionTest {

  private Optional<String> setting = Optional.empty();
  private final Map<String, String> environment = new HashMap<>();
  private Uni<Optional<String>> metadata = Uni.createFrom().item(Optional.empty());
  private final List<Node> nodes = new ArrayList<>();
  private boolean mayReadNodes = true;
  private final List<String> queried = new ArrayList<>();

  private Optional<String> detect() throws InterruptedException {
    return detection().detect();
  }

  private RegionDetection detection() {
    return new RegionDetection(
        setting, name -> Optional.ofNullable(environment.get(name)), new FakeMetadata(), client());
  }

  private final class FakeMetadata implements EcsMetadata {
    @Override
    public Uni<Optional<String>> region() {
      queried.add("metadata");
      return metadata;
    }

    @Override
    public Uni<TemporaryCredentials> roleCredentials(String role) {
      throw new AssertionError("no test requests a key");
    }
  }

  /** Implements {@code nodes().list(…)} only. */
  private KubernetesClient client() {
    Object list =
        fake(
            NonNamespaceOperation.class,
            "list",
            () -> {
              queried.add("nodes");
              if (!mayReadNodes) {
                throw new KubernetesClientException("nodes is forbidden");
              }
              return new NodeListBuilder().withItems(nodes).build();
            });
    return (KubernetesClient) fake(KubernetesClient.class, "nodes", () -> list);
  }

  private static Object fake(Class<?> type, String name, java.util.function.Supplier<?> answer) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, arguments) -> {
          assertThat(method.getName()).isEqualTo(name);
          return answer.get();
        });
  }

  private void node(String region, String providerId, String... labels) {
    Map<String, String> all = new HashMap<>();
    all.put("topology.kubernetes.io/region", region);
    for (String label : labels) {
      all.put(label, "x");
    }
    nodes.add(
        new NodeBuilder()
            .withNewMetadata()
            .withLabels(all)
            .endMetadata()
            .withNewSpec()
            .withProviderID(providerId)
            .endSpec()
            .build());
  }

  @Test
  void doesNotQueryAgainForAnEarlierResult() throws Exception {
    // given
    metadata = Uni.createFrom().item(Optional.of("cn-metadata"));
    RegionDetection detection = detection();
    Thread[] thread = new Thread[1];
    detection.start(task -> thread[0] = new Thread(task));
    thread[0].join();

    // when, then
    assertThat(detection.awaitRegion()).contains("cn-metadata");
    assertThat(queried).containsExactly("metadata");
  }

  @Test
  void queriesAgainIfNothingWasFoundDuringStandby() throws Exception {
    // given
    RegionDetection detection = detection();
    Thread[] thread = new Thread[1];
    detection.start(task -> thread[0] = new Thread(task));
    thread[0].join();

    // when
    node("cn-nodes", "alicloud://x");

    // then
    assertThat(detection.awaitRegion()).contains("cn-nodes");
  }

  @Test
  void queriesSourcesInOrder() throws InterruptedException {
    // given
    List<String> found = new ArrayList<>();

    // when
    found.add(detect().orElse("none"));
    node("cn-nodes", "alicloud://x");
    found.add(detect().orElse("none"));
    metadata = Uni.createFrom().item(Optional.of("cn-metadata"));
    found.add(detect().orElse("none"));
    environment.put("ALIBABA_CLOUD_STS_REGION", "cn-environment");
    found.add(detect().orElse("none"));
    setting = Optional.of("cn-setting");
    found.add(detect().orElse("none"));

    // then
    assertThat(found)
        .containsExactly("none", "cn-nodes", "cn-metadata", "cn-environment", "cn-setting");
    assertThat(queried)
        .as("no source is queried without need")
        .containsExactly("metadata", "nodes", "metadata", "nodes", "metadata");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Hangzhou", "cn", "cn-hangzhou.evil.example/", "cn hangzhou", "<html>"})
  void skipsInvalidRegions(String nonsense) throws InterruptedException {
    // given
    setting = Optional.of(nonsense);
    environment.put("ALIBABA_CLOUD_STS_REGION", nonsense);
    metadata = Uni.createFrom().item(Optional.of(nonsense));
    node(nonsense, "alicloud://x");

    // when, then
    assertThat(detect()).isEmpty();
    assertThat(queried).containsExactly("metadata", "nodes");
    nodes.clear();
    node("cn-hangzhou", "alicloud://x");
    assertThat(detect()).contains("cn-hangzhou");
  }

  @Test
  void skipsFailingSources() throws InterruptedException {
    // given
    metadata = Uni.createFrom().failure(new IllegalStateException("no route"));
    node("cn-hangzhou", "alicloud://x");

    // when, then
    assertThat(detect()).contains("cn-hangzhou");
    mayReadNodes = false;
    assertThat(detect()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "cn-hangzhou, cn-hangzhou.i-bp1,            '',                               true",
    "cn-hangzhou, alicloud://cn-hangzhou.i-bp1, '',                               true",
    "us-east-1,   us-east-1.i-0xi,              '',                               true",
    "us-east-1,   ,                             alibabacloud.com/nodepool-id,     true",
    "us-east-1,   ,                             node.csi.alibabacloud.com/disktype.cloud_essd,"
        + " true",
    "us-east-1,   aws:///us-east-1a/i-0abc,     '',                               false",
    "us-east-1,   aws:///us-east-1a/i-0abc,     alibabacloud.com/external,        false",
    "us-east-1,   i-0abc,                       '',                               false",
    "us-east-1,   cn-hangzhou.i-bp1,            '',                               false",
    "us-east-1,   ,                             eks.amazonaws.com/nodegroup,      false",
    "us-east-1,   ,                             evil.alibabacloud.com/x,          false",
  })
  void readsTheLabelOfAlibabaCloudNodesOnly(
      String region, String providerId, String label, boolean taken) throws InterruptedException {
    // given
    node(region, providerId, label.isEmpty() ? new String[0] : new String[] {label});

    // when, then
    assertThat(detect()).isEqualTo(taken ? Optional.of(region) : Optional.empty());
  }

  @Test
  void usesTheFirstAlibabaCloudNode() throws InterruptedException {
    // given
    nodes.add(new NodeBuilder().withNewMetadata().endMetadata().build());
    node("us-east-1", "aws:///us-east-1a/i-0abc");
    node("cn-hangzhou", "cn-hangzhou.i-bp1");

    // when, then
    assertThat(detect()).contains("cn-hangzhou");
  }
}
