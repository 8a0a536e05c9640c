// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import static io.acrcredential.operator.statuspage.Statuses.fresh;
import static io.acrcredential.operator.statuspage.Statuses.policy;
import static io.acrcredential.operator.statuspage.Statuses.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.testkit.Awaits;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server on loopback, asked by sockets that may send anything. */
class StatusPageServerTest {

  private static final int MIB = 1024 * 1024;

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger collected = new AtomicInteger();
  private volatile Snapshot current = snapshot(List.of(policy("first", fresh("cri-a", 30))));
  private volatile RuntimeException failure;
  private final StatusPageServer server = server(0);
  private final List<PageConnection> browsers = new ArrayList<>();

  private StatusPageServer server(int port) {
    AtomicInteger ticks = new AtomicInteger();
    LatestPage page =
        new LatestPage(this::collect, () -> ticks.incrementAndGet() * LatestPage.MAX_AGE.toNanos());
    return new StatusPageServer(vertx, port, page, Duration.ofMillis(50));
  }

  private Snapshot collect() {
    collected.incrementAndGet();
    if (failure != null) {
      throw failure;
    }
    return current;
  }

  @BeforeEach
  void start() {
    server.listen();
    Awaits.soon().until(() -> server.port() > 0);
  }

  @AfterEach
  void stop() throws IOException {
    for (PageConnection browser : browsers) {
      browser.close();
    }
    server.close();
    vertx.close();
  }

  private String get(String path, String... headers) throws IOException {
    return PageConnection.get(server.port(), path, headers);
  }

  private PageConnection follow(String language) throws IOException {
    PageConnection browser = PageConnection.follow(server.port(), language);
    browsers.add(browser);
    return browser;
  }

  @Test
  void servesThePageAndItsFiles() throws IOException {
    assertThat(get("/"))
        .startsWith("HTTP/1.1 200 ")
        .contains("Content-Type: text/html;charset=utf-8", "<html lang=\"en\">", "policy-first");
    assertThat(get("/?lang=zh")).contains("<html lang=\"zh\">", "策略");
    assertThat(get("/", "Accept-Language: zh-CN")).contains("<html lang=\"zh\">");
    assertThat(get("/style.css")).contains("Content-Type: text/css", "prefers-color-scheme: dark");
    assertThat(get("/live.js")).contains("Content-Type: text/javascript", "new EventSource(");
    assertThat(get("/icon.svg")).contains("Content-Type: image/svg+xml", "<svg ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/style.css", "/live.js", "/nothing", "/events"})
  void everyAnswerHasTheHeadersThatProtectIt(String path) throws IOException {
    // when
    String answer =
        PageConnection.answer(server.port(), "HEAD " + path, "Host: [::1]:1", "Connection: close");

    // then
    assertThat(answer)
        .contains("Content-Security-Policy: default-src 'none'; script-src 'self';")
        .contains("form-action 'none'; frame-ancestors 'none'", "base-uri 'none'")
        .contains("X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer")
        .contains("Cache-Control: no-store", "Cross-Origin-Resource-Policy: same-origin")
        .doesNotContain("Access-Control-Allow", "Set-Cookie", "unsafe-inline")
        .endsWith("\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/index.html",
        "/status-page/style.css",
        "/../style.css",
        "/style.css/",
        "//",
        "/q"
      })
  void servesNothingElse(String path) throws IOException {
    assertThat(get(path)).startsWith("HTTP/1.1 404 ").endsWith("There is no such page.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"})
  void canOnlyBeRead(String method) throws IOException {
    assertThat(
            PageConnection.answer(
                server.port(), method + " /", "Host: localhost", "Connection: close"))
        .startsWith("HTTP/1.1 405 ")
        .contains("Allow: GET, HEAD");
  }

