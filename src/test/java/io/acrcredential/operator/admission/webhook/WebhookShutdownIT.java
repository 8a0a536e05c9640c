// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The packaged operator is sent SIGTERM while reviews arrive. */
@RequiresRealCluster
class WebhookShutdownIT {

  private static final String ACCOUNT =
      "{apiVersion: v1, kind: ServiceAccount, metadata: {name: app, namespace: team}}";

  @Test
  void answersEveryReviewUntilApiServersKnowThatItIsNotReady() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (OperatorTestEnvironment env = OperatorTestEnvironment.createOnNewCluster(setup -> {})) {
      // given
      int port = FreePort.next();
      Manifests.create(env.client, WebhookReplica.configuration(port, "Ignore"));
      OperatorProcess operator =
          env.withVariable("ACR_WEBHOOK_CONFIGURATION", WebhookReplica.CONFIGURATION)
              .withVariable("ACR_WEBHOOK_PORT", String.valueOf(port))
              .startOperator();
      operator.awaitWorking();
      Awaits.soon().until(() -> operator.log().contains("The admission webhook listens on port"));
      HttpClient client = HttpClient.newBuilder().sslContext(TlsPeer.trustAll()).build();
      assertThat(isAnswered(client, port)).isTrue();

      // when
      Future<Long> unanswered = threads.submit(() -> firstUnanswered(client, port));
      Future<Long> notReady = threads.submit(() -> firstNotReady(operator));
      long stopped = System.nanoTime();
      int exitCode = operator.stop();

      // then
      assertThat(Duration.ofNanos(unanswered.get() - stopped))
          .isGreaterThanOrEqualTo(AdmissionWebhook.DRAIN);
      assertThat(unanswered.get()).as("not ready before").isGreaterThan(notReady.get());
      assertThat(exitCode).as(operator.log()).isIn(0, 143);
    } finally {
      threads.shutdownNow();
    }
  }

  /** When the first review was sent that got no answer. */
  private static long firstUnanswered(HttpClient client, int port) throws InterruptedException {
    long sent;
    do {
      sent = System.nanoTime();
    } while (isAnswered(client, port));
    return sent;
  }

  private static boolean isAnswered(HttpClient client, int port) throws InterruptedException {
    try {
      return client
              .send(
                  HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/mutate"))
                      .POST(BodyPublishers.ofString(Reviews.create(ACCOUNT).toString()))
                      .build(),
                  BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** When the first probe was sent that found it not ready. */
  private static long firstNotReady(OperatorProcess operator) {
    long sent;
    do {
      sent = System.nanoTime();
    } while (operator.probe("/q/health/ready"));
    return sent;
  }
}
