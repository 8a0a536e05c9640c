// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.ms;

import io.acrcredential.operator.admission.AdmissionManifest;
import io.acrcredential.operator.admission.CreationBurst;
import io.acrcredential.operator.admission.webhook.WebhookReplica;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What the admission policies and the webhook cost each CREATE of a ServiceAccount and of a pod
 * with a list of its own, and how many pods of a burst of namespaces, ServiceAccounts and pods
 * carry the pull Secret.
 */
final class AdmissionBenchmark {

  private static final int CREATIONS = 300;

  /** With more policies the operator warns in their status. */
  private static final int SOME_POLICIES = 20;

  private static final int MANY_POLICIES = 100;

  /** As many as a policy may have. */
  private static final int MANY_REGISTRIES = 256;

  /** The most that a CREATE may take longer with {@link #SOME_POLICIES}, on an idle machine. */
  private static final double AIM_MILLIS = 5;

  private static final String NAMESPACE = "measured";

  private final List<String> more = new ArrayList<>();
  private final OperatorTestEnvironment env;
  private final KubernetesClient client;
  private int nextAccount;
  private List<Double> bareAccounts;
  private List<Double> barePods;

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
    bareAccounts = createAccounts();
    barePods = createPods();
    int watch = runWithOperator(environment, "watch", burst);
    measureWebhook(environment, burst, watch, report);

    Manifests.create(client, AdmissionManifest.strict());
    AdmissionManifest.awaitEntry(client, NAMESPACE, OperatorTestEnvironment.PULL_SECRET);
    accounts(report, "admission policy, 1 policy");
    bound(
        report,
        "admission policy, operator stopped",
        CreationBurst.run(client, "stopped", burst),
        burst,
        0);
    bound(
        report,
        "admission policy, operator running",
        runWithOperator(environment, "running", burst),
        burst,
        watch);
    Manifests.create(client, AdmissionManifest.strictForPods());
    awaitInjection();
    pods(report, "admission policy, 1 policy");

