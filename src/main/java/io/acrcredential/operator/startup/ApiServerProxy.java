// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import io.acrcredential.operator.StartException;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.utils.IpAddressMatcher;
import io.netty.util.NetUtil;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Applies {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY} to the connection to the API
 * server by the rules of kubectl and other Go programs (golang.org/x/net/http/httpproxy). The
 * Operator Lifecycle Manager sets these variables. The Kubernetes client has rules of its own, and
 * cannot be created with entries such as {@code *} and {@code *.svc}.
 */
public final class ApiServerProxy {

  /** For the client's own check whether a host ends with an entry. */
  private static final String EVERY_HOST = "";

  private static final String NO_HOST = "none.invalid";

  /** The client parses the address even where it uses no proxy. */
  private static final String UNUSED = "http://none.invalid:3128";

  private static final Set<String> SCHEMES = Set.of("http", "https", "socks4", "socks5");

  private static final String[] NO_ENTRIES = {};

  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  private ApiServerProxy() {}

  /**
   * Hides the variables from the Kubernetes client, which reads system properties first. JOSDK
   * creates a client that nothing uses; if that cannot be created, the process ends.
   */
  public static void hide(Map<String, String> environment) {
    if (Stream.of("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
        .anyMatch(environment::containsKey)) {
      System.setProperty(Config.KUBERNETES_HTTPS_PROXY, UNUSED);
      System.setProperty(Config.KUBERNETES_HTTP_PROXY, UNUSED);
      System.setProperty(Config.KUBERNETES_NO_PROXY, NO_HOST);
    }
  }

  /**
   * Decides whether a proxy is used, so that the client has nothing to decide.
   *
   * @param config after {@link #hide}; its proxy is used if it is another one
   * @throws StartException if the address of the proxy is not valid; the message does not quote it,
   *     because it may contain a password
   */
  public static Config decide(Config config, Map<String, String> environment) {
    URI server = server(config.getMasterUrl());
    boolean https = "https".equalsIgnoreCase(server.getScheme());
    String variable = https ? "HTTPS_PROXY" : "HTTP_PROXY";
    String proxy = https ? config.getHttpsProxy() : config.getHttpProxy();
    String noProxy = String.join(",", Optional.ofNullable(config.getNoProxy()).orElse(NO_ENTRIES));
    if (proxy == null || proxy.equals(UNUSED)) {
      proxy = environment.getOrDefault(variable, environment.getOrDefault("ALL_PROXY", ""));
      noProxy = environment.getOrDefault("NO_PROXY", "");
    }
    boolean direct = proxy.isBlank() || isBypassed(server, noProxy);
    String address = direct ? UNUSED : address(variable, proxy.strip());
    return new ConfigBuilder(config)
        .withHttpsProxy(address)
        .withHttpProxy(address)
        .withNoProxy(direct ? EVERY_HOST : NO_HOST)
        .build();
  }

  private static URI server(String url) {
    try {
      URI server = new URI(url);
      if (server.getRawAuthority() != null) {
        return server;
      }
    } catch (URISyntaxException e) {
      // below
    }
    throw new StartException("The server of the kubeconfig is not a URL: write https://host:port");
  }

  /** Adds the scheme and the port, which may be absent in the variable, but not for the client. */
  private static String address(String variable, String text) {
    String url = text.contains("://") ? text : "http://" + text;
    try {
      URI address = new URI(url);
      if (address.getHost() != null && SCHEMES.contains(address.getScheme())) {
        return address.getPort() >= 0
            ? url
            : address.getScheme() + "://" + address.getRawAuthority() + ":" + port(address);
      }
    } catch (URISyntaxException e) {
      // below
    }
    throw new StartException(variable + " is not the address of a proxy: write http://host:port");
  }

  /** The parser of URIs knows no host names with an underscore, which the client connects to. */
  private static String host(URI server) {
    return server.getHost() != null
        ? server.getHost()
        : server.getRawAuthority().replaceFirst(":\\d+$", "");
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0
        ? uri.getPort()
        : "https".equalsIgnoreCase(uri.getScheme()) ? HTTPS_PORT : HTTP_PORT;
  }

  /** Whether the server is called without a proxy. */
  private static boolean isBypassed(URI server, String noProxy) {
    String host = withoutBrackets(host(server)).toLowerCase(Locale.ROOT);
    return isLoopback(host)
        || Arrays.stream(noProxy.toLowerCase(Locale.ROOT).split("[,\\s]+"))
            .map(entry -> entry.replaceFirst("^https?://", "").replaceFirst("/$", ""))
            .anyMatch(entry -> matches(entry, host, port(server)));
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost")
        || isAddress(host)
            && (new IpAddressMatcher("127.0.0.0/8").matches(host)
                || new IpAddressMatcher("::1").matches(host));
  }

  private static boolean matches(String entry, String host, int port) {
    if (entry.equals("*")) {
      return true;
    }
    String name = entry;
    int colon = entry.lastIndexOf(':');
    boolean hasPort =
        entry.startsWith("[") ? entry.contains("]:") : colon >= 0 && colon == entry.indexOf(':');
    if (hasPort) {
      if (!entry.substring(colon + 1).equals(String.valueOf(port))) {
        return false;
      }
      name = entry.substring(0, colon);
    }
    name = withoutBrackets(name);
    String address = name.replaceFirst("/\\d{1,3}$", "");
    if (isAddress(address)) {
      return isAddress(host) && new IpAddressMatcher(name).matches(host);
    }
    String domain = name.startsWith("*.") ? name.substring(1) : name;
    return !domain.isEmpty()
        && (domain.startsWith(".")
            ? host.endsWith(domain)
            : host.equals(domain) || host.endsWith("." + domain));
  }

  private static boolean isAddress(String text) {
    return NetUtil.isValidIpV4Address(text) || NetUtil.isValidIpV6Address(text);
  }

  private static String withoutBrackets(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }
}
