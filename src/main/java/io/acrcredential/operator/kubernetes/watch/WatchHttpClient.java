// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.watch;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.http.WebsocketVersion;
import io.vertx.core.net.SSLOptions;
import java.util.List;
import java.util.function.Function;

/** Hands each WebSocket to {@link WatchConnections}; all else is left to another client. */
final class WatchHttpClient implements HttpClient {

  private final Vertx vertx;
  private final HttpClient delegate;
  private final WatchConnections watches;

  WatchHttpClient(Vertx vertx, HttpClient delegate, WatchConnections watches) {
    this.vertx = vertx;
    this.delegate = delegate;
    this.watches = watches;
  }

  /** The only one of its methods for WebSockets that the Kubernetes client calls. */
  @Override
  public Future<WebSocket> webSocket(WebSocketConnectOptions options) {
    String uri = watches.uri(options.getURI());
    options.setURI(uri);
    return delegate.webSocket(options).onSuccess(socket -> watches.add(vertx, uri, socket));
  }

  @Override
  public void webSocket(WebSocketConnectOptions options, Handler<AsyncResult<WebSocket>> handler) {
    webSocket(options).onComplete(handler);
  }

  @Override
  public void request(RequestOptions options, Handler<AsyncResult<HttpClientRequest>> handler) {
    delegate.request(options, handler);
  }

  @Override
  public Future<HttpClientRequest> request(RequestOptions options) {
    return delegate.request(options);
  }

  @Override
  public void request(
      HttpMethod method,
      int port,
      String host,
      String uri,
      Handler<AsyncResult<HttpClientRequest>> handler) {
    delegate.request(method, port, host, uri, handler);
  }

  @Override
  public void request(
      HttpMethod method, String host, String uri, Handler<AsyncResult<HttpClientRequest>> handler) {
    delegate.request(method, host, uri, handler);
  }

  @Override
  public void request(
      HttpMethod method, String uri, Handler<AsyncResult<HttpClientRequest>> handler) {
    delegate.request(method, uri, handler);
  }

  @Override
  public void webSocket(
      int port, String host, String uri, Handler<AsyncResult<WebSocket>> handler) {
    delegate.webSocket(port, host, uri, handler);
  }

  @Override
  public Future<WebSocket> webSocket(int port, String host, String uri) {
    return delegate.webSocket(port, host, uri);
  }

  @Override
  public void webSocket(String host, String uri, Handler<AsyncResult<WebSocket>> handler) {
    delegate.webSocket(host, uri, handler);
  }

  @Override
  public Future<WebSocket> webSocket(String host, String uri) {
    return delegate.webSocket(host, uri);
  }

  @Override
  public void webSocket(String uri, Handler<AsyncResult<WebSocket>> handler) {
    delegate.webSocket(uri, handler);
  }

  @Override
  public Future<WebSocket> webSocket(String uri) {
    return delegate.webSocket(uri);
  }

  @Override
  public void webSocketAbs(
      String url,
      MultiMap headers,
      WebsocketVersion version,
      List<String> subProtocols,
      Handler<AsyncResult<WebSocket>> handler) {
    delegate.webSocketAbs(url, headers, version, subProtocols, handler);
  }

  @Override
  public Future<WebSocket> webSocketAbs(
      String url, MultiMap headers, WebsocketVersion version, List<String> subProtocols) {
    return delegate.webSocketAbs(url, headers, version, subProtocols);
  }

  @Override
  public Future<Boolean> updateSSLOptions(SSLOptions options, boolean force) {
    return delegate.updateSSLOptions(options, force);
  }

  @Override
  public HttpClient connectionHandler(Handler<HttpConnection> handler) {
    delegate.connectionHandler(handler);
    return this;
  }

  @Override
  public HttpClient redirectHandler(Function<HttpClientResponse, Future<RequestOptions>> handler) {
    delegate.redirectHandler(handler);
    return this;
  }

  @Override
  public Function<HttpClientResponse, Future<RequestOptions>> redirectHandler() {
    return delegate.redirectHandler();
  }

  @Override
  public boolean isMetricsEnabled() {
    return delegate.isMetricsEnabled();
  }

  @Override
  public void close(Handler<AsyncResult<Void>> handler) {
    delegate.close(handler);
  }

  @Override
  public Future<Void> close() {
    return delegate.close();
  }
}
