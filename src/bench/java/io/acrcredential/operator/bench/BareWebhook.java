// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.CipherSuites;
import io.acrcredential.operator.admission.webhook.certificate.CertificateIssuer;
import io.acrcredential.operator.admission.webhook.certificate.ServingKeyManager;
import io.acrcredential.operator.testkit.FreePort;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;

/**
 * The baseline of the webhook: a process with the same JVM flags and TLS whose answer to every
 * request is the same, whatever the request says.
 */
final class BareWebhook implements AutoCloseable {

  private static final String READY = "ready";

  private final Process process;
  private final int port;

  private BareWebhook(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts one and waits until it listens.
   *
   * @param java the command of the JVM with its flags
   */
  static BareWebhook start(List<String> java) {
    int port = FreePort.next();
    Process process = BareProcess.start(java, BareWebhook.class, String.valueOf(port));
    try {
      if (!READY.equals(process.inputReader().readLine())) {
        throw new IllegalStateException("the bare webhook ended");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new BareWebhook(process, port);
  }

  long pid() {
    return process.pid();
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    BareProcess.stop(process);
  }

  /** Main method of the process. */
  public static void main(String[] args) throws Exception {
    ServingKeyManager keys = new ServingKeyManager();
    keys.use(CertificateIssuer.issue(List.of("127.0.0.1"), Instant.now()).serving());
    Buffer answer =
        Buffer.buffer(
            "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":"
                + "{\"uid\":\"705ab4f5-6393-11e8-b7cc-42010a800002\",\"allowed\":true}}");
    Vertx.vertx()
        .createHttpServer(
            CipherSuites.order(new HttpServerOptions())
                .setHost("127.0.0.1")
                .setPort(Integer.parseInt(args[0]))
                .setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(KeyCertOptions.wrap(keys)))
        .requestHandler(
            request ->
                request.endHandler(
                    end ->
                        request
                            .response()
                            .putHeader("Content-Type", "application/json")
                            .end(answer)))
        .listen()
        .toCompletionStage()
        .toCompletableFuture()
        .join();
    System.out.println(READY);
  }
}
