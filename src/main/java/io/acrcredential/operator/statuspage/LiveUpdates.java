// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.explain.finding.Language;
import io.acrcredential.operator.text.ExceptionText;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * The browsers that follow the page by server-sent events. Each gets the content when it connects,
 * and again when it has changed. One that does not read what it was sent is disconnected, so that
 * nothing piles up for it.
 */
final class LiveUpdates implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(LiveUpdates.class);

  static final int MAX_CLIENTS = 16;
  private static final long NO_TIMER = -1;

  /** How long a browser waits before it connects again. */
  private static final String RETRY = "retry: 3000\n\n";

  private static final class Client {
    final HttpServerRequest request;
    final Language language;

    /** What it was sent last. */
    String sent = "";

    Client(HttpServerRequest request, Language language) {
      this.request = request;
      this.language = language;
    }
  }

  private final Vertx vertx;
  private final LatestPage page;
  private final Duration tick;
  private final Set<Client> clients = new HashSet<>();
  private long timer = NO_TIMER;
  private boolean building;

  /**
   * @param tick how often it looks for changes while a browser follows the page
   */
  LiveUpdates(Vertx vertx, LatestPage page, Duration tick) {
    this.vertx = vertx;
    this.page = page;
    this.tick = tick;
  }

  /** Sends the content from now on. Returns false, and sends nothing, if there are too many. */
  synchronized boolean add(HttpServerRequest request, Language language) {
    if (clients.size() >= MAX_CLIENTS) {
      return false;
    }
    Client client = new Client(request, language);
    clients.add(client);
    request.connection().closeHandler(closed -> remove(client));
    HttpServerResponse response = request.response();
    response.putHeader("Content-Type", "text/event-stream;charset=utf-8").setChunked(true);
    response.write(RETRY);
    if (timer == NO_TIMER) {
      timer = vertx.setPeriodic(tick.toMillis(), now -> update());
    }
    update();
    return true;
  }

  private synchronized void remove(Client client) {
    clients.remove(client);
    if (clients.isEmpty() && timer != NO_TIMER) {
      vertx.cancelTimer(timer);
      timer = NO_TIMER;
    }
  }

  /** Builds the content once for each language. If that takes long, ticks are left out. */
  private synchronized void update() {
    if (building || clients.isEmpty()) {
      return;
    }
    building = true;
    Set<Language> languages = new HashSet<>();
    clients.forEach(client -> languages.add(client.language));
    vertx
        .executeBlocking(() -> content(languages), false)
        .onSuccess(this::send)
        .onFailure(this::onFailure);
  }

  private Map<Language, String> content(Set<Language> languages) {
    Map<Language, String> content = new EnumMap<>(Language.class);
    languages.forEach(language -> content.put(language, page.content(language)));
    return content;
  }

  private synchronized void send(Map<Language, String> content) {
    building = false;
    for (Client client : Set.copyOf(clients)) {
      String latest = content.get(client.language);
      if (latest == null || latest.equals(client.sent)) {
        continue;
      }
      if (client.request.response().writeQueueFull()) {
        LOG.debug("A browser does not read the status page that it follows: disconnected");
        remove(client);
        client.request.connection().close();
      } else {
        client.sent = latest;
        client.request.response().write("data: " + latest + "\n\n");
      }
    }
  }

  private synchronized void onFailure(Throwable failure) {
    building = false;
    LOG.error("Failed to build the status page", ExceptionText.trace(failure));
  }

  /** How many browsers follow the page. */
  synchronized int count() {
    return clients.size();
  }

  /** Whether it looks for changes, which it does only while a browser follows the page. */
  synchronized boolean isTicking() {
    return timer != NO_TIMER;
  }

  @Override
  public synchronized void close() {
    Set.copyOf(clients)
        .forEach(
            client -> {
              remove(client);
              client.request.connection().close();
            });
  }
}
