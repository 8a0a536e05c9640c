// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.Settings.Network;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.dns.LookupException;
import io.acrcredential.operator.policy.ValueFormat;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.config.Config;

/**
 * The base URLs of the services. With {@code ACR_NETWORK=auto} the VPC endpoint is used if {@link
 * EndpointProbe} can connect to it, else the public one. The choice is kept for {@link
 * #CHOICE_TTL}, or until the endpoint stops answering. After a DNS failure the public endpoint is
 * used once, and nothing is kept.
 */
@Singleton
class Endpoints {

  private static final Duration CHOICE_TTL = Duration.ofHours(1);
  private static final String OVERRIDE = "acr.endpoint.registry.";
  private static final String CENTRAL_STS = "https://sts.aliyuncs.com";

  /**
   * Regions without a host {@code cr-vpc.…}. Source: Alibaba Cloud API document "Endpoints" of
   * Container Registry 2018-12-01.
   */
  private static final Set<String> WITHOUT_VPC_HOST =
      Set.of("cn-huhehaote", "cn-wulanchabu", "cn-heyuan");

  /** Regions that use the STS of another region. Source: ack-ram-tool, endpoint.go. */
  private static final Map<String, String> STS_REGION =
      Map.of("cn-hangzhou-finance", "cn-hangzhou");

  private final Settings settings;
  private final Config config;
  private final ClusterRegion clusterRegion;
  private final EndpointProbe probe;

  /** By URL template. */
  private final Map<String, Uni<String>> chosenUrls = new ConcurrentHashMap<>();

  /**
   * Where to call STS.
   *
   * @param region for the metrics; {@code central} if the cluster's region is unknown
   * @param fallback called if the other does not answer; null = none
   */
  record StsEndpoint(String region, String url, String fallback) {}

  @Inject
  Endpoints(Settings settings, Config config, ClusterRegion clusterRegion, Vertx vertx) {
    this(settings, config, clusterRegion, new EndpointProbe(vertx));
  }

  Endpoints(Settings settings, Config config, ClusterRegion clusterRegion, EndpointProbe probe) {
    this.settings = settings;
    this.config = config;
    this.clusterRegion = clusterRegion;
    this.probe = probe;
  }

  /** ACR's base URL in the region; fails for plain HTTP to another machine. */
  Uni<String> registry(String region) {
    if (!ValueFormat.REGION.matches(region)) {
      return EndpointUrl.rejected(
          region, "the region is not one", "ACR_REGION and the region of the registry");
    }
    String setting = "ACR_ENDPOINT_REGISTRY or its override for the region";
    Optional<String> override = config.getOptionalValue(OVERRIDE + region, String.class);
    String template = override.orElse(settings.endpoint().registry()).replace("{region}", region);
    return resolveNetwork(template, WITHOUT_VPC_HOST.contains(region), setting);
  }

  /** STS in the region of the cluster, never in the region of a registry. */
  Uni<StsEndpoint> sts() {
    String template = settings.endpoint().sts();
    boolean custom = !template.contains("aliyuncs.com");
    String fallback = custom ? null : CENTRAL_STS;
    Optional<String> region = clusterRegion.get().filter(ValueFormat.REGION::matches);
    if (region.isEmpty() && template.contains("{region}")) {
      return Uni.createFrom().item(new StsEndpoint("central", CENTRAL_STS, null));
    }
    String name = region.orElse("central");
    String url = template.replace("{region}", STS_REGION.getOrDefault(name, name));
    return resolveNetwork(url, false, "ACR_ENDPOINT_STS")
        .map(host -> new StsEndpoint(name, host, fallback));
  }

  /** The ECS metadata service; fails if it is switched off. */
  Uni<String> metadata() {
    String setting = "ACR_ENDPOINT_METADATA";
    return settings
        .endpoint()
        .metadata()
        .map(url -> EndpointUrl.requireSafeMetadata(url, setting))
        .orElseGet(() -> Uni.createFrom().failure(switchedOff()));
  }

  private static AlibabaCloudException switchedOff() {
    return new AlibabaCloudException(
        Reason.CredentialsMissing,
        "NoInstanceRole",
        "The ECS metadata service is switched off",
        "Set ACR_ENDPOINT_METADATA, or give the operator another identity.",
        "");
  }

  /**
   * The endpoint did not answer: the next call chooses the network again. A cluster without a route
   * to the public endpoint must not stay with it because one probe failed.
   */
  void onUnanswered(String url) {
    chosenUrls
        .keySet()
        .removeIf(
            template ->
                url.equals(fillIn(template, Network.VPC))
                    || url.equals(fillIn(template, Network.PUBLIC)));
  }

  private Uni<String> resolveNetwork(String template, boolean withoutVpc, String setting) {
    if (!template.contains("{network}")) {
      return EndpointUrl.requireSafe(template, setting);
    }
    Network network = withoutVpc ? Network.PUBLIC : settings.network();
    return network == Network.AUTO
        ? chosenUrls
            .computeIfAbsent(template, t -> choose(t, setting))
            .onFailure(LookupException.class)
            .recoverWithItem(
                () -> {
                  chosenUrls.remove(template);
                  return fillIn(template, Network.PUBLIC);
                })
        : EndpointUrl.requireSafe(fillIn(template, network), setting);
  }

  private Uni<String> choose(String template, String setting) {
    return EndpointUrl.requireSafe(fillIn(template, Network.VPC), setting)
        .chain(
            vpc ->
                probe
                    .isReachable(vpc)
                    .map(reachable -> reachable ? vpc : fillIn(template, Network.PUBLIC)))
        .memoize()
        .atLeast(CHOICE_TTL);
  }

  private static String fillIn(String template, Network network) {
    return template.replace("{network}", network == Network.VPC ? "-vpc" : "");
  }
}
