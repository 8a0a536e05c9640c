// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.watch;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * The WebSockets of all watches. A connection that a proxy or a dead network keeps open carries no
 * events, and neither end notices: the API server sends a bookmark about once a minute, and the
 * informers of the Kubernetes client wait for 5 to 10 minutes. So each connection is pinged, and
 * closed if the API server does not answer. The informer then connects again from the last version
 * it has seen.
 */
@Singleton
public final class WatchConnections {

  private static final Logger LOG = Logger.getLogger(WatchConnections.class);

  static final Duration PING_PERIOD = Duration.ofSeconds(20);
  static final Duration PONG_TIMEOUT = Duration.ofSeconds(10);

  /** The API server has no events since this version, and answers with status 410. */
  private static final String OLDEST = "1";

  private static final String VERSION = "(?<=[?&])resourceVersion=[^&]*";
  private static final String VARIABLE = "(?<=[?&])(resourceVersion|timeoutSeconds)=[^&]*";

  private final Duration pingPeriod;
  private final Duration pongTimeout;
  private final Set<WebSocket> open = ConcurrentHashMap.newKeySet();
  private final Set<WebSocket> silent = ConcurrentHashMap.newKeySet();

  /** The generation in which each watch, by its URI without a version, has connected last. */
  private final Map<String, Integer> generations = new ConcurrentHashMap<>();

  private volatile int generation;

  public WatchConnections() {
    this(PING_PERIOD, PONG_TIMEOUT);
  }

  WatchConnections(Duration pingPeriod, Duration pongTimeout) {
    this.pingPeriod = pingPeriod;
    this.pongTimeout = pongTimeout;
  }

  /** Whether a watch has not answered and is not replaced yet. */
  public boolean isAnySilent() {
    return !silent.isEmpty();
  }

  /**
   * Makes all informers list again, because the store of the API server was replaced by an older
   * one: a watch from a version that does not exist yet is accepted and stays silent until the
   * store has reached that version.
   */
  public synchronized void listAgain() {
    generation++;
    open.forEach(WebSocket::close);
  }

  /** The URI to connect to instead of this one. */
  String uri(String uri) {
    Integer before = generations.put(withoutVersion(uri), generation);
    return before == null || before == generation
        ? uri
        : uri.replaceAll(VERSION, "resourceVersion=" + OLDEST);
  }

  private static String withoutVersion(String uri) {
    return uri.replaceAll(VARIABLE, "");
  }

  /** Watches over a connection. Called on its event loop. */
  void add(Vertx vertx, String uri, WebSocket socket) {
    new Connection(vertx, URI.create(uri).getPath(), socket).start();
    // It was requested before listAgain(), but opened afterwards.
    if (generations.getOrDefault(withoutVersion(uri), generation) != generation) {
      socket.close();
    }
  }

  private final class Connection {
    private final Vertx vertx;
    private final String path;
    private final WebSocket socket;
    private long periodic;
    private long timeout;
    private boolean awaitingPong;

    Connection(Vertx vertx, String path, WebSocket socket) {
      this.vertx = vertx;
      this.path = path;
      this.socket = socket;
    }

    void start() {
      open.add(socket);
      socket.pongHandler(pong -> onPong());
      socket.closeHandler(closed -> stop());
      periodic = vertx.setPeriodic(pingPeriod.toMillis(), id -> ping());
    }

    private void ping() {
      if (awaitingPong) {
        return;
      }
      awaitingPong = true;
      timeout = vertx.setTimer(pongTimeout.toMillis(), id -> replace());
      socket.writePing(Buffer.buffer("watch"));
    }

    private void onPong() {
      vertx.cancelTimer(timeout);
      awaitingPong = false;
    }

    private void replace() {
      LOG.warnf("The watch of %s does not answer and is replaced", path);
      silent.add(socket);
      socket.close();
    }

    private void stop() {
      vertx.cancelTimer(periodic);
      vertx.cancelTimer(timeout);
      open.remove(socket);
      silent.remove(socket);
    }
  }
}
