// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.ms;

import io.acrcredential.operator.admission.webhook.Reviews;
import io.acrcredential.operator.admission.webhook.TlsPeer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** Sends AdmissionReviews to the webhook's own port at a fixed rate, whatever the answers take. */
final class WebhookLoad {

  private static final int RATE = 500;
  private static final int SECONDS = 5;

  /** Each serves 100 requests at once. */
  private static final int CONNECTIONS = 4;

  private static final double AIM_MILLIS = 20;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double NANOS_PER_MILLI = 1e6;

  private WebhookLoad() {}

  static void measure(int port, String namespace, Report report) throws Exception {
    List<HttpClient> clients = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      clients.add(HttpClient.newBuilder().sslContext(TlsPeer.trustAll()).build());
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/mutate"))
            .POST(
                BodyPublishers.ofString(
                    Reviews.create(
                            "{apiVersion: v1, kind: ServiceAccount, metadata: {name: app, namespace: %s}}"
                                .formatted(namespace))
                        .toString()))
            .build();
    send(clients, request, RATE * SECONDS); // the first ones are slower
    List<Double> latencies = send(clients, request, RATE * SECONDS);
    double p99 = Statistics.percentile(latencies, 99);
    report.row(
        List.of(
            "webhook, " + RATE + " reviews a second, p50",
            ms(Statistics.median(latencies)),
            "",
            "",
            ""));
    long unanswered = latencies.stream().filter(millis -> millis.isInfinite()).count();
    report.row(
        List.of(
            "webhook, " + RATE + " reviews a second, without an answer",
            String.valueOf(unanswered),
            "",
            "0",
            unanswered == 0 ? "yes" : "NO"));
    report.row(
        List.of(
            "webhook, " + RATE + " reviews a second, p99",
            ms(p99),
            "",
            ms(AIM_MILLIS),
            p99 <= AIM_MILLIS ? "yes" : "NO"));
  }

  /** Returns the milliseconds from when each was due to its answer; infinite = it got none. */
  private static List<Double> send(List<HttpClient> clients, HttpRequest request, int count) {
    List<CompletableFuture<Double>> answers = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long due = start + (long) (i * NANOS_PER_SECOND / RATE);
      while (due - System.nanoTime() > 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      answers.add(
          clients
              .get(i % clients.size())
              .sendAsync(request, BodyHandlers.ofByteArray())
              .handle(
                  (reply, failure) ->
                      failure == null && isPatched(reply.body())
                          ? (System.nanoTime() - due) / NANOS_PER_MILLI
                          : Double.POSITIVE_INFINITY));
    }
    return answers.stream().map(CompletableFuture::join).toList();
  }

  private static boolean isPatched(byte[] body) {
    return !Reviews.patch(Reviews.answer(body)).isEmpty();
  }
}
