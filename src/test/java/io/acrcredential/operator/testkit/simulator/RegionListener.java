// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.testkit.http.LoopbackServer;
import io.acrcredential.operator.testkit.http.LoopbackServer.Response;
import java.net.URI;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** One host's listener: has each call judged and recorded, and answers it. */
final class RegionListener implements AutoCloseable {

  /** Bytes. */
  private static final int HUGE = 30_000_000;

  private final String region;
  private final SimulatorState world;
  private final Host host;
  private final CallLog log;
  private final LoopbackServer server;

  RegionListener(String region, SimulatorState world, Host host, CallLog log) {
    this.region = region;
    this.world = world;
    this.host = host;
    this.log = log;
    this.server = LoopbackServer.start(world.ports.getOrDefault(region, 0), this::handle);
  }

  URI endpoint() {
    return URI.create("http://" + server.authority());
  }

  private Optional<Response> handle(LoopbackServer.Request raw) throws InterruptedException {
    log.enter();
    try {
      var nanoTime = System.nanoTime();
      var request =
          new ApiRequest(raw.method(), URI.create(raw.target()), raw.headers(), raw.body());
      var reply = host.handle(region, request);
      record(nanoTime, request, reply);
      Thread.sleep(world.latency.toMillis());
      return reply.fault() == null
          ? Optional.of(response(reply, request))
          : corrupted(reply, request);
    } finally {
      log.leave();
    }
  }

  private void record(long nanoTime, ApiRequest request, Reply reply) {
    log.add(
        new RecordedCall(
            world.now(),
            nanoTime,
            region,
            host.apiOf(request),
            Gateway.instanceOf(request),
            Acs3Verifier.claimedKey(request),
            reply.outcome(),
            request.method(),
            request.uri(),
            request.headers(),
            request.body()));
  }

  private Optional<Response> corrupted(Reply reply, ApiRequest request)
      throws InterruptedException {
    var fault = reply.fault().fault();
    switch (fault.kind()) {
      case HANG -> reply.fault().cleared().await();
      case SLOW -> Thread.sleep(fault.delay().toMillis());
      default -> {}
    }
    return switch (fault.kind()) {
      case HANG, DROP -> Optional.empty();
      case HTML -> {
        var page = "<html><body><h1>Bad Gateway</h1></body></html>".getBytes(UTF_8);
        yield Optional.of(response(fault.status(), "text/html", page));
      }
      case TRUNCATE -> {
        var half = Arrays.copyOf(reply.json(), reply.json().length / 2);
        yield Optional.of(response(200, "application/json", half));
      }
      case HUGE -> {
        var padded = Arrays.copyOf(reply.json(), HUGE);
        Arrays.fill(padded, reply.json().length, HUGE, (byte) ' ');
        yield Optional.of(response(200, "application/json", padded));
      }
      default -> Optional.of(response(reply, request));
    };
  }

  /** "The default format is XML" (RPC common parameters); JSON is for those who ask for it. */
  private Response response(Reply reply, ApiRequest request) {
    if (reply.plain()) {
      return response(reply.status(), "text/plain", reply.json());
    }
    var json =
        request.header("accept").contains("application/json")
            || request.parameter("Format").equalsIgnoreCase("JSON");
    return json
        ? response(reply.status(), "application/json;charset=utf-8", reply.json())
        : response(reply.status(), "text/xml;charset=utf-8", reply.xml());
  }

  private Response response(int status, String type, byte[] body) {
    var date = DateTimeFormatter.RFC_1123_DATE_TIME.format(world.now().atZone(ZoneOffset.UTC));
    return new Response(status, Map.of("Content-Type", type, "Date", date), body);
  }

  @Override
  public void close() {
    server.close();
  }
}
