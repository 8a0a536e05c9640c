// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.watch;

import io.acrcredential.operator.CipherSuites;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.impl.VertxWrapper;

/**
 * Creates the HTTP client of the Kubernetes client so that {@link WatchConnections} has the
 * WebSockets of watches. The Kubernetes client itself offers no pings.
 */
public final class WatchHttpClientFactory extends VertxHttpClientFactory {

  /**
   * @param vertx its event loops are used
   * @param watches gets every WebSocket
   */
  public WatchHttpClientFactory(Vertx vertx, WatchConnections watches) {
    super(new WatchVertx((VertxInternal) vertx, watches));
  }

  private static final class WatchVertx extends VertxWrapper {

    /** Seconds that the other end has to confirm that a WebSocket is closed. */
    private static final int CLOSING_TIMEOUT = 1;

    /**
     * Seconds that an unused connection is kept for the next request. One that a network has
     * dropped silently costs that request its time-out, and a standby replica that takes over later
     * than this has none.
     */
    private static final int KEEP_ALIVE_TIMEOUT = 15;

    private final WatchConnections watches;

    WatchVertx(VertxInternal vertx, WatchConnections watches) {
      super(vertx);
      this.watches = watches;
    }

    @Override
    public HttpClient createHttpClient(HttpClientOptions options) {
      return new WatchHttpClient(
          delegate,
          delegate.createHttpClient(
              CipherSuites.order(options)
                  .setWebSocketClosingTimeout(CLOSING_TIMEOUT)
                  .setKeepAliveTimeout(KEEP_ALIVE_TIMEOUT)),
          watches);
    }
  }
}
