// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.ms;

import io.acrcredential.operator.admission.AdmissionManifest;
import io.acrcredential.operator.admission.CreationBurst;
import io.acrcredential.operator.admission.webhook.WebhookReplica;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * What the admission policy and the webhook cost each CREATE of a ServiceAccount, and how many pods
 * of a burst of namespaces, ServiceAccounts and pods carry the pull Secret.
 */
final class AdmissionBenchmark {

  private static final int CREATIONS = 300;

  /** With more policies the operator warns in their status. */
  private static final int SOME_POLICIES = 20;

  private static final int MANY_POLICIES = 100;

  /** The most that a CREATE may take longer with {@link #SOME_POLICIES}, on an idle machine. */
  private static final double AIM_MILLIS = 5;

  private static final String NAMESPACE = "measured";

  private final OperatorTestEnvironment env;
  private final KubernetesClient client;
  private int created;
  private int policies = 1;

  private AdmissionBenchmark(BenchmarkEnvironment environment) {
    this.env = environment.env;
    this.client = env.client;
  }

  public static void main(String[] args) {
    BenchmarkRunner.run(
        "admission",
        args,
        (environment, options, report) ->
            new AdmissionBenchmark(environment).measure(environment, options.burst(), report));
  }

  private void measure(BenchmarkEnvironment environment, int burst, Report report)
      throws Exception {
    report.columns(List.of("what", "ours", "without", "aim", "met"));
    env.createNamespace(NAMESPACE, Map.of("burst", "on"));
    CreationBurst.createPolicy(env);
    List<Double> bare = createWarm();
    int watch = runWithOperator(environment, "watch", burst);
    measureWebhook(environment, bare, burst, watch, report);

    Manifests.create(client, AdmissionManifest.strict());
    AdmissionManifest.awaitEntry(client, NAMESPACE, OperatorTestEnvironment.PULL_SECRET);
    latency(report, "admission policy, 1 policy", createWarm(), bare);
    pods(
        report,
        "admission policy, operator stopped",
        CreationBurst.run(client, "stopped", burst),
        burst,
        0);
    pods(
        report,
        "admission policy, operator running",
        runWithOperator(environment, "running", burst),
        burst,
        watch);
    addPolicies(SOME_POLICIES);
    List<Double> some = createWarm();
    latency(report, "admission policy, " + SOME_POLICIES + " policies", some, bare);
    double added = Statistics.median(some) - Statistics.median(bare);
    report.row(
        List.of(
            "added by " + SOME_POLICIES + " policies, p50",
            ms(added),
            "",
            ms(AIM_MILLIS),
            added <= AIM_MILLIS ? "yes" : "NO"));
    addPolicies(MANY_POLICIES);
    latency(report, "admission policy, " + MANY_POLICIES + " policies", createWarm(), bare);
    report.note(
        "latency: POST of a ServiceAccount to its reply, one at a time; without = nothing at"
            + " admission");
    report.note(
        "pods: Namespace, ServiceAccount and pod, %d times, 8 at a time; without = the watch alone",
        burst);
  }

  /** Removes the webhook in the end: operators that start later find no configuration. */
  private void measureWebhook(
      BenchmarkEnvironment environment, List<Double> bare, int burst, int watch, Report report)
      throws Exception {
    int port = FreePort.next();
    String configuration = WebhookReplica.configuration(port, "Ignore");
    Manifests.create(client, configuration);
    env.withVariable("ACR_WEBHOOK_CONFIGURATION", WebhookReplica.CONFIGURATION)
        .withVariable("ACR_WEBHOOK_PORT", String.valueOf(port))
        .withVariable("ACR_WEBHOOK_UNBINDING_USERS", OperatorTestEnvironment.OPERATOR_USER);
    OperatorProcess operator = environment.startOperator();
    try {
      operator.awaitWorking();
      AdmissionManifest.awaitEntry(client, NAMESPACE, OperatorTestEnvironment.PULL_SECRET);
      latency(report, "webhook", createWarm(), bare);
      WebhookLoad.measure(port, NAMESPACE, report);
      pods(report, "webhook", CreationBurst.run(client, "webhook", burst), burst, watch);
    } finally {
      operator.stop();
      Manifests.delete(client, configuration);
    }
  }

  private void addPolicies(int count) {
    for (; policies < count; policies++) {
      env.createPolicy("more-" + policies, "registries: [{instanceId: cri-abc}]");
    }
  }

  /** The first ones are slower. */
  private List<Double> createWarm() {
    create(CREATIONS);
    return create(CREATIONS);
  }

  private int runWithOperator(BenchmarkEnvironment environment, String prefix, int burst)
      throws InterruptedException, ExecutionException {
    OperatorProcess operator = environment.startOperator();
    operator.awaitWorking();
    try {
      return CreationBurst.run(client, prefix, burst);
    } finally {
      operator.stop();
    }
  }

  private static void latency(Report report, String what, List<Double> ours, List<Double> bare) {
    report.row(
        List.of(
            "CREATE with " + what + ", p50",
            ms(Statistics.median(ours)),
            ms(Statistics.median(bare)),
            "",
            ""));
    report.row(
        List.of(
            "CREATE with " + what + ", p99",
            ms(Statistics.percentile(ours, 99)),
            ms(Statistics.percentile(bare, 99)),
            "",
            ""));
  }

  private static void pods(Report report, String what, int bound, int burst, int without) {
    report.row(
        List.of(
            "pods with the pull Secret, " + what,
            bound + "/" + burst,
            without + "/" + burst,
            "all",
            bound == burst ? "yes" : "NO"));
  }

  /** Returns the latencies in milliseconds. */
  private List<Double> create(int count) {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var account =
          client
              .serviceAccounts()
              .inNamespace(NAMESPACE)
              .resource(
                  new ServiceAccountBuilder()
                      .withNewMetadata()
                      .withName("account-" + created++)
                      .endMetadata()
                      .build());
      long start = System.nanoTime();
      account.create();
      millis.add((System.nanoTime() - start) / 1e6);
    }
    return millis;
  }
}
