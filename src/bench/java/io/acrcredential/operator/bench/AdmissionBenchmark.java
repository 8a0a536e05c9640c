// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.ms;

import io.acrcredential.operator.admission.AdmissionManifest;
import io.acrcredential.operator.admission.CreationBurst;
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
 * What the admission policy costs each CREATE of a ServiceAccount, and how many pods of a burst of
 * namespaces, ServiceAccounts and pods carry the pull Secret.
 */
final class AdmissionBenchmark {

  private static final int CREATIONS = 300;
  private static final int POLICIES = 20;

  /** The most that a CREATE may take longer with {@link #POLICIES}, on an idle machine. */
  private static final double AIM_MILLIS = 5;

  private static final String NAMESPACE = "measured";

  private final OperatorTestEnvironment env;
  private final KubernetesClient client;
  private int created;

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
    env.createNamespace(NAMESPACE, Map.of("burst", "on"));
    CreationBurst.createPolicy(env);
    create(CREATIONS); // the first ones are slower
    List<Double> bare = create(CREATIONS);
    int watch = runWithOperator(environment, "watch", burst);

    Manifests.create(client, AdmissionManifest.strict());
    AdmissionManifest.awaitEntry(client, NAMESPACE, OperatorTestEnvironment.PULL_SECRET);
    create(CREATIONS);
    List<Double> one = create(CREATIONS);
    int stopped = CreationBurst.run(client, "stopped", burst);
    int running = runWithOperator(environment, "running", burst);
    for (int i = 1; i < POLICIES; i++) {
      env.createPolicy("more-" + i, "registries: [{instanceId: cri-abc}]");
    }
    create(CREATIONS);
    List<Double> many = create(CREATIONS);

    double added = Statistics.median(many) - Statistics.median(bare);
    report.columns(List.of("what", "ours", "without", "aim", "met"));
    latency(report, "one policy", one, bare);
    latency(report, POLICIES + " policies", many, bare);
    report.row(
        List.of(
            "added by " + POLICIES + " policies, p50",
            ms(added),
            "",
            ms(AIM_MILLIS),
            added <= AIM_MILLIS ? "yes" : "NO"));
    pods(report, "operator running", running, burst, watch);
    pods(report, "operator stopped", stopped, burst, 0);
    report.note(
        "latency: POST of a ServiceAccount to its reply, one at a time; without = no admission"
            + " policy");
    report.note(
        "pods: Namespace, ServiceAccount and pod, %d times, 8 at a time; without = the watch alone",
        burst);
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
