// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.ms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.admission.webhook.Reviews;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Sends AdmissionReviews to the webhook's own port at a fixed rate, whatever the answers take, with
 * vegeta. A client in this JVM is no substitute: it takes more CPU than the webhook, and its own
 * pauses were most of the p99.
 *
 * <p>Takes turns with {@link BareWebhook}, because pauses of the machine decide the p99 of one
 * attack: 40 requests, which is one pause of 80 ms.
 */
final class WebhookLoad {

  private static final String VEGETA = "github.com/tsenart/vegeta/v12@v12.12.0";
  private static final int RATE = 500;
  private static final int SECONDS = 8;
  private static final int ROUNDS = 5;
  private static final int CONNECTIONS = 4;
  private static final double AIM_MILLIS = 20;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double MICROS_PER_SECOND = 1e6;

  /**
   * What an attack measured.
   *
   * @param p50 milliseconds
   * @param p99 milliseconds
   * @param answered the share of reviews with an answer
   * @param cpu CPU time of the server for each review, in microseconds
   */
  private record Attack(double p50, double p99, double answered, double cpu) {}

  private final Path folder;
  private final Path review;

  private WebhookLoad(String namespace) throws IOException {
    folder = Files.createTempDirectory("webhook-load-");
    review = folder.resolve("review.json");
    Files.writeString(
        review,
        Reviews.create(
                "{apiVersion: v1, kind: ServiceAccount, metadata: {name: app, namespace: %s}}"
                    .formatted(namespace))
            .toString());
  }

  /**
   * Measures the webhook of the operator.
   *
   * @param pid of the operator
   * @param port of its webhook
   * @param bare the baseline
   */
  static void measure(long pid, int port, BareWebhook bare, String namespace, Report report)
      throws IOException, InterruptedException {
    WebhookLoad load = new WebhookLoad(namespace);
    load.run("go", "install", VEGETA);
    load.attack(pid, port); // the first ones are slower
    load.attack(bare.pid(), bare.port());
    List<Attack> ours = new ArrayList<>();
    List<Attack> limit = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      ours.add(load.attack(pid, port));
      limit.add(load.attack(bare.pid(), bare.port()));
    }
    String what = "webhook, " + RATE + " reviews a second, ";
    report.row(
        List.of(
            what + "p50", ms(median(ours, Attack::p50)), ms(median(limit, Attack::p50)), "", ""));
    double p99 = median(ours, Attack::p99);
    report.row(
        List.of(
            what + "p99",
            ms(p99),
            ms(median(limit, Attack::p99)),
            ms(AIM_MILLIS),
            p99 <= AIM_MILLIS ? "yes" : "NO"));
    report.row(
        List.of(
            what + "CPU of each",
            micros(median(ours, Attack::cpu)),
            micros(median(limit, Attack::cpu)),
            "",
            ""));
    double answered = ours.stream().mapToDouble(Attack::answered).min().orElseThrow();
    report.row(
        List.of(
            what + "answered",
            "%.2f %%".formatted(answered * 100),
            "",
            "100 %",
            answered == 1 ? "yes" : "NO"));
    report.note(
        "reviews: the median of %d attacks of %d s; without = a server on the same JVM that gives"
            + " every request the same answer; p99 of each attack: %s, without %s",
        ROUNDS, SECONDS, all(ours), all(limit));
  }

  private static double median(List<Attack> attacks, ToDoubleFunction<Attack> figure) {
    return Statistics.median(attacks.stream().mapToDouble(figure).boxed().toList());
  }

  private static String micros(double value) {
    return Math.round(value) + " us";
  }

  private static List<String> all(List<Attack> attacks) {
    return attacks.stream().map(attack -> ms(attack.p99())).toList();
  }

  private Attack attack(long pid, int port) throws IOException, InterruptedException {
    Path targets = folder.resolve("targets-" + port);
    Files.writeString(
        targets,
        "POST https://127.0.0.1:%d/mutate\nContent-Type: application/json\n@%s\n"
            .formatted(port, review));
    String vegeta = folder.resolve("vegeta").toString();
    String results = folder.resolve("results").toString();
    double cpu = BenchmarkEnvironment.cpuSeconds(pid);
    run(
        vegeta,
        "attack",
        "-targets=" + targets,
        "-rate=" + RATE,
        "-duration=" + SECONDS + "s",
        "-connections=" + CONNECTIONS,
        "-insecure",
        "-output=" + results);
    cpu = BenchmarkEnvironment.cpuSeconds(pid) - cpu;
    JsonNode result = new ObjectMapper().readTree(run(vegeta, "report", "-type=json", results));
    return new Attack(
        result.at("/latencies/50th").asDouble() / NANOS_PER_MILLI,
        result.at("/latencies/99th").asDouble() / NANOS_PER_MILLI,
        result.path("success").asDouble(),
        cpu * MICROS_PER_SECOND / result.path("requests").asDouble());
  }

  /** Returns what the command prints. */
  private String run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("GOBIN", folder.toString());
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IllegalStateException(
          String.join(" ", command) + " failed; ./bench admission needs Go");
    }
    return printed;
  }
}
