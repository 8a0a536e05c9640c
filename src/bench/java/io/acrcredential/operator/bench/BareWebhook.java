// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.CipherSuites;
import io.acrcredential.operator.admission.webhook.certificate.CertificateIssuer;
import io.acrcredential.operator.admission.webhook.certificate.ServingKeyManager;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The baseline of the webhook: a process with the same JVM flags and TLS whose answer to every
 * request is the same, whatever the request says.
 */
final class BareWebhook implements AutoCloseable {

  private static final String READY = "ready";

  private final Process process;

  private BareWebhook(Process process) {
    this.process = process;
  }

  /**
   * Starts one and waits until it listens.
   *
   * @param java the command of the JVM with its flags
   */
  static BareWebhook start(List<String> java, int port) {
    List<String> command = new ArrayList<>(java);
    command.addAll(
        List.of(
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            "-cp",
            System.getProperty("java.class.path"),
            BareWebhook.class.getName(),
            String.valueOf(port)));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      if (!READY.equals(process.inputReader().readLine())) {
        throw new IllegalStateException("the bare webhook ended");
      }
      return new BareWebhook(process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
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
