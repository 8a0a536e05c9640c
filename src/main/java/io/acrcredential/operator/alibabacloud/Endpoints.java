// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.Settings.Network;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.dns.LookupException;
import io.acrcredential.operator.endpoint.SdkEnvironment;
import io.acrcredential.operator.endpoint.StsHosts;
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
public class Endpoints {

  private static final Duration CHOICE_TTL = Duration.ofHours(1);
  private static final String OVERRIDE = "acr.endpoint.registry.";
  private static final String STS_SETTING = "ACR_ENDPOINT_STS";

  /**
   * Regions without a host {@code cr-vpc.…}. Source: Alibaba Cloud API document "Endpoints" of
   * Container Registry 2018-12-01.
   */
  private static final Set<String> WITHOUT_VPC_HOST =
      Set.of("cn-huhehaote", "cn-wulanchabu", "cn-heyuan");

  private final Settings settings;
  private final Config config;
  private final ClusterRegion clusterRegion;
  private final SdkEnvironment sdkEnvironment;
  private final EndpointProbe probe;

  /** By URL template. */
  private final Map<String, Uni<String>> chosenUrls = new ConcurrentHashMap<>();

  /**
   * Where to call STS.
   *
   * @param region for the metrics; {@code central} if the cluster's region is unknown
   * @param fallback called if the other does not answer; null = none
   */
  public record StsEndpoint(String region, String url, String fallback) {}

  @Inject
  public Endpoints(
      Settings settings,
      Config config,
      ClusterRegion clusterRegion,
      SdkEnvironment sdkEnvironment,
      Vertx vertx) {
    this(settings, config, clusterRegion, sdkEnvironment, new EndpointProbe(vertx));
  }

  public Endpoints(
      Settings settings,
      Config config,
      ClusterRegion clusterRegion,
      SdkEnvironment sdkEnvironment,
      EndpointProbe probe) {
    this.settings = settings;
    this.config = config;
    this.clusterRegion = clusterRegion;
    this.sdkEnvironment = sdkEnvironment;
    this.probe = probe;
  }

  /** ACR's base URL in the region; fails for plain HTTP to another machine. */
  public Uni<String> registry(String region) {
    if (!ValueFormat.REGION.matches(region)) {
      return EndpointUrl.rejected(
          region, "the region is not one", "ACR_REGION and the region of the registry");
    }
    String setting = "ACR_ENDPOINT_REGISTRY or its override for the region";
    Optional<String> override = config.getOptionalValue(OVERRIDE + region, String.class);
    String template = override.orElse(settings.endpoint().registry()).replace("{region}", region);
    return resolveNetwork(
        template, WITHOUT_VPC_HOST.contains(region) ? Network.PUBLIC : settings.network(), setting);
  }

  /**
   * STS in the region of the cluster, never in the region of a registry. {@code ACR_ENDPOINT_STS}
   * and an {@code ACR_NETWORK} other than {@code auto} take precedence over the variables of the
   * SDKs.
   */
  public Uni<StsEndpoint> sts() {
    Optional<String> region = clusterRegion.get().filter(ValueFormat.REGION::matches);
    Optional<String> template =
        settings.endpoint().sts().filter(text -> !text.equals(StsHosts.REGIONAL));
    if (template.isPresent()) {
      return template.get().contains("{region}") && region.isEmpty()
          ? stsEndpoint(region, StsHosts.CENTRAL, STS_SETTING)
          : stsEndpoint(region, template.get().replace("{region}", region.orElse("")), STS_SETTING);
    }
    Optional<String> sdkUrl = sdkEnvironment.stsUrl();
    return sdkUrl.isPresent() && settings.network() == Network.AUTO
        ? stsEndpoint(region, sdkUrl.get(), SdkEnvironment.STS_ENDPOINT)
        : stsEndpoint(region, region.map(StsHosts::of).orElse(StsHosts.CENTRAL), STS_SETTING);
  }

  private Uni<StsEndpoint> stsEndpoint(Optional<String> region, String template, String setting) {
    boolean hasFallback = template.contains("aliyuncs.com") && !template.equals(StsHosts.CENTRAL);
    return resolveNetwork(template, stsNetwork(), setting)
        .map(
            url ->
                new StsEndpoint(
                    region.orElse("central"), url, hasFallback ? StsHosts.CENTRAL : null));
  }

  private Network stsNetwork() {
    return settings.network() != Network.AUTO
        ? settings.network()
        : sdkEnvironment
            .isVpcEndpointEnabled()
            .map(enabled -> enabled ? Network.VPC : Network.PUBLIC)
            .orElse(Network.AUTO);
  }

  /** The ECS metadata service; fails if it is switched off. */
  public Uni<String> metadata() {
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
  public void onUnanswered(String url) {
    chosenUrls
        .keySet()
        .removeIf(
            template ->
                url.equals(fillIn(template, Network.VPC))
                    || url.equals(fillIn(template, Network.PUBLIC)));
  }

  private Uni<String> resolveNetwork(String template, Network network, String setting) {
    if (!template.contains("{network}")) {
      return EndpointUrl.requireSafe(template, setting);
    }
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
