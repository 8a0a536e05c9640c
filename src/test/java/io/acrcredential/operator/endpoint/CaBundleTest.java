// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.StartException;
import io.acrcredential.operator.testkit.http.LoopbackServer;
import io.acrcredential.operator.testkit.http.TlsFront;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.mutiny.core.Vertx;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handshakes of the client of ACR with servers whose CA is in a bundle. */
class CaBundleTest {

  @TempDir private static Path servers;
  private static Vertx vertx;
  private static LoopbackServer plain;
  private static Server first;
  private static Server second;

  @TempDir private Path folder;

  /** A TLS server on loopback with a certificate of its own. */
  private record Server(TlsFront front, String ca) {
    static Server start(String name, String... protocols) throws Exception {
      Path own = Files.createDirectories(servers.resolve(name));
      TlsFront front =
          TlsFront.start(
              own,
              "localhost",
              "127.0.0.1",
              0,
              URI.create("http://" + plain.authority()),
              protocols);
      return new Server(front, Files.readString(own.resolve("ca.crt")));
    }
  }

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    plain =
        LoopbackServer.start(
            0, request -> Optional.of(new LoopbackServer.Response(204, Map.of(), new byte[0])));
    first = Server.start("first");
    second = Server.start("second", "TLSv1.2");
  }

  @AfterAll
  static void stop() throws Exception {
    first.front.close();
    second.front.close();
    plain.close();
    vertx.closeAndAwait();
  }

  private String caBundle;

  private Path bundle(String content) throws Exception {
    return Files.writeString(folder.resolve("ca.crt"), content);
  }

  private HttpClient client() {
    HttpClientOptions options =
        new TlsOptions(Optional.ofNullable(caBundle)).getContext(HttpClientOptions.class);
    return vertx.getDelegate().createHttpClient(options.setSsl(true).setKeepAlive(false));
  }

  private static int status(HttpClient client, Server server) {
    return client
        .request(HttpMethod.GET, server.front.port(), "localhost", "/")
        .compose(request -> request.send())
        .map(HttpClientResponse::statusCode)
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(30, TimeUnit.SECONDS)
        .join();
  }

  private static void assertRefused(HttpClient client, Server server) {
    assertThatThrownBy(() -> status(client, server))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(SSLHandshakeException.class);
  }

  @Test
  void trustsTheBundleAloneInBothVersionsOfTls() throws Exception {
    // given
    caBundle = bundle("# the company - its CA\n" + first.ca + second.ca).toString();
    HttpClient client = client();

    // when, then
    assertThat(status(client, first)).isEqualTo(204);
    assertThat(status(client, second)).as("TLS 1.2").isEqualTo(204);
    bundle(first.ca);
    assertRefused(client(), second);
  }

  @Test
  void offersBothVersionsOfTls() {
    assertThat(
            new TlsOptions(Optional.ofNullable(caBundle))
                .getContext(HttpClientOptions.class)
                .getEnabledSecureTransportProtocols())
        .isEqualTo(Set.of("TLSv1.3", "TLSv1.2"));
  }

  @Test
  void verifiesTheHostName() throws Exception {
    // given
    caBundle = bundle(first.ca).toString();

    // when, then
    assertThatThrownBy(
            () ->
                client()
                    .request(HttpMethod.GET, first.front.port(), "127.0.0.1", "/")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join())
        .rootCause()
        .hasMessageContaining("No subject alternative");
  }

  @Test
  void readsAChangedFileAgain() throws Exception {
    // given
    caBundle = bundle(first.ca).toString();
    HttpClient client = client();
    assertRefused(client, second);

    // when
    bundle(second.ca);

    // then
    assertThat(status(client, second)).isEqualTo(204);
  }

  @ParameterizedTest
  @ValueSource(strings = {"absent", "empty", "broken"})
  void keepsTheLastCertificatesWhileTheFileIsUnusable(String problem) throws Exception {
    // given
    caBundle = bundle(first.ca + second.ca).toString();
    HttpClient client = client();
    assertThat(status(client, first)).isEqualTo(204);

    // when
    switch (problem) {
      case "absent" -> Files.delete(folder.resolve("ca.crt"));
      case "empty" -> bundle("");
      default -> bundle("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    }

    // then (a second handshake with the first server would resume its session)
    assertThat(status(client, second)).isEqualTo(204);
  }

  @Test
  void namesTheFileInOneSentenceIfItIsUnusableFromTheStart() throws Exception {
    // given
    String file = folder.resolve("ca.crt").toString();
    String subject = "The CA bundle " + file + " (ACR_CA_BUNDLE) ";

    // when, then
    assertUnusable(file, subject + "can't be read: the file does not exist");
    bundle("not PEM");
    assertUnusable(file, subject + "holds no certificate in PEM format");
    bundle("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    assertUnusable(file, subject + "holds a certificate that can't be parsed");
    assertUnusable("a\0b", "ACR_CA_BUNDLE is not the name of a file");
    bundle(first.ca);
    CaBundle.requireValid(file);
  }

  private static void assertUnusable(String file, String message) {
    assertThatThrownBy(() -> CaBundle.requireValid(file))
        .isInstanceOf(StartException.class)
        .hasMessage(message);
  }
}
