// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.CipherSuites;
import io.acrcredential.operator.HttpListener;
import io.acrcredential.operator.admission.webhook.AdmissionReviewer.MalformedReviewException;
import io.acrcredential.operator.admission.webhook.certificate.ServingCertificate;
import io.acrcredential.operator.admission.webhook.certificate.ServingKeyManager;
import io.acrcredential.operator.text.ExceptionText;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.KeyCertOptions;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.X509KeyManager;
import org.jboss.logging.Logger;

/**
 * The HTTPS server that the API server calls. It listens once there is a certificate, and changes
 * the certificate without closing a connection.
 */
final class WebhookServer implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(WebhookServer.class);

  /** The path of the webhook. */
  static final String PATH = "/mutate";

  /** API servers close connections that are idle for 90 s: the server must not do it first. */
  private static final int IDLE_SECONDS = 180;

  /** API servers wait 30 s at most for an answer. */
  private static final long RECEIVE_MILLIS = 30_000;

  /** How long a review that has been received may take to be answered. */
  private static final long FINISH_MILLIS = 2_000;

  private static final long FINISH_POLL_MILLIS = 10;
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int TOO_LARGE = 413;
  private static final int FAILED = 500;
  private static final int BUSY = 503;

  private final Vertx vertx;
  private final AdmissionReviewer reviewer;
  private final Counter patched;
  private final Counter unchanged;
  private final Counter failed;
  private final ObjectMapper json = new ObjectMapper();
  private final ServingKeyManager keys = new ServingKeyManager();

  /** The bytes of all bodies that are being received or answered. */
  private final AtomicInteger receivedBytes = new AtomicInteger();

  private final AtomicInteger inProgress = new AtomicInteger();

  /** The connections on which several requests can be in progress. */
  private final Set<HttpConnection> http2 = ConcurrentHashMap.newKeySet();

  private final HttpListener listener;
  private ServingCertificate serving;

  WebhookServer(
      Vertx vertx, String host, int port, AdmissionReviewer reviewer, MeterRegistry meters) {
    this.vertx = vertx;
    this.reviewer = reviewer;
    this.patched = counter(meters, "patched");
    this.unchanged = counter(meters, "unchanged");
    this.failed = counter(meters, "failed");
    this.listener =
        new HttpListener(
            vertx,
            "The admission webhook",
            options(keys).setHost(host).setPort(port),
            this::handle,
            opened -> LOG.infof("The admission webhook listens on port %d", opened));
  }

  static HttpServerOptions options(X509KeyManager keys) {
    HttpServerOptions options =
        CipherSuites.order(new HttpServerOptions())
            .setSsl(true)
            .setUseAlpn(true)
            .setIdleTimeout(IDLE_SECONDS)
            .setIdleTimeoutUnit(TimeUnit.SECONDS)
            .setKeyCertOptions(KeyCertOptions.wrap(keys));
    // A handshake takes milliseconds of CPU. On the event loop, reviews that arrive over other
    // connections wait for it, and API servers open a connection for each review that waits.
    options.getJdkSslEngineOptions().setUseWorkerThread(true);
    return options;
  }

  /**
   * Serves this certificate from now on.
   *
   * @throws IllegalArgumentException if its key cannot be read
   */
  synchronized void serve(ServingCertificate certificate) {
    if (listener.isClosed() || certificate.equals(serving)) {
      return;
    }
    try {
      keys.use(certificate);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("a parsed certificate has a readable key", e);
    }
    if (serving == null) {
      listener.listen();
    } else {
      LOG.info("The admission webhook serves a new certificate");
    }
    serving = certificate;
  }

  private void handle(HttpServerRequest request) {
    inProgress.incrementAndGet();
    request.response().endHandler(ended -> inProgress.decrementAndGet());
    HttpConnection connection = request.connection();
    if (request.version() == HttpVersion.HTTP_2 && http2.add(connection)) {
      connection.closeHandler(closed -> http2.remove(connection));
    }
    if (request.method() != HttpMethod.POST || !request.path().equals(PATH)) {
      request.response().setStatusCode(NOT_FOUND).end();
      return;
    }
    ReviewBody body = new ReviewBody(receivedBytes);
    long deadline = vertx.setTimer(RECEIVE_MILLIS, timer -> request.response().reset());
    request.handler(part -> receive(request, body, part));
    request.endHandler(
        end -> {
          vertx.cancelTimer(deadline);
          if (!request.response().ended()) {
            answer(request, body);
          }
        });
    // Called only if the body does not arrive whole.
    request.exceptionHandler(
        failure -> {
          vertx.cancelTimer(deadline);
          body.close();
          LOG.debugf("A caller of the webhook went away: %s", ExceptionText.of(failure));
        });
  }

  private static void receive(HttpServerRequest request, ReviewBody body, Buffer part) {
    if (request.response().ended()) {
      return;
    }
    switch (body.append(part)) {
      case APPENDED -> {}
      case TOO_LARGE -> refuse(request, TOO_LARGE);
      case BUSY -> refuse(request, BUSY);
    }
  }

  /** Other reviews may be under way on an HTTP/2 connection, so only others are closed. */
  private static void refuse(HttpServerRequest request, int status) {
    request
        .response()
        .setStatusCode(status)
        .end()
        .onComplete(
            sent -> {
              if (request.version() != HttpVersion.HTTP_2) {
                request.connection().close();
              }
            });
  }

  private void answer(HttpServerRequest request, ReviewBody body) {
    Future.succeededFuture(body)
        .compose(this::review)
        .onComplete(done -> body.close())
        .onSuccess(answer -> reply(request, answer))
        .onFailure(failure -> fail(request, failure));
  }

  private Future<ObjectNode> review(ReviewBody body) {
    try {
      return reviewer.answer(ReviewParser.parse(body.bytes()));
    } catch (IOException e) {
      return Future.failedFuture(new MalformedReviewException());
    }
  }

  private void reply(HttpServerRequest request, ObjectNode answer) {
    try {
      byte[] bytes = json.writeValueAsBytes(answer);
      (answer.path("response").has("patch") ? patched : unchanged).increment();
      request.response().putHeader("Content-Type", "application/json").end(Buffer.buffer(bytes));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of texts can always be written", e);
    }
  }

  /** The API server then does what the webhook's failure policy says. */
  private void fail(HttpServerRequest request, Throwable failure) {
    failed.increment();
    if (failure instanceof MalformedReviewException) {
      request.response().setStatusCode(BAD_REQUEST).end();
    } else {
      LOG.error("The admission webhook failed to answer", ExceptionText.trace(failure));
      request.response().setStatusCode(FAILED).end();
    }
  }

  private static Counter counter(MeterRegistry meters, String outcome) {
    return meters.counter("acr_admission_webhook_requests", "outcome", outcome);
  }

  /** The bytes of all bodies that are being received or answered. */
  int receivedBytes() {
    return receivedBytes.get();
  }

  /** The port on which it listens; 0 = it does not. */
  int port() {
    return listener.port();
  }

  /**
   * Closes the server without leaving a review unanswered. It answers all for a while, because API
   * servers call a pod until they know that it is not ready. Then it tells its callers to open new
   * connections (GOAWAY), and answers what they have sent.
   *
   * @param answerAll how long it answers all
   */
  void drain(Duration answerAll) throws InterruptedException {
    if (port() > 0) {
      TimeUnit.MILLISECONDS.sleep(answerAll.toMillis());
      http2.forEach(each -> each.shutdown(FINISH_MILLIS, TimeUnit.MILLISECONDS));
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FINISH_MILLIS);
      while (inProgress.get() > 0 && System.nanoTime() - end < 0) {
        TimeUnit.MILLISECONDS.sleep(FINISH_POLL_MILLIS);
      }
    }
    close();
  }

  @Override
  public void close() {
    listener.close();
  }
}
