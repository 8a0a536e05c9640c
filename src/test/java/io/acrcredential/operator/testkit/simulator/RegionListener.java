package io.acrcredential.operator.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** One region's host: reads a call, has it judged and recorded, and answers it. */
final class RegionListener implements AutoCloseable {

  private final String region;
  private final World world;
  private final Gateway gateway;
  private final CallLog log;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final HttpServer server;

  RegionListener(String region, World world, Gateway gateway, CallLog log, Executor executor) {
    this.region = region;
    this.world = world;
    this.gateway = gateway;
    this.log = log;
    try {
      var port = world.ports.getOrDefault(region, 0);
      server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(executor);
    server.createContext("/", this::handle);
    server.start();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      log.enter();
      answer(exchange);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      log.leave();
    }
  }

  private void answer(HttpExchange exchange) throws IOException, InterruptedException {
    var nanoTime = System.nanoTime();
    var request = ApiRequest.of(exchange);
    var reply = gateway.handle(region, request);
    log.add(
        new RecordedCall(
            world.now(),
            nanoTime,
            region,
            gateway.apiOf(request),
            Gateway.instanceOf(request),
            Acs3Verifier.claimedKey(request),
            reply.outcome(),
            request.method(),
            request.uri(),
            request.headers(),
            request.body()));
    if (closed.await(world.latency.toMillis(), TimeUnit.MILLISECONDS)) {
      return;
    }
    if (reply.fault() == null) {
      send(exchange, reply, asksForJson(request));
    } else {
      spoil(exchange, reply, asksForJson(request));
    }
  }

  private void spoil(HttpExchange exchange, Reply reply, boolean json)
      throws IOException, InterruptedException {
    var fault = reply.fault().fault();
    switch (fault.kind()) {
      case HANG -> reply.fault().cleared().await();
      case DROP -> {}
      case HTML ->
          send(
              exchange,
              fault.status(),
              "text/html",
              "<html><body><h1>Bad Gateway</h1></body></html>".getBytes(UTF_8));
      case TRUNCATE -> {
        var body = reply.json();
        send(exchange, 200, "application/json", Arrays.copyOf(body, body.length / 2));
      }
      default -> {
        if (!closed.await(fault.delay().toMillis(), TimeUnit.MILLISECONDS)) {
          send(exchange, reply, json);
        }
      }
    }
  }

  /** "The default format is XML" (RPC common parameters); JSON only for those who ask for it. */
  private static boolean asksForJson(ApiRequest request) {
    return request.header("accept").contains("application/json")
        || request.parameter("Format").equalsIgnoreCase("JSON");
  }

  private void send(HttpExchange exchange, Reply reply, boolean json) throws IOException {
    send(
        exchange,
        reply.status(),
        json ? "application/json;charset=utf-8" : "text/xml;charset=utf-8",
        json ? reply.json() : reply.xml());
  }

  private void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange
        .getResponseHeaders()
        .set(
            "Date",
            DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.ofInstant(world.now(), ZoneOffset.UTC)));
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}