  /** A name that leads to 127.0.0.1 would give a web site the page. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: evil.example.com",
        "Host: localhost.evil.example.com",
        "Host: evil.example.com:localhost",
        "Host: 127.0.0.1.nip.io:8090",
        "Host: 10.0.0.7:8090",
        "Host: ",
        "X-Host: localhost"
      })
  void answersUnderALocalNameOnly(String header) throws IOException {
    assertThat(PageConnection.answer(server.port(), "GET /", header, "Connection: close"))
        .startsWith("HTTP/1.1 403 ")
        .doesNotContain("policy-first");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST:8090", "127.0.0.1:1", "[::1]:65535"})
  void answersUnderAnyLocalName(String host) throws IOException {
    assertThat(PageConnection.answer(server.port(), "GET /", "Host: " + host, "Connection: close"))
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void listensOnLoopbackOnly() {
    // 127.0.0.2 reaches a server that listens on all addresses.
    assertThatThrownBy(() -> new Socket("127.0.0.2", server.port()).close())
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void sendsTheContentAtOnceAndThenOnlyChanges() throws IOException {
    // when
    PageConnection english = follow("en");
    PageConnection chinese = follow("zh");

    // then
    Awaits.soon().until(() -> english.events() == 1 && chinese.events() == 1);
    assertThat(english.received())
        .contains("Content-Type: text/event-stream", "retry: 3000", "policy-first", "Policies")
        .doesNotContain("<html");
    assertThat(chinese.received()).contains("policy-first", "策略");

    // when
    int before = collected.get();
    Awaits.soon().until(() -> collected.get() > before + 10);

    // then
    assertThat(english.events()).as("nothing has changed").isEqualTo(1);

    // when
    current = snapshot(List.of(policy("second", fresh("cri-a", 30))));

    // then
    Awaits.soon().until(() -> english.events() == 2 && chinese.events() == 2);
    assertThat(english.received()).contains("policy-second");
  }

  @Test
  void costsNothingWhileNobodyLooks() throws IOException {
    // given
    assertThat(server.updates().isTicking()).isFalse();
    PageConnection browser = follow("en");
    Awaits.soon().until(() -> browser.events() == 1);
    assertThat(server.updates().isTicking()).isTrue();

    // when
    browser.close();

    // then
    Awaits.soon().until(() -> !server.updates().isTicking());
    assertThat(server.updates().count()).isZero();
  }

  @Test
  void refusesTooManyBrowsersUntilOneLeaves() throws IOException {
    // given
    for (int i = 0; i < LiveUpdates.MAX_CLIENTS; i++) {
      follow("en");
    }
    Awaits.soon().until(() -> browsers.stream().allMatch(browser -> browser.events() == 1));

    // then
    assertThat(get("/events")).startsWith("HTTP/1.1 503 ");
    assertThat(get("/")).as("the page itself").startsWith("HTTP/1.1 200 ");

    // when
    browsers.get(0).close();
    Awaits.soon().until(() -> server.updates().count() < LiveUpdates.MAX_CLIENTS);

    // then
    PageConnection next = follow("en");
    Awaits.soon().until(() -> next.events() == 1);
  }

  @Test
  void disconnectsABrowserThatDoesNotRead() throws IOException {
    // given
    PageConnection reading = follow("en");
    browsers.add(PageConnection.open(server.port(), "GET /events", "Host: localhost"));
    Awaits.soon().until(() -> server.updates().count() == 2);

    // when
    AtomicInteger change = new AtomicInteger();
    Awaits.soon()
        .until(
            () -> {
              String name = change.incrementAndGet() + "x".repeat(MIB);
              current = snapshot(List.of(policy(name)));
              return server.updates().count() == 1;
            });

    // then
    int before = reading.events();
    current = snapshot(List.of(policy("small")));
    Awaits.soon().until(() -> reading.events() > before);
  }

  @Test
  void recoversFromAFailure() throws IOException {
    // given
    failure = new IllegalStateException("Canary");

    // then
    assertThat(get("/")).startsWith("HTTP/1.1 500 ").doesNotContain("Canary");

    // when
    PageConnection browser = follow("en");
    int before = collected.get();
    Awaits.soon().until(() -> collected.get() > before + 2);
    failure = null;

    // then
    Awaits.soon().until(() -> browser.events() == 1);
  }

  @Test
  void disconnectsItsBrowsersWhenItStops() throws IOException {
    // given
    PageConnection browser = follow("en");
    Awaits.soon().until(() -> browser.events() == 1);

    // when
    server.close();

    // then
    assertThat(server.updates().count()).isZero();
    assertThat(server.updates().isTicking()).isFalse();
    assertThat(server.port()).isZero();
  }

  @Test
  void survivesAPortThatIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      // when
      StatusPageServer other = server(taken.getLocalPort());
      other.listen();

      // then
      assertThat(get("/")).startsWith("HTTP/1.1 200 ");
      assertThat(other.port()).isZero();
      other.close();
    }
  }
}
