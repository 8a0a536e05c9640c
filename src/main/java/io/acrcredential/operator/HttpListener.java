// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator;

import io.acrcredential.operator.text.ExceptionText;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;

/**
 * A port of its own beside that of health and metrics. If it cannot be opened, that is tried again
 * every 10 s, because the operator works without it.
 */
public final class HttpListener implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(HttpListener.class);
  private static final long RETRY_MILLIS = 10_000;

  private final Vertx vertx;
  private final String name;
  private final HttpServerOptions options;
  private final Handler<HttpServerRequest> handler;
  private final IntConsumer onListening;
  private HttpServer server;
  private boolean closed;

  /**
   * @param name begins the message that the port cannot be opened
   * @param options with the port
   * @param onListening gets the port, which is another one if that of the options is 0
   */
  public HttpListener(
      Vertx vertx,
      String name,
      HttpServerOptions options,
      Handler<HttpServerRequest> handler,
      IntConsumer onListening) {
    this.vertx = vertx;
    this.name = name;
    this.options = options;
    this.handler = handler;
    this.onListening = onListening;
  }

  /** Opens the port, unless this is closed. */
  public synchronized void listen() {
    if (closed) {
      return;
    }
    vertx
        .createHttpServer(options)
        .requestHandler(handler)
        .listen()
        .onSuccess(this::onListening)
        .onFailure(this::retry);
  }

  private synchronized void onListening(HttpServer listening) {
    if (closed) {
      listening.close();
    } else {
      server = listening;
      onListening.accept(listening.actualPort());
    }
  }

  private void retry(Throwable failure) {
    LOG.warnf(
        "%s cannot listen on port %d and retries: %s",
        name, options.getPort(), ExceptionText.of(failure));
    vertx.setTimer(RETRY_MILLIS, timer -> listen());
  }

  /** The port on which it listens; 0 = it does not. */
  public synchronized int port() {
    return server == null ? 0 : server.actualPort();
  }

  public synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (server != null) {
      server.close();
      server = null;
    }
  }
}
