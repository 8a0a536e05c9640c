// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.http;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A proxy before the API server that ends TLS, on 127.0.0.1: requests by HTTP/1.1, watches by
 * WebSocket. Requests and watches of its clients go wrong on demand; the API server notices
 * nothing.
 */
public final class ApiFaultProxy implements AutoCloseable {

  /** What happens to a request. */
  public enum Effect {
    /** It is answered with a status instead of being forwarded. */
    REFUSE,
    /** It is done, but the connection ends without an answer. */
    LOSE_ANSWER,
    /** It is done, but the connection ends within the body of the answer. */
    TRUNCATE,
    /** It is answered, and the client may not use the connection again. */
    CLOSE
  }

  /**
   * Something that happens to requests.
   *
   * @param status of a refusal
   * @param headers of a refusal
   * @param writesOnly whether it happens to no GET
   * @param share every how many-th request it happens to; 1 = all
   */
  public record RequestFault(
      Effect effect, int status, Map<String, String> headers, boolean writesOnly, int share) {

    /** Every request is answered with this status. */
    public static RequestFault refusal(int status) {
      return new RequestFault(Effect.REFUSE, status, Map.of(), false, 1);
    }

    /** Every request is done, but not answered. */
    public static RequestFault lostAnswer() {
      return new RequestFault(Effect.LOSE_ANSWER, 0, Map.of(), false, 1);
    }

    /** Every request is done, but half of the answer is missing. */
    public static RequestFault truncatedAnswer() {
      return new RequestFault(Effect.TRUNCATE, 0, Map.of(), false, 1);
    }

    /** Every answer is the last one on its connection, as of a server that is about to end. */
    public static RequestFault closedConnection() {
      return new RequestFault(Effect.CLOSE, 0, Map.of(), false, 1);
    }

    /** The same with a header in the refusal. */
    public RequestFault header(String name, String value) {
      return new RequestFault(effect, status, Map.of(name, value), writesOnly, share);
    }

    /** The same for every {@code every}-th request, or write, only. */
    public RequestFault of(int every, boolean onlyWrites) {
      return new RequestFault(effect, status, headers, onlyWrites, every);
    }
  }

  /** What happens to the next event of each watch, or to each event. */
  public enum WatchEffect {
    NONE,
    /** Each event is sent twice. */
    DUPLICATE,
    /** The connection ends within the event. */
    TRUNCATE,
    /** The watch ends with status 410 instead: its version is too old. */
    EXPIRE
  }

  private static final int MAX_FRAME = 64 * 1024 * 1024;
  private static final Set<String> HOP_BY_HOP =
      Set.of("host", "connection", "upgrade", "content-length", "transfer-encoding");
  private static final Map<Integer, String> REASONS =
      Map.of(
          401, "Unauthorized",
          403, "Forbidden",
          409, "Conflict",
          422, "Invalid",
          429, "TooManyRequests",
          500, "InternalError",
          503, "ServiceUnavailable");

  private final Vertx vertx =
      Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
  private final AtomicInteger struck = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private final URI behind;
  private final HttpClient client;
  private final HttpServer server;
  private volatile List<RequestFault> faults = List.of();
  private final Map<Predicate<String>, CompletableFuture<Void>> holds = new ConcurrentHashMap<>();
  private volatile WatchEffect watchEffect = WatchEffect.NONE;