    replacePolicies(SOME_POLICIES, 1);
    List<Double> some = accounts(report, "admission policy, " + SOME_POLICIES + " policies");
    double added = Statistics.median(some) - Statistics.median(bareAccounts);
    report.row(
        List.of(
            "added by " + SOME_POLICIES + " policies, p50",
            ms(added),
            "",
            ms(AIM_MILLIS),
            added <= AIM_MILLIS ? "yes" : "NO"));
    pods(report, "admission policy, " + SOME_POLICIES + " policies");
    replacePolicies(MANY_POLICIES, 1);
    both(report, "admission policy, " + MANY_POLICIES + " policies");
    replacePolicies(SOME_POLICIES, MANY_REGISTRIES);
    both(
        report,
        "admission policy, %d policies of %d registries".formatted(SOME_POLICIES, MANY_REGISTRIES));
    report.note(
        "latency: POST of a ServiceAccount or a pod to its reply, one at a time; without = nothing"
            + " at admission; the pods have a list of their own");
    report.note(
        "pods: Namespace, ServiceAccount and pod, %d times, 8 at a time; without = the watch alone",
        burst);
  }

  /** Removes the webhook in the end: operators that start later find no configuration. */
  private void measureWebhook(BenchmarkEnvironment environment, int burst, int watch, Report report)
      throws Exception {
    int port = FreePort.next();
    String configuration = WebhookReplica.configurationWithPods(port);
    Manifests.create(client, configuration);
    env.withVariable("ACR_WEBHOOK_CONFIGURATION", WebhookReplica.CONFIGURATION)
        .withVariable("ACR_WEBHOOK_PORT", String.valueOf(port))
        .withVariable("ACR_WEBHOOK_UNBINDING_USERS", OperatorTestEnvironment.OPERATOR_USER);
    OperatorProcess operator = environment.startOperator();
    try {
      operator.awaitWorking();
      AdmissionManifest.awaitEntry(client, NAMESPACE, OperatorTestEnvironment.PULL_SECRET);
      accounts(report, "webhook");
      try (BareWebhook bare = environment.startBareWebhook()) {
        WebhookLoad.measure(operator.pid(), port, bare, NAMESPACE, report);
      }
      bound(report, "webhook", CreationBurst.run(client, "webhook", burst), burst, watch);
      // Not earlier: the burst shows what the ServiceAccounts get.
      env.patchPolicy(CreationBurst.POLICY, "spec: {injectPods: true}");
      awaitInjection();
      pods(report, "webhook");
    } finally {
      operator.stop();
      Manifests.delete(client, configuration);
    }
  }

  /** Replaces all policies but the first one: they ask for pods too, and cover neither. */
  private void replacePolicies(int count, int registries) {
    more.forEach(name -> client.resources(AcrCredentialPolicy.class).withName(name).delete());
    more.clear();
    String list =
        IntStream.range(0, registries)
            .mapToObj("{instanceId: cri-abc%d}"::formatted)
            .collect(Collectors.joining(", "));
    while (more.size() < count - 1) {
      String name = "more-" + registries + "-" + more.size();
      env.createPolicy(name, "injectPods: true\nregistries: [" + list + "]");
      more.add(name);
    }
  }

  private void awaitInjection() {
    Awaits.soon()
        // the parameter kind is unknown for some seconds
        .ignoreException(KubernetesClientException.class)
        .until(
            () ->
                AdmissionManifest.entries(client.resource(pod()).dryRun(true).create())
                    .contains(OperatorTestEnvironment.PULL_SECRET));
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

  private void both(Report report, String what) {
    accounts(report, what);
    pods(report, what);
  }

  /** Returns the latencies in milliseconds. */
  private List<Double> accounts(Report report, String what) {
    List<Double> ours = createAccounts();
    latency(report, "CREATE with " + what, ours, bareAccounts);
    return ours;
  }

  private void pods(Report report, String what) {
    latency(report, "pod CREATE with " + what, createPods(), barePods);
  }

  private static void latency(Report report, String what, List<Double> ours, List<Double> bare) {
    report.row(
        List.of(what + ", p50", ms(Statistics.median(ours)), ms(Statistics.median(bare)), "", ""));
    report.row(
        List.of(
            what + ", p99",
            ms(Statistics.percentile(ours, 99)),
            ms(Statistics.percentile(bare, 99)),
            "",
            ""));
  }

  private static void bound(Report report, String what, int bound, int burst, int without) {
    report.row(
        List.of(
            "pods with the pull Secret, " + what,
            bound + "/" + burst,
            without + "/" + burst,
            "all",
            bound == burst ? "yes" : "NO"));
  }

  private List<Double> createAccounts() {
    return create(this::account, created -> {});
  }

  /** Deletes each at once, so that the API server's heap does not grow with them. */
  private List<Double> createPods() {
    return create(this::pod, created -> client.resource(created).withGracePeriod(0).delete());
  }

  /** Returns the latencies in milliseconds, without the first ones, which are slower. */
  private <T extends HasMetadata> List<Double> create(Supplier<T> object, Consumer<T> afterwards) {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < 2 * CREATIONS; i++) {
      var resource = client.resource(object.get());
      long start = System.nanoTime();
      T created = resource.create();
      millis.add((System.nanoTime() - start) / 1e6);
      afterwards.accept(created);
    }
    return millis.subList(CREATIONS, millis.size());
  }

  private ServiceAccount account() {
    return new ServiceAccountBuilder()
        .withNewMetadata()
        .withNamespace(NAMESPACE)
        .withName("account-" + nextAccount++)
        .endMetadata()
        .build();
  }

  /** Its list keeps it from getting that of its ServiceAccount. */
  private Pod pod() {
    return AdmissionManifest.pod(NAMESPACE, "default")
        .editSpec()
        .addNewImagePullSecret("own")
        .endSpec()
        .build();
  }
}
