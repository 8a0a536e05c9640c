// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged operator serves what docs/metrics.md names, and logs nothing for other requests. */
class HttpEndpointsIT {

  private static final List<String> SERVED =
      List.of("/q/metrics", "/q/health/live", "/q/health/ready", "/q/health/started");

  private static OperatorTestEnvironment env;

  @BeforeAll
  static void start() {
    env = OperatorTestEnvironment.create();
    env.startOperator();
  }

  @AfterAll
  static void stop() {
    if (env != null) {
      env.close();
    }
  }

  @Test
  void servesTheDocumentedPaths() throws IOException {
    for (String path : SERVED) {
      assertThat(request("GET " + path + " HTTP/1.1")).startsWith("HTTP/1.1 200 ");
    }
    assertThat(request("GET /q/metrics?name=x HTTP/1.1")).startsWith("HTTP/1.1 200 ");
    assertThat(request("HEAD /q/health/live HTTP/1.1")).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /",
        "GET /q",
        "GET /q/",
        "GET /q/health",
        "GET /q/health/",
        "GET /q/health/well",
        "GET /q/health/group",
        "GET /q/health/group/x",
        "GET /q/health/group/x/y",
        "GET //q//health//group//x",
        "GET /q/health/live/../group/x",
        "GET /q/health/%67roup/x",
        "GET /q/health/live/x",
        "GET /q/metrics/x",
        "GET /q/info",
        "GET /q/openapi",
        "GET /q/dev-ui",
        "GET /q/arc/beans",
        "GET /%zz",
        "GET /" + "%00",
        "POST /q/metrics",
        "PUT /q/health/live",
        "OPTIONS /q/metrics",
        "TRACE /q/metrics",
        "DELETE /q/health/group/x"
      })
  void refusesEverythingElseWithoutALogLine(String line) {
    awaitLogLinesOfTenRequests(
        0,
        () ->
            assertThat(request(line + " HTTP/1.1"))
                .containsPattern("^HTTP/1.1 4\\d\\d ")
                .doesNotContain("at io.", "Exception"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/9.9",
        "nonsense",
        "GET /LONG HTTP/1.1",
        "GET / HTTP/1.1\r\nX-Large: LONG",
        "GET / HTTP/1.1\r\nContent-Length: -1",
        "GET / HTTP/1.1\r\nTransfer-Encoding: nonsense",
        "GET / HTTP/1.1\r\nX\u0001: y",
        "PRI * HTTP/2.0",
        "CONNECT example.com:443 HTTP/1.1"
      })
  void logsAtMostALineForAMalformedRequest(String request) {
    awaitLogLinesOfTenRequests(
        10,
        () ->
            assertThat(request(request.replace("LONG", "x".repeat(100_000))))
                .doesNotContain(" 200 "));
  }

  /** Sends ten again while a line of something else has appeared meanwhile. */
  private static void awaitLogLinesOfTenRequests(int most, ThrowingRunnable request) {
    Awaits.soon()
        .untilAsserted(
            () -> {
              long before = lines();
              for (int i = 0; i < 10; i++) {
                request.run();
              }
              assertThat(lines() - before).as(env.operator().log()).isLessThanOrEqualTo(most);
            });
  }

  private static long lines() {
    return env.operator().log().lines().count();
  }

  /** Sends the lines as they are; returns the response, empty if the connection was closed. */
  private static String request(String lines) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", env.operator().base().getPort())) {
      socket.setSoTimeout(60_000);
      String request = lines + "\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    } catch (SocketException reset) {
      return "";
    }
  }
}
