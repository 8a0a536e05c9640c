package io.acrcredential.operator.openapi;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.Settings.Network;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.Reason;
import io.smallrye.mutiny.Uni;
import io.vertx.core.net.NetClientOptions;
import io.vertx.mutiny.core.Vertx;
import io.vertx.mutiny.core.net.NetClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;

/**
 * Where a region's ACR OpenAPI is. {@code auto} takes the VPC endpoint where it answers within
 * {@link #PROBE}, else the public one, and remembers that for {@link #REMEMBER}.
 */
@ApplicationScoped
class Endpoints {

  private static final Duration PROBE = Duration.ofMillis(800);
  private static final Duration REMEMBER = Duration.ofHours(1);
  private static final Pattern LOOPBACK =
      Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]");
  private static final String OVERRIDE = "acr.endpoint.registry.";

  private final Settings settings;
  private final Config config;
  private final NetClient probe;
  private final Map<String, Uni<String>> chosen = new ConcurrentHashMap<>();

  Endpoints(Settings settings, Config config, Vertx vertx) {
    this.settings = settings;
    this.config = config;
    this.probe =
        vertx.createNetClient(new NetClientOptions().setConnectTimeout((int) PROBE.toMillis()));
  }

  /** The base URL for the region; fails where it would be plain HTTP to another machine. */
  Uni<String> registry(String region) {
    if (!PolicyCompiler.isRegion(region)) {
      return Uni.createFrom().failure(refused(region, "the region is not one"));
    }
    Optional<String> override = config.getOptionalValue(OVERRIDE + region, String.class);
    String template = override.orElse(settings.endpoint().registry()).replace("{region}", region);
    if (!template.contains("{network}")) {
      return checked(template);
    }
    return switch (settings.network()) {
      case PUBLIC -> checked(with(template, Network.PUBLIC));
      case VPC -> checked(with(template, Network.VPC));
      case AUTO -> chosen.computeIfAbsent(template, this::choose);
    };
  }

  private Uni<String> choose(String template) {
    return checked(with(template, Network.VPC))
        .chain(vpc -> answers(vpc).map(yes -> yes ? vpc : with(template, Network.PUBLIC)))
        .chain(Endpoints::checked)
        .memoize()
        .atLeast(REMEMBER);
  }

  private Uni<Boolean> answers(String url) {
    URI uri = URI.create(url);
    int port = uri.getPort() > 0 ? uri.getPort() : uri.getScheme().equals("http") ? 80 : 443;
    return probe
        .connect(port, uri.getHost())
        .call(socket -> socket.close().onFailure().recoverWithNull())
        .map(socket -> true)
        .ifNoItem()
        .after(PROBE)
        .recoverWithItem(false)
        .onFailure()
        .recoverWithItem(false);
  }

  private static String with(String template, Network network) {
    return template.replace("{network}", network == Network.VPC ? "-vpc" : "");
  }

  private static Uni<String> checked(String url) {
    try {
      URI uri = new URI(url);
      boolean safe =
          "https".equals(uri.getScheme())
              || "http".equals(uri.getScheme())
                  && uri.getHost() != null
                  && LOOPBACK.matcher(uri.getHost()).matches();
      return safe && uri.getHost() != null
          ? Uni.createFrom().item(url)
          : Uni.createFrom().failure(refused(url, "it must be https, or http on loopback"));
    } catch (java.net.URISyntaxException e) {
      return Uni.createFrom().failure(refused(url, "it is not a URL"));
    }
  }

  private static AcrException refused(String url, String why) {
    return new AcrException(
        Reason.Unreachable,
        "EndpointRefused",
        "The endpoint " + RemoteText.clean(url, null) + " is not used: " + why,
        "Correct ACR_ENDPOINT_REGISTRY or its override for the region.",
        "");
  }
}
