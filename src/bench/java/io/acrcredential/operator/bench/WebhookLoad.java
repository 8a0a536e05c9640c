// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.ms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.admission.webhook.Reviews;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Sends AdmissionReviews to the webhook's own port at a fixed rate, whatever the answers take, with
 * vegeta. A client in this JVM is no substitute: it takes more CPU than the webhook, and its own
 * pauses were most of the p99.
 */
final class WebhookLoad {

  private static final String VEGETA = "github.com/tsenart/vegeta/v12@v12.12.0";
  private static final int RATE = 500;
  private static final int SECONDS = 8;
  private static final int CONNECTIONS = 4;
  private static final double AIM_MILLIS = 20;
  private static final double NANOS_PER_MILLI = 1e6;

  private final Path folder;
  private final Path targets;

  private WebhookLoad(int port, String namespace) throws IOException {
    folder = Files.createTempDirectory("webhook-load-");
    targets = folder.resolve("targets");
    Path review = folder.resolve("review.json");
    Files.writeString(
        review,
        Reviews.create(
                "{apiVersion: v1, kind: ServiceAccount, metadata: {name: app, namespace: %s}}"
                    .formatted(namespace))
            .toString());
    Files.writeString(
        targets,
        "POST https://127.0.0.1:%d/mutate\nContent-Type: application/json\n@%s\n"
            .formatted(port, review));
  }

  static void measure(int port, String namespace, Report report)
      throws IOException, InterruptedException {
    WebhookLoad load = new WebhookLoad(port, namespace);
    load.run("go", "install", VEGETA);
    load.attack(); // the first ones are slower
    JsonNode result = load.attack();
    double p99 = result.at("/latencies/99th").asDouble() / NANOS_PER_MILLI;
    double answered = result.path("success").asDouble();
    String what = "webhook, " + RATE + " reviews a second, ";
    report.row(
        List.of(
            what + "p50",
            ms(result.at("/latencies/50th").asDouble() / NANOS_PER_MILLI),
            "",
            "",
            ""));
    report.row(
        List.of(what + "p99", ms(p99), "", ms(AIM_MILLIS), p99 <= AIM_MILLIS ? "yes" : "NO"));
    report.row(
        List.of(
            what + "answered",
            "%.2f %%".formatted(answered * 100),
            "",
            "100 %",
            answered == 1 ? "yes" : "NO"));
  }

  private JsonNode attack() throws IOException, InterruptedException {
    String vegeta = folder.resolve("vegeta").toString();
    String results = folder.resolve("results").toString();
    run(
        vegeta,
        "attack",
        "-targets=" + targets,
        "-rate=" + RATE,
        "-duration=" + SECONDS + "s",
        "-connections=" + CONNECTIONS,
        "-insecure",
        "-output=" + results);
    return new ObjectMapper().readTree(run(vegeta, "report", "-type=json", results));
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
