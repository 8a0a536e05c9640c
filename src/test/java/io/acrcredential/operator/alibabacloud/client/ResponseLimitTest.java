// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.alibabacloud.ApiResponse;
import io.acrcredential.operator.alibabacloud.ResponseTooLongException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerResponse;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.rest.client.spi.RestClientListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ResponseLimitTest {

  private static final Buffer PART = Buffer.buffer("x".repeat(64 * 1024));

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client =
      vertx.createHttpClient(new HttpClientOptions().setMaxPoolSize(1));
  private final AtomicInteger connections = new AtomicInteger();
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    server =
        vertx
            .createHttpServer()
            .connectionHandler(connection -> connections.incrementAndGet())
            .requestHandler(
                request -> {
                  HttpServerResponse response = request.response().setChunked(true);
                  if (request.path().equals("/endless")) {
                    writeEndlessly(response);
                  } else {
                    response.end("x".repeat(Integer.parseInt(request.path().substring(1))));
                  }
                })
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() {
    vertx.close();
  }

  private static void writeEndlessly(HttpServerResponse response) {
    response.write(PART).onSuccess(written -> writeEndlessly(response));
  }

  @Test
  void closesTheConnectionOfAResponseThatDoesNotEnd() throws Exception {
    assertThatThrownBy(() -> read("/endless")).hasCauseInstanceOf(ResponseTooLongException.class);

    // then the next request has a new connection
    assertThat(read("/10").length()).isEqualTo(10);
    assertThat(connections).hasValue(2);
  }

  @Test
  void countsEachResponseOfAConnectionOnItsOwn() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(read("/" + ApiResponse.MAX_LENGTH).length()).isEqualTo(ApiResponse.MAX_LENGTH);
    }
    assertThat(connections).hasValue(1);
  }

  @Test
  void isAddedToEveryRestClient() {
    assertThat(ServiceLoader.load(RestClientListener.class))
        .hasAtLeastOneElementOfType(ResponseLimitListener.class);
  }

  private Buffer read(String path) throws Exception {
    return client
        .request(HttpMethod.GET, server.actualPort(), "127.0.0.1", path)
        .compose(
            request -> {
              ResponseLimit.addTo(request);
              return request.send();
            })
        .compose(response -> response.body())
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }
}