  private ApiFaultProxy(URI behind, Path folder) {
    this.behind = behind;
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setSsl(true)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setMaxPoolSize(100)
                .setMaxWebSockets(1_000)
                .setTryUsePerFrameWebSocketCompression(false)
                .setMaxWebSocketFrameSize(MAX_FRAME)
                .setMaxWebSocketMessageSize(MAX_FRAME)
                .setDefaultHost(behind.getHost())
                .setDefaultPort(behind.getPort()));
    this.server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHost("127.0.0.1")
                    .setPort(0)
                    .setSsl(true)
                    .setMaxWebSocketFrameSize(MAX_FRAME)
                    .setMaxWebSocketMessageSize(MAX_FRAME)
                    .setKeyCertOptions(
                        new PfxOptions()
                            .setPath(folder.resolve("server.p12").toString())
                            .setPassword(SelfSignedTls.PASSWORD)))
            .requestHandler(this::onRequest)
            .listen()
            .toCompletionStage()
            .toCompletableFuture()
            .join();
  }

  /**
   * Starts it.
   *
   * @param behind the API server
   * @param folder gets the proxy's key and its CA, {@code ca.crt}
   */
  public static ApiFaultProxy start(URI behind, Path folder)
      throws IOException, GeneralSecurityException, InterruptedException {
    SelfSignedTls.context(folder, "127.0.0.1");
    return new ApiFaultProxy(behind, folder);
  }

  /** Where it listens. */
  public URI address() {
    return URI.create("https://127.0.0.1:" + server.actualPort());
  }

  /** From now on, this happens to requests too. */
  public synchronized void add(RequestFault fault) {
    faults = Stream.concat(faults.stream(), Stream.of(fault)).toList();
  }

  /** From now on, this does not happen any more. */
  public synchronized void remove(RequestFault fault) {
    faults = faults.stream().filter(one -> one != fault).toList();
  }

  /**
   * From now on, requests to some addresses wait before they are forwarded. Watches do not.
   *
   * @param uri whether requests to this path and query wait
   * @return lets them continue, and later ones pass, once it is completed
   */
  public CompletableFuture<Void> hold(Predicate<String> uri) {
    CompletableFuture<Void> released = new CompletableFuture<>();
    holds.put(uri, released);
    return released;
  }

  /** From now on, this happens to events of watches. */
  public void onWatches(WatchEffect effect) {
    watchEffect = effect;
  }

  /** To how many requests and events something has happened. */
  public int struck() {
    return struck.get();
  }

  private void onRequest(HttpServerRequest request) {
    RequestFault fault = faultFor(request);
    if (fault != null) {
      struck.incrementAndGet();
    }
    if (fault != null && fault.effect() == Effect.REFUSE) {
      refuse(request, fault);
    } else if (request.headers().contains("upgrade")) {
      watch(request);
    } else {
      forward(request, fault == null ? null : fault.effect());
    }
  }

  private RequestFault faultFor(HttpServerRequest request) {
    boolean read = request.method() == HttpMethod.GET;
    int number = requests.incrementAndGet();
    return faults.stream()
        .filter(fault -> !(read && fault.writesOnly()))
        .filter(fault -> number % fault.share() == 0)
        .findFirst()
        .orElse(null);
  }

  private static void refuse(HttpServerRequest request, RequestFault fault) {
    HttpServerResponse response = request.response().setStatusCode(fault.status());
    fault.headers().forEach(response::putHeader);
    response
        .putHeader("Content-Type", "application/json")
        .end(status(fault.status(), "injected by the test"));
  }

  private static String status(int code, String message) {
    return """
    {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"%s","reason":"%s","code":%d}
    """
        .formatted(message, REASONS.getOrDefault(code, "Expired"), code)
        .strip();
  }

  private void forward(HttpServerRequest request, Effect effect) {
    request
        .body()
        .compose(body -> released(request.uri()).map(body))
        .compose(
            body ->
                client
                    .request(
                        new RequestOptions()
                            .setMethod(request.method())
                            .setURI(request.uri())
                            .setHeaders(forwarded(request)))
                    .compose(out -> out.send(body))
                    .compose(
                        answer -> answer.body().map(text -> answer(request, answer, text, effect))))
        .onFailure(failure -> request.connection().close());
  }

  private Future<Void> released(String uri) {
    return holds.entrySet().stream()
        .filter(hold -> hold.getKey().test(uri))
        .map(hold -> Future.fromCompletionStage(hold.getValue(), vertx.getOrCreateContext()))
        .findFirst()
        .orElseGet(Future::succeededFuture);
  }

  private Void answer(
      HttpServerRequest request, HttpClientResponse answer, Buffer body, Effect effect) {
    if (effect == Effect.LOSE_ANSWER) {
      request.connection().close();
      return null;
    }
    HttpServerResponse response = request.response().setStatusCode(answer.statusCode());
    answer.headers().entries().stream()
        .filter(header -> !HOP_BY_HOP.contains(header.getKey().toLowerCase()))
        .forEach(header -> response.putHeader(header.getKey(), header.getValue()));
    if (effect == Effect.CLOSE) {
      response.putHeader("Connection", "close");
    }
    if (effect == Effect.TRUNCATE) {
      response.putHeader("Content-Length", Integer.toString(body.length()));
      response
          .write(body.slice(0, body.length() / 2))
          .onComplete(written -> request.connection().close());
    } else {
      response.end(body);
    }
    return null;
  }

  private void watch(HttpServerRequest request) {
    request.pause();
    client
        .webSocket(
            new WebSocketConnectOptions()
                .setHost(behind.getHost())
                .setPort(behind.getPort())
                .setURI(request.uri())
                .setHeaders(forwarded(request)))
        .onSuccess(events -> open(request, events))
        .onFailure(
            failure -> {
              request.resume();
              if (failure instanceof UpgradeRejectedException refusal) {
                request.response().setStatusCode(refusal.getStatus()).end(refusal.getBody());
              } else {
                request.connection().close();
              }
            });
  }

  private void open(HttpServerRequest request, WebSocket events) {
    Watch watch = new Watch(request);
    events.textMessageHandler(watch::onEvent);
    events.closeHandler(closed -> watch.onEnd());
    request
        .toWebSocket()
        .onFailure(failure -> events.close())
        .onSuccess(
            client -> {
              client.closeHandler(closed -> events.close());
              client.exceptionHandler(failure -> events.close());
              watch.start(client);
            });
  }

  /**
   * The events of a watch, all on the one event loop. They may begin before the client is there.
   */
  private final class Watch {
    private final HttpServerRequest request;
    private final List<String> early = new ArrayList<>();
    private ServerWebSocket client;
    private boolean ended;

    Watch(HttpServerRequest request) {
      this.request = request;
    }

    void start(ServerWebSocket connected) {
      client = connected;
      early.forEach(this::deliver);
      if (ended) {
        client.close();
      }
    }

    void onEvent(String event) {
      if (client == null) {
        early.add(event);
      } else {
        deliver(event);
      }
    }

    void onEnd() {
      ended = true;
      if (client != null) {
        client.close();
      }
    }

    private void deliver(String event) {
      WatchEffect effect = watchEffect;
      if (effect != WatchEffect.NONE) {
        struck.incrementAndGet();
      }
      switch (effect) {
        case NONE -> client.writeTextMessage(event);
        case DUPLICATE -> {
          client.writeTextMessage(event);
          client.writeTextMessage(event);
        }
        case TRUNCATE ->
            client
                .writeFrame(WebSocketFrame.textFrame(event.substring(0, event.length() / 2), false))
                .onComplete(written -> request.connection().close());
        case EXPIRE -> {
          client.writeTextMessage(
              "{\"type\":\"ERROR\",\"object\":" + status(410, "too old resource version") + "}");
          client.close();
        }
      }
    }
  }

  private static MultiMap forwarded(HttpServerRequest request) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    request.headers().entries().stream()
        .filter(header -> !header.getKey().startsWith(":"))
        .filter(header -> !HOP_BY_HOP.contains(header.getKey().toLowerCase()))
        .filter(header -> !header.getKey().toLowerCase().startsWith("sec-websocket"))
        .forEach(header -> headers.add(header.getKey(), header.getValue()));
    return headers;
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
