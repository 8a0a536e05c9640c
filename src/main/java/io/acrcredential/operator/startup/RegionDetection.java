// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import io.acrcredential.operator.alibabacloud.client.EcsMetadata;
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
 * Detects the region of the cluster. The first source that names one is used: the setting, the
 * environment, the ECS metadata service, the region label of nodes of Alibaba Cloud.
 */
public final class RegionDetection {

  private static final Logger LOG = Logger.getLogger(RegionDetection.class);

  /** The environment variable that ack-pod-identity-webhook sets. */
  private static final String STS_REGION = "ALIBABA_CLOUD_STS_REGION";

  private static final String REGION_LABEL = "topology.kubernetes.io/region";
  private static final long METADATA_TIMEOUT_SECONDS = 4;
  private static final ListOptions FIRST_NODES = new ListOptionsBuilder().withLimit(5L).build();

  private final Optional<String> setting;
  private final Function<String, Optional<String>> environment;
  private final EcsMetadata metadata;
  private final KubernetesClient client;
  private FutureTask<Optional<String>> detection;

  public RegionDetection(
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
  public static Optional<String> environment(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
  }

  /** Starts the detection on a thread of its own, because it takes seconds if no source answers. */
  public void start(ThreadFactory threads) {
    detection = new FutureTask<>(this::detect);
    threads.newThread(detection).start();
  }

  /**
   * Waits for the detected region; empty = unknown. If a detection that ended before this call
   * found none, it is repeated, because a standby replica may have run it long ago.
   */
  public Optional<String> awaitRegion() throws InterruptedException {
    boolean wasDone = detection.isDone();
    try {
      Optional<String> found = detection.get();
      return found.isEmpty() && wasDone ? detect() : found;
    } catch (ExecutionException e) {
      return detect();
    }
  }

  /** Queries the sources in order, on the caller's thread; empty if none names a region. */
  public Optional<String> detect() throws InterruptedException {
    return validRegion("ACR_REGION", setting)
        .or(() -> validRegion(STS_REGION, environment.apply(STS_REGION)))
        .or(() -> validRegion("the metadata service", regionFromMetadata()))
        .or(() -> validRegion("the nodes' label " + REGION_LABEL, regionFromNodes()));
  }

  private static Optional<String> validRegion(String source, Optional<String> region) {
    Optional<String> valid = region.filter(ValueFormat.REGION::matches);
    valid.ifPresent(
        found -> LOG.infof("The region of the cluster is %s, according to %s", found, source));
    if (region.isPresent() && valid.isEmpty()) {
      LOG.warnf("The region from %s is invalid and is ignored", source);
    }
    return valid;
  }

  private Optional<String> regionFromMetadata() {
    try {
      return metadata
          .region()
          .subscribeAsCompletionStage()
          .get(METADATA_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private Optional<String> regionFromNodes() {
    try {
      return client.nodes().list(FIRST_NODES).getItems().stream()
          .map(RegionDetection::regionFromNode)
          .flatMap(Optional::stream)
          .findFirst();
    } catch (KubernetesClientException e) {
      LOG.infof("Cannot read the nodes to detect the region: %s", ExceptionText.of(e));
      return Optional.empty();
    }
  }

  /**
   * Other clouds use the same region names, such as us-east-1, so the node must be one of Alibaba
   * Cloud.
   */
  private static Optional<String> regionFromNode(Node node) {
    ObjectMeta meta = node.getMetadata();
    Map<String, String> labels = meta.getLabels() == null ? Map.of() : meta.getLabels();
    String region = labels.getOrDefault(REGION_LABEL, "");
    String providerId =
        node.getSpec() == null || node.getSpec().getProviderID() == null
            ? ""
            : node.getSpec().getProviderID();
    // Nodes of a registered cluster have labels of Alibaba Cloud in any cloud, so the provider ID
    // takes precedence.
    boolean isOtherCloud = providerId.contains("://") && !providerId.startsWith("alicloud://");
    boolean isAlibabaCloud =
        providerId.startsWith("alicloud://")
            || providerId.startsWith(region + ".i-")
            || !isOtherCloud
                && labels.keySet().stream()
                    .anyMatch(
                        label ->
                            label.startsWith("alibabacloud.com/")
                                || label.startsWith("node.csi.alibabacloud.com/"));
    return isAlibabaCloud && !region.isEmpty() ? Optional.of(region) : Optional.empty();
  }
}
