package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.Settings.Network;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.dns.LookupException;
import io.acrcredential.operator.policy.ValueFormat;
import io.acrcredential.operator.text.TextSanitizer;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.core.Promise;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.NetClientOptions;
import io.vertx.mutiny.core.Vertx;
import io.vertx.mutiny.core.net.NetClient;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;

/**
 * Where the services are. {@code auto} takes the VPC endpoint where it answers within {@link
 * #PROBE}, else the public one, and remembers that for {@link #REMEMBER}, or until nobody answers
 * there. DNS has its own time, and where it does not answer the public one is asked this once.
 */
@Singleton
class Endpoints {

  private static final Duration PROBE = Duration.ofMillis(800);
  private static final Duration REMEMBER = Duration.ofHours(1);
  private static final Pattern LOOPBACK =
      Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]");

  /** The metadata service speaks no HTTPS; nothing else is asked there. */
  private static final Pattern LOOPBACK_OR_METADATA =
      Pattern.compile("100\\.100\\.100\\.200|" + LOOPBACK);

  private static final String OVERRIDE = "acr.endpoint.registry.";
  private static final String CENTRAL_STS = "https://sts.aliyuncs.com";

  /** Regions for which no host {@code cr-vpc.…} is listed: reference/acr.md 2.1. */
  private static final Set<String> WITHOUT_VPC_HOST =
      Set.of("cn-huhehaote", "cn-wulanchabu", "cn-heyuan");

  /** Regions whose STS is another's: reference/acr.md 3. */
  private static final Map<String, String> STS_REGION =
      Map.of("cn-hangzhou-finance", "cn-hangzhou");

  private final Settings settings;
  private final Config config;
  private final ClusterRegion clusterRegion;
  private final Duration patience;
  private final Function<String, Uni<InetAddress>> addresses;
  private final NetClient probe;
  private final Map<String, Uni<String>> chosen = new ConcurrentHashMap<>();

  /**
   * Where STS is asked.
   *
   * @param region for the metrics; {@code central} where none is known
   * @param fallback asked where the other does not answer; null = none
   */
  record StsEndpoint(String region, String url, String fallback) {}

  @Inject
  Endpoints(Settings settings, Config config, ClusterRegion clusterRegion, Vertx vertx) {
    this(settings, config, clusterRegion, vertx, PROBE, host -> address(vertx, host));
  }

  /**
   * The same, with more or less patience than {@link #PROBE}.
   *
   * @param addresses of hosts; fails with a {@link LookupException} where DNS has none
   */
  Endpoints(
      Settings settings,
      Config config,
      ClusterRegion clusterRegion,
      Vertx vertx,
      Duration patience,
      Function<String, Uni<InetAddress>> addresses) {
    this.settings = settings;
    this.config = config;
    this.clusterRegion = clusterRegion;
    this.patience = patience;
    this.addresses = addresses;
    this.probe =
        vertx.createNetClient(new NetClientOptions().setConnectTimeout((int) patience.toMillis()));
  }

  /** ACR's base URL in the region; fails where it would be plain HTTP to another machine. */
  Uni<String> registry(String region) {
    if (!ValueFormat.REGION.matches(region)) {
      return refused(region, "the region is not one", "ACR_REGION and the region of the registry");
    }
    String setting = "ACR_ENDPOINT_REGISTRY or its override for the region";
    Optional<String> override = config.getOptionalValue(OVERRIDE + region, String.class);
    String template = override.orElse(settings.endpoint().registry()).replace("{region}", region);
    return withNetwork(template, WITHOUT_VPC_HOST.contains(region), setting);
  }

  /** STS in the cluster's region, never in an item's. */
  Uni<StsEndpoint> sts() {
    String template = settings.endpoint().sts();
    boolean ours = !template.contains("aliyuncs.com");
    String fallback = ours ? null : CENTRAL_STS;
    Optional<String> region = clusterRegion.get().filter(ValueFormat.REGION::matches);
    if (region.isEmpty() && template.contains("{region}")) {
      return Uni.createFrom().item(new StsEndpoint("central", CENTRAL_STS, null));
    }
    String name = region.orElse("central");
    String url = template.replace("{region}", STS_REGION.getOrDefault(name, name));
    return withNetwork(url, false, "ACR_ENDPOINT_STS")
        .map(host -> new StsEndpoint(name, host, fallback));
  }

  /** The metadata service; fails where there is none. */
  Uni<String> metadata() {
    String setting = "ACR_ENDPOINT_METADATA";
    return settings
        .endpoint()
        .metadata()
        .map(url -> checked(url, LOOPBACK_OR_METADATA, setting))
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
   * Nobody answered there: the network is chosen anew for the next try. A cluster without a way to
   * the public endpoint must not stay with it for having been probed in a bad moment.
   */
  void unanswered(String url) {
    chosen
        .keySet()
        .removeIf(
            template ->
                url.equals(with(template, Network.VPC))
                    || url.equals(with(template, Network.PUBLIC)));
  }

  private Uni<String> withNetwork(String template, boolean noVpc, String setting) {
    if (!template.contains("{network}")) {
      return checked(template, setting);
    }
    Network network = noVpc ? Network.PUBLIC : settings.network();
    return network == Network.AUTO
        ? chosen
            .computeIfAbsent(template, t -> choose(t, setting))
            .onFailure(LookupException.class)
            .recoverWithItem(
                () -> {
                  chosen.remove(template);
                  return with(template, Network.PUBLIC);
                })
        : checked(with(template, network), setting);
  }

  private Uni<String> choose(String template, String setting) {
    return checked(with(template, Network.VPC), setting)
        .chain(vpc -> answers(vpc).map(yes -> yes ? vpc : with(template, Network.PUBLIC)))
        .memoize()
        .atLeast(REMEMBER);
  }

  private Uni<Boolean> answers(String url) {
    URI uri = URI.create(url);
    int port = uri.getPort() > 0 ? uri.getPort() : uri.getScheme().equals("http") ? 80 : 443;
    return addresses
        .apply(uri.getHost())
        .chain(address -> answers(port, address))
        .onFailure(Endpoints::noSuchHost)
        .recoverWithItem(false);
  }

  private static boolean noSuchHost(Throwable failure) {
    return !(failure instanceof LookupException lookup)
        || lookup.kind() == LookupException.Kind.UNKNOWN;
  }

  static Uni<InetAddress> address(Vertx vertx, String host) {
    Promise<InetAddress> found = Promise.promise();
    ((VertxInternal) vertx.getDelegate()).resolveAddress(host, found);
    return UniHelper.toUni(found.future());
  }

  private Uni<Boolean> answers(int port, InetAddress address) {
    return probe
        .connect(port, address.getHostAddress())
        .call(socket -> socket.close().onFailure().recoverWithNull())
        .map(socket -> true)
        .ifNoItem()
        .after(patience)
        .recoverWithItem(false)
        .onFailure()
        .recoverWithItem(false);
  }

  private static String with(String template, Network network) {
    return template.replace("{network}", network == Network.VPC ? "-vpc" : "");
  }

  private static Uni<String> checked(String url, String setting) {
    return checked(url, LOOPBACK, setting);
  }

  /**
   * @param plain hosts that may be asked without HTTPS
   */
  private static Uni<String> checked(String url, Pattern plain, String setting) {
    try {
      URI uri = new URI(url);
      String host = uri.getHost() == null ? "" : uri.getHost();
      boolean safe =
          "https".equals(uri.getScheme())
              || "http".equals(uri.getScheme()) && plain.matcher(host).matches();
      return safe && !host.isEmpty()
          ? Uni.createFrom().item(url)
          : refused(url, "it must be https, or http on loopback", setting);
    } catch (URISyntaxException e) {
      return refused(url, "it is not a URL", setting);
    }
  }

  private static <T> Uni<T> refused(String url, String why, String setting) {
    return Uni.createFrom()
        .failure(
            new AlibabaCloudException(
                Reason.Unreachable,
                "EndpointRefused",
                "The endpoint " + TextSanitizer.clean(url) + " is not used: " + why,
                "Correct " + setting + ".",
                ""));
  }
}
