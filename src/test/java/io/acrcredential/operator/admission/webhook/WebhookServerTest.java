// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.admission.webhook.certificate.CertificateIssuer;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.FreePort;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Over TLS on loopback, with a client that verifies the certificate. */
class WebhookServerTest {

  private static final String ACCOUNT =
      "{apiVersion: v1, kind: ServiceAccount, metadata: {name: app, namespace: team}}";

  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private NamespaceLabels namespaces = name -> Future.succeededFuture(Optional.of(Map.of()));
  private final WebhookServer server =
      new WebhookServer(
          vertx,
          "127.0.0.1",
          0,
          new AdmissionReviewer(
              new CoveringPolicies(),
              name -> namespaces.of(name),
              new EntryPatch("pull"),
              Set.of(),
              Set.of()),
          meters);

  @AfterEach
  void stop() {
    server.close();
    vertx.close();
  }

  private static CertificateIssuer.Issued issue() {
    return CertificateIssuer.issue(List.of("127.0.0.1"), Instant.now());
  }

  private void serve(CertificateIssuer.Issued issued) {
    server.serve(issued.serving());
    Awaits.soon().until(() -> server.port() > 0);
  }

  private static HttpClient clientThatTrusts(X509Certificate... cas) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null);
    for (int i = 0; i < cas.length; i++) {
      store.setCertificateEntry("ca" + i, cas[i]);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  private HttpResponse<byte[]> post(HttpClient client, String path, byte[] body) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + path))
            .POST(BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofByteArray());
  }

  private static byte[] review() {
    return Reviews.create(ACCOUNT).toString().getBytes();
  }

  private double counted(String outcome) {
    return meters.counter("acr_admission_webhook_requests", "outcome", outcome).count();
  }

  @Test
  void prefersACipherThatIsFastWithoutIntrinsics() throws Exception {
    // given
    serve(issue());

    // then: whatever the client prefers
    try (SSLSocket socket =
        (SSLSocket)
            TlsPeer.trustAll().getSocketFactory().createSocket("127.0.0.1", server.port())) {
      socket.startHandshake();
      assertThat(socket.getSession().getCipherSuite()).isEqualTo("TLS_CHACHA20_POLY1305_SHA256");
    }
  }

  @Test
  void answersReviewsAndNothingElse() throws Exception {
    // given
    CertificateIssuer.Issued issued = issue();
    serve(issued);
    HttpClient client = clientThatTrusts(issued.ca());

    // then
    HttpResponse<byte[]> reply = post(client, "/mutate", review());
    assertThat(reply.statusCode()).isEqualTo(200);
    assertThat(reply.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(reply.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(Reviews.answer(reply.body()).at("/response/allowed").asBoolean()).isTrue();
    assertThat(counted("unchanged")).isEqualTo(1);
    assertThat(post(client, "/", review()).statusCode()).isEqualTo(404);
    for (String malformed : List.of("", "{", "[]", "null", "{\"request\":{}}")) {
      assertThat(post(client, "/mutate", malformed.getBytes()).statusCode())
          .as(malformed)
          .isEqualTo(400);
    }
    assertThat(counted("failed")).isEqualTo(5);
    assertThat(post(client, "/mutate", new byte[ReviewBody.MAX_BYTES + 1]).statusCode())
        .isEqualTo(413);
  }

  /** A connection that has sent this much of a body of 8 MiB. */
  private SSLSocket sendPart(int bytes) throws Exception {
    SSLSocket socket =
        (SSLSocket) TlsPeer.trustAll().getSocketFactory().createSocket("127.0.0.1", server.port());
    socket.setSoTimeout(20_000);
    String head =
        "POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
            .formatted(ReviewBody.MAX_BYTES);
    socket.getOutputStream().write(head.getBytes(US_ASCII));
    socket.getOutputStream().write(new byte[bytes]);
    return socket;
  }

  @Test
  void limitsTheBytesOfAllBodies() throws Exception {
    // given two callers who send nothing more
    CertificateIssuer.Issued issued = issue();
    serve(issued);
    int almost = ReviewBody.MAX_BYTES - 100;
    try (SSLSocket first = sendPart(almost);
        SSLSocket second = sendPart(almost)) {
      Awaits.soon().until(() -> server.receivedBytes() == 2 * almost);

      // when
      try (SSLSocket third = sendPart(300)) {

        // then
        assertThat(new String(third.getInputStream().readAllBytes(), US_ASCII))
            .as("answered, and closed")
            .startsWith("HTTP/1.1 503 ");
      }
      assertThat(server.receivedBytes()).isEqualTo(2 * almost);
    }

    // when they have gone
    Awaits.soon().until(() -> server.receivedBytes() == 0);

    // then
    HttpClient client = clientThatTrusts(issued.ca());
    assertThat(post(client, "/mutate", review()).statusCode()).isEqualTo(200);
    assertThat(post(client, "/mutate", new byte[0]).statusCode()).isEqualTo(400);
    Awaits.soon().until(() -> server.receivedBytes() == 0);
  }

  @Test
  void countsABodyUntilItIsAnswered() throws Exception {
    // given
    CertificateIssuer.Issued issued = issue();
    serve(issued);
    Promise<Optional<Map<String, String>>> labels = Promise.promise();
    namespaces = name -> labels.future();

    // when
    var reply =
        clientThatTrusts(issued.ca())
            .sendAsync(
                HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + "/mutate"))
                    .POST(BodyPublishers.ofByteArray(review()))
                    .build(),
                BodyHandlers.ofByteArray());

    // then
    Awaits.soon().until(() -> server.receivedBytes() == review().length);
    labels.complete(Optional.empty());
    assertThat(reply.get().statusCode()).isEqualTo(200);
    assertThat(server.receivedBytes()).isZero();
  }

  private void drain(Duration answerAll) {
    try {
      server.drain(answerAll);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** With a client that knows GOAWAY, as that of API servers does and that of the JDK does not. */
  @ParameterizedTest
  @EnumSource(value = HttpVersion.class, names = "HTTP_1_0", mode = EnumSource.Mode.EXCLUDE)
  void answersWhatIsInProgressWhenItIsDrained(HttpVersion version) throws Exception {
    // given
    serve(issue());
    Promise<Optional<Map<String, String>>> labels = Promise.promise();
    namespaces = name -> labels.future();
    CompletableFuture<Integer> status =
        vertx
            .createHttpClient(
                new HttpClientOptions()
                    .setSsl(true)
                    .setUseAlpn(true)
                    .setProtocolVersion(version)
                    .setTrustAll(true)
                    .setVerifyHost(false))
            .request(HttpMethod.POST, server.port(), "127.0.0.1", "/mutate")
            .compose(request -> request.send(Buffer.buffer(review())))
            .map(HttpClientResponse::statusCode)
            .toCompletionStage()
            .toCompletableFuture();
    Awaits.soon().until(() -> server.receivedBytes() == review().length);

    // when
    CompletableFuture<Void> drained = CompletableFuture.runAsync(() -> drain(Duration.ZERO));
    vertx.setTimer(300, timer -> labels.complete(Optional.empty()));

    // then
    assertThat(status.get()).isEqualTo(200);
    drained.get();
    assertThat(server.port()).isZero();
  }

  @Test
  void answersNewCallersWhileItDrains() throws Exception {
    // given
    CertificateIssuer.Issued issued = issue();
    serve(issued);
    int port = server.port();

    // when
    FutureTask<Void> draining = new FutureTask<>(() -> drain(Duration.ofHours(1)), null);
    Thread thread = new Thread(draining);
    thread.start();
    Awaits.soon().until(() -> thread.getState() == Thread.State.TIMED_WAITING);

    // then
    assertThat(post(clientThatTrusts(issued.ca()), "/mutate", review()).statusCode())
        .isEqualTo(200);
    assertThat(draining.isDone()).isFalse();

    // when
    thread.interrupt();
    thread.join();
    drain(Duration.ZERO);

    // then the port is closed a moment later
    Awaits.soon()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> TlsPeer.certificate(port))
                    .isInstanceOf(ConnectException.class));
  }

  @Test
  void reportsAnErrorOfItsOwnAsOne() throws Exception {
    // given
    CertificateIssuer.Issued issued = issue();
    serve(issued);
    namespaces =
        name -> {
          throw new IllegalStateException("a defect");
        };

    // then
    assertThat(post(clientThatTrusts(issued.ca()), "/mutate", review()).statusCode())
        .isEqualTo(500);
  }

  @Test
  void changesTheCertificateWithoutARefusedRequest() throws Exception {
    // given
    CertificateIssuer.Issued first = issue();
    CertificateIssuer.Issued second = issue();
    serve(first);
    HttpClient old = clientThatTrusts(first.ca(), second.ca());
    assertThat(servedTo(old)).isEqualTo(first.serving().certificate());

    // when
    server.serve(second.serving());
    Awaits.soon()
        .untilAsserted(
            () -> {
              assertThat(post(old, "/mutate", review()).statusCode()).isEqualTo(200);
              assertThat(servedTo(clientThatTrusts(first.ca(), second.ca())))
                  .isEqualTo(second.serving().certificate());
            });

    // then the connection of the first client is still open
    assertThat(servedTo(old)).isEqualTo(first.serving().certificate());
  }

  private X509Certificate servedTo(HttpClient client) throws Exception {
    SSLSession session = post(client, "/mutate", review()).sslSession().orElseThrow();
    return (X509Certificate) session.getPeerCertificates()[0];
  }

  @Test
  void retriesWhileThePortIsTaken() throws Exception {
    // given
    try (ServerSocket other =
        new ServerSocket(FreePort.next(), 1, InetAddress.getLoopbackAddress())) {
      WebhookServer late =
          new WebhookServer(vertx, "127.0.0.1", other.getLocalPort(), null, meters);
      late.serve(issue().serving());
      Awaits.steady().until(() -> late.port() == 0);

      // when
      other.close();

      // then
      Awaits.soon().until(() -> late.port() > 0);
      late.close();
    }
  }
}
