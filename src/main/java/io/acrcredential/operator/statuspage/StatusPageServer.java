// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.HttpListener;
import io.acrcredential.operator.explain.finding.Language;
import io.acrcredential.operator.text.ExceptionText;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * The HTTP server of the page. It answers GET and HEAD, and listens on loopback alone: it asks
 * nobody who they are, and {@code kubectl port-forward}, which RBAC guards, reaches the loopback of
 * a pod.
 */
final class StatusPageServer implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(StatusPageServer.class);

  private static final String HOST = "127.0.0.1";
  private static final int IDLE_SECONDS = 60;
  private static final int OK = 200;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int FAILED = 500;
  private static final int BUSY = 503;
  private static final String TEXT = "text/plain;charset=utf-8";

  /**
   * A web site can give its own name the address 127.0.0.1 (DNS rebinding). Its scripts in the
   * browser of an administrator could then read the page, because to the browser they come from the
   * same site. Their requests have that name as the host.
   */
  private static final Pattern LOCAL_HOST =
      Pattern.compile("(?i)(localhost|127\\.0\\.0\\.1|\\[::1])(:\\d{1,5})?");

  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
              + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "X-Content-Type-Options",
          "nosniff",
          "Referrer-Policy",
          "no-referrer",
          "Cross-Origin-Resource-Policy",
          "same-origin",
          "Cache-Control",
          "no-store");

  private static final List<HttpMethod> METHODS = List.of(HttpMethod.GET, HttpMethod.HEAD);

  private final Vertx vertx;
  private final LatestPage page;
  private final LiveUpdates updates;
  private final Map<String, StaticFile> files = StaticFile.all();
  private final HttpListener listener;

  /**
   * @param tick how often it looks for changes while a browser follows the page
   */
  StatusPageServer(Vertx vertx, int port, LatestPage page, Duration tick) {
    this.vertx = vertx;
    this.page = page;
    this.updates = new LiveUpdates(vertx, page, tick);
    this.listener =
        new HttpListener(
            vertx,
            "The status page",
            new HttpServerOptions()
                .setHost(HOST)
                .setPort(port)
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS),
            this::handle,
            opened -> LOG.infof("The status page is at http://%s:%d", HOST, opened));
  }

  void listen() {
    listener.listen();
  }

  private void handle(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    HEADERS.forEach(response::putHeader);
    String host = request.getHeader("Host");
    if (host == null || !LOCAL_HOST.matcher(host).matches()) {
      refuse(request, FORBIDDEN, "Open the page as http://localhost or http://127.0.0.1.");
    } else if (!METHODS.contains(request.method())) {
      response.putHeader("Allow", "GET, HEAD");
      refuse(request, METHOD_NOT_ALLOWED, "The page can only be read.");
    } else {
      answer(request, String.valueOf(request.path()));
    }
  }

  private void answer(HttpServerRequest request, String path) {
    Language language = PageLanguage.of(request.query(), request.getHeader("Accept-Language"));
    StaticFile file = files.get(path);
    if (file != null) {
      send(request, OK, file.contentType(), file.content());
    } else if (path.equals("/")) {
      vertx
          .executeBlocking(() -> page.document(language), false)
          .onSuccess(html -> send(request, OK, "text/html;charset=utf-8", Buffer.buffer(html)))
          .onFailure(failure -> fail(request, failure));
    } else if (path.equals("/events") && request.method() == HttpMethod.GET) {
      follow(request, language);
    } else {
      send(request, NOT_FOUND, TEXT, Buffer.buffer("There is no such page."));
    }
  }

  private void follow(HttpServerRequest request, Language language) {
    if (!updates.add(request, language)) {
      send(
          request,
          BUSY,
          TEXT,
          Buffer.buffer("%d browsers follow the page already.".formatted(LiveUpdates.MAX_CLIENTS)));
    }
  }

  private void fail(HttpServerRequest request, Throwable failure) {
    LOG.error("Failed to build the status page", ExceptionText.trace(failure));
    send(request, FAILED, TEXT, Buffer.buffer("The log of the operator says why this failed."));
  }

  /** The rest of such a request is not worth reading. */
  private static void refuse(HttpServerRequest request, int status, String why) {
    send(request, status, TEXT, Buffer.buffer(why))
        .onComplete(sent -> request.connection().close());
  }

  private static Future<Void> send(
      HttpServerRequest request, int status, String type, Buffer content) {
    HttpServerResponse response =
        request
            .response()
            .setStatusCode(status)
            .putHeader("Content-Type", type)
            .putHeader("Content-Length", String.valueOf(content.length()));
    return request.method() == HttpMethod.HEAD ? response.end() : response.end(content);
  }

  /** The port on which it listens; 0 = it does not. */
  int port() {
    return listener.port();
  }

  LiveUpdates updates() {
    return updates;
  }

  @Override
  public void close() {
    updates.close();
    listener.close();
  }
}
