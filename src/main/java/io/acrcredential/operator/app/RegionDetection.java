// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.alibabacloud.EcsMetadata;
import io.acrcredential.operator.policy.ValueFormat;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * In which region the cluster is, from the first source that says so: setting, environment, the
 * metadata service, the nodes' label where they are Alibaba Cloud's.
 */
final class RegionDetection {

  private static final Logger LOG = Logger.getLogger(RegionDetection.class);

  /** What ack-pod-identity-webhook sets. */
  private static final String STS_REGION = "ALIBABA_CLOUD_STS_REGION";

  private static final String LABEL = "topology.kubernetes.io/region";
  private static final long PATIENCE_SECONDS = 4;
  private static final ListOptions SOME_NODES = new ListOptionsBuilder().withLimit(5L).build();

  private final Optional<String> setting;
  private final Function<String, Optional<String>> environment;
  private final EcsMetadata metadata;
  private final KubernetesClient client;
  private FutureTask<Optional<String>> begun;

  RegionDetection(
      Optional<String> setting,
      Function<String, Optional<String>> environment,
      EcsMetadata metadata,
      KubernetesClient client) {
    this.setting = setting;
    this.environment = environment;
    this.metadata = metadata;
    this.client = client;
  }

  /**
   * @return the environment variable; empty if it is not set or blank
   */
  static Optional<String> environment(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
  }

  /** Begins to ask, on a thread of its own: until nobody has said, seconds may pass. */
  void begin(ThreadFactory threads) {
    begun = new FutureTask<>(this::detect);
    threads.newThread(begun).start();
  }

  /** What was found; asked again where nobody said, which for who stood by may be long ago. */
  Optional<String> found() throws InterruptedException {
    boolean before = begun.isDone();
    try {
      Optional<String> found = begun.get();
      return found.isEmpty() && before ? detect() : found;
    } catch (ExecutionException e) {
      return detect();
    }
  }

  /** Asks the sources in their order, on the caller's thread; empty where none says. */
  Optional<String> detect() throws InterruptedException {
    return said("ACR_REGION", setting)
        .or(() -> said(STS_REGION, environment.apply(STS_REGION)))
        .or(() -> said("the metadata service", ofMetadata()))
        .or(() -> said("the nodes' label " + LABEL, ofNodes()));
  }

  private static Optional<String> said(String who, Optional<String> region) {
    Optional<String> valid = region.filter(ValueFormat.REGION::matches);
    valid.ifPresent(found -> LOG.infof("The cluster is in %s, says %s", found, who));
    if (region.isPresent() && valid.isEmpty()) {
      LOG.warnf("%s names no region: it is passed over", who);
    }
    return valid;
  }

  private Optional<String> ofMetadata() {
    try {
      return metadata.region().subscribeAsCompletionStage().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private Optional<String> ofNodes() {
    try {
      return client.nodes().list(SOME_NODES).getItems().stream()
          .map(RegionDetection::ofNode)
          .flatMap(Optional::stream)
          .findFirst();
    } catch (KubernetesClientException e) {
      LOG.infof("The nodes can't be read to tell the region: %s", ExceptionText.of(e));
      return Optional.empty();
    }
  }

  /** Other clouds have a us-east-1 too: the node itself must be Alibaba Cloud's. */
  private static Optional<String> ofNode(Node node) {
    ObjectMeta meta = node.getMetadata();
    Map<String, String> labels = meta.getLabels() == null ? Map.of() : meta.getLabels();
    String region = labels.getOrDefault(LABEL, "");
    String provider =
        node.getSpec() == null || node.getSpec().getProviderID() == null
            ? ""
            : node.getSpec().getProviderID();
    // A registered cluster's nodes bear Alibaba Cloud's labels in any cloud; a provider's word
    // counts.
    boolean another = provider.contains("://") && !provider.startsWith("alicloud://");
    boolean alibaba =
        provider.startsWith("alicloud://")
            || provider.startsWith(region + ".i-")
            || !another
                && labels.keySet().stream()
                    .anyMatch(
                        label ->
                            label.startsWith("alibabacloud.com/")
                                || label.startsWith("node.csi.alibabacloud.com/"));
    return alibaba && !region.isEmpty() ? Optional.of(region) : Optional.empty();
  }
}
