// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.admission.webhook.certificate.CertificateIssuer;
import io.acrcredential.operator.admission.webhook.certificate.ServingKeyManager;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With one event loop, which serves all connections. */
class WebhookHandshakeTest {

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final SlowKeys keys = new SlowKeys();
  private int port;

  @BeforeEach
  void listen() throws Exception {
    HttpServer server =
        vertx
            .createHttpServer(WebhookServer.options(keys))
            .requestHandler(request -> request.response().end())
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get();
    port = server.actualPort();
  }

  @AfterEach
  void stop() {
    keys.mayContinue.complete(null);
    vertx.close();
  }

  private SSLSocket connect() throws Exception {
    SSLSocket socket =
        (SSLSocket) TlsPeer.trustAll().getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  @Test
  void handshakesDelayNoRequestOfAnotherConnection() throws Exception {
    // given
    try (SSLSocket open = connect();
        SSLSocket opening = connect()) {
      keys.mayContinue.complete(null);
      open.startHandshake();
      keys.pause();

      // when
      CompletableFuture<Void> handshake =
          CompletableFuture.runAsync(
              () -> {
                try {
                  opening.startHandshake();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      keys.wanted.get(20, SECONDS);

      // then
      open.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
      assertThat(new String(open.getInputStream().readNBytes(15), US_ASCII))
          .isEqualTo("HTTP/1.1 200 OK");
      assertThat(handshake).isNotDone();

      // when
      keys.mayContinue.complete(null);

      // then
      handshake.get();
    }
  }

  /** Takes as long for a key as the test says. */
  private static final class SlowKeys extends X509ExtendedKeyManager {

    private final ServingKeyManager keys = new ServingKeyManager();
    private volatile CompletableFuture<Void> wanted = new CompletableFuture<>();
    private volatile CompletableFuture<Void> mayContinue = new CompletableFuture<>();

    SlowKeys() {
      try {
        keys.use(CertificateIssuer.issue(List.of("127.0.0.1"), Instant.now()).serving());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    private void pause() {
      wanted = new CompletableFuture<>();
      mayContinue = new CompletableFuture<>();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      wanted.complete(null);
      mayContinue.join();
      return keys.getPrivateKey(alias);
    }

    @Override
    public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
      return keys.chooseEngineServerAlias(type, issuers, engine);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return keys.getCertificateChain(alias);
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return keys.chooseServerAlias(type, issuers, socket);
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return keys.getServerAliases(type, issuers);
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return null;
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return null;
    }
  }
}
