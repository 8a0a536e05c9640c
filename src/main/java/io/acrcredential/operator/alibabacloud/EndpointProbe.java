// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.dns.LookupException;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.core.Promise;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.NetClientOptions;
import io.vertx.mutiny.core.Vertx;
import io.vertx.mutiny.core.net.NetClient;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.function.Function;

/** Finds out whether a TCP connection to an endpoint is possible. */
public final class EndpointProbe {

  /** For the connection alone: DNS has a timeout of its own. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(800);

  private final Duration connectTimeout;
  private final Function<String, Uni<InetAddress>> addresses;
  private final NetClient client;

  public EndpointProbe(Vertx vertx) {
    this(vertx, CONNECT_TIMEOUT, host -> lookUp(vertx, host));
  }

  /**
   * @param addresses of host names; fails with a {@link LookupException} if DNS gives none
   */
  public EndpointProbe(
      Vertx vertx, Duration connectTimeout, Function<String, Uni<InetAddress>> addresses) {
    this.connectTimeout = connectTimeout;
    this.addresses = addresses;
    this.client =
        vertx.createNetClient(
            new NetClientOptions().setConnectTimeout((int) connectTimeout.toMillis()));
  }

  /** False also for an unknown host; fails with a {@link LookupException} if DNS fails. */
  Uni<Boolean> isReachable(String url) {
    URI uri = URI.create(url);
    int port = uri.getPort() > 0 ? uri.getPort() : uri.getScheme().equals("http") ? 80 : 443;
    return addresses
        .apply(uri.getHost())
        .chain(address -> canConnect(address, port))
        .onFailure(EndpointProbe::isHostUnknown)
        .recoverWithItem(false);
  }

  private static boolean isHostUnknown(Throwable failure) {
    return !(failure instanceof LookupException lookup)
        || lookup.kind() == LookupException.Kind.UNKNOWN;
  }

  public static Uni<InetAddress> lookUp(Vertx vertx, String host) {
    Promise<InetAddress> found = Promise.promise();
    ((VertxInternal) vertx.getDelegate()).resolveAddress(host, found);
    return UniHelper.toUni(found.future());
  }

  private Uni<Boolean> canConnect(InetAddress address, int port) {
    return client
        .connect(port, address.getHostAddress())
        .call(socket -> socket.close().onFailure().recoverWithNull())
        .map(socket -> true)
        .ifNoItem()
        .after(connectTimeout)
        .recoverWithItem(false)
        .onFailure()
        .recoverWithItem(false);
  }
}
