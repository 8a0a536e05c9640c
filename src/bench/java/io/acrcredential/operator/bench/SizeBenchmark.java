// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.mib;
import static io.acrcredential.operator.bench.Report.s;

import io.acrcredential.operator.bench.ParallelRequestSender.Write;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.simulator.RecordedCall;
import io.acrcredential.operator.testkit.simulator.Setup;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The largest resident memory of the operator, as the kernel counts it, against the memory limit of
 * its container: while a tenant creates many large ServiceAccounts, and with the largest
 * configuration that is supported, where each policy covers a namespace of its own.
 */
final class SizeBenchmark {

  private static final int LARGE = 192;
  private static final int LARGE_BYTES = 1_400_000;
  private static final String TENANT = "tenant";
  private static final String LARGE_POLICY = "large";

  private static final int POLICIES = 500;

  /** The most that a policy may have. */
  private static final int REGISTRIES = 256;

  private static final int DIFFERENT = 1_000;
  private static final int REGIONS = 20;
  private static final int REST_SECONDS = 30;

  /** As in {@code TokenExpiries} of the operator. */
  private static final int MAX_SERIES = 10_000;

  private static final Pattern READY =
      Pattern.compile("(?m)^acr_policy_ready\\{policy=\"size-.*} 1\\.0$");
  private static final Pattern EXPIRY = Pattern.compile("(?m)^acr_token_expiry_timestamp_seconds");

  private final BenchmarkEnvironment environment;
  private final Report report;
  private final long limit = DeployedJvm.memoryLimit(Path.of("."));

  private SizeBenchmark(BenchmarkEnvironment environment, Report report) {
    this.environment = environment;
    this.report = report;
  }

  public static void main(String[] args) {
    BenchmarkRunner.run(
        "size",
        args,
        SizeBenchmark::instances,
        (environment, options, report) -> {
          SizeBenchmark benchmark = new SizeBenchmark(environment, report);
          benchmark.measureLargeServiceAccounts();
          benchmark.measurePolicies();
        });
  }

  private static void instances(Setup setup) {
    for (int n = 0; n < DIFFERENT; n++) {
      setup.enterprise(id(n), region(n), "size-" + n);
    }
  }

  // ---- large ServiceAccounts

  private void measureLargeServiceAccounts() {
    environment.env.createNamespace(TENANT, Map.of());
    environment.env.createPolicy(
        LARGE_POLICY,
        """
        registries: [{instanceId: %s, region: %s}]
        targets:
          namespaces: {names: [%s]}
          serviceAccounts: {names: ["*"]}
        """
            .formatted(id(0), region(0), TENANT));
    OperatorProcess operator = environment.startOperator();
    operator.awaitWorking();
    environment.env.awaitReady(LARGE_POLICY);
    environment.awaitQuiet();
    ProcessMemory before = environment.footprint();

    long start = System.nanoTime();
    String secret = "x".repeat(LARGE_BYTES);
    // Two at a time: a client that sends more only waits for the API server.
    try (ParallelRequestSender tenant =
        new ParallelRequestSender(environment.env.kube.kubeconfig(), "")) {
      for (int n = 0; n < LARGE; n += 2) {
        tenant.sendAll(List.of(large(n, secret), large(n + 1, secret)));
      }
    }
    environment.await(this::areLargeBound, "the large ServiceAccounts are bound");
    double seconds = (System.nanoTime() - start) / 1e9;
    ProcessMemory after = environment.footprint();

    peak(
        "%d ServiceAccounts of %.1f MB created while it runs".formatted(LARGE, LARGE_BYTES / 1e6),
        after);
    row("- RSS before", mib(before.rss()));
    row("- live objects before", mib(before.heap()));
    row("- live objects after", mib(after.heap()));
    row("- created and bound within", s(seconds));
    operator.stop();
    environment.remove(
        IntStream.range(0, LARGE)
            .mapToObj(n -> BenchmarkEnvironment.path(TENANT, "serviceaccounts/" + name(n)))
            .toList());
  }

  private boolean areLargeBound() {
    BenchmarkEnvironment.pause(200);
    // The namespace also has "default".
    return environment.env.status(LARGE_POLICY).serviceAccounts() == LARGE + 1;
  }

  private static Write large(int number, String secret) {
    // The mountable Secrets of a ServiceAccount have no limit of their own, annotations have.
    return Write.post(
        BenchmarkEnvironment.path(TENANT, "serviceaccounts"),
        "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\""
            + name(number)
            + "\"},\"secrets\":[{\"name\":\""
            + secret
            + "\"}]}");
  }

  private static String name(int number) {
    return "large-" + number;
  }

  // ---- policies

  private void measurePolicies() {
    for (int policy = 0; policy < POLICIES; policy++) {
      environment.env.createNamespace(policyName(policy), Map.of());
      environment.env.createPolicy(policyName(policy), spec(policy));
    }
    OperatorProcess operator = startAndAwaitReady();
    double seconds = (System.currentTimeMillis() - environment.execAt().toEpochMilli()) / 1e3;
    double cpu = environment.cpuSeconds();
    environment.awaitQuiet();
    ProcessMemory first = environment.footprint();
    double idle = environment.cpuSeconds();
    BenchmarkEnvironment.pause(TimeUnit.SECONDS.toMillis(REST_SECONDS));
    idle = environment.cpuSeconds() - idle;
    long series = EXPIRY.matcher(operator.get("/q/metrics")).results().count();

    environment.env.acr.forgetCalls();
    // These four use all registries.
    for (int part = 0; part < 4; part++) {
      environment.env.requestRefresh(policyName(part * (POLICIES - 1) / 3));
    }
    environment.await(this::areAllFetched, "all tokens are fetched again");
    environment.awaitQuiet();
    ProcessMemory refreshed = environment.footprint();
    operator.stop();

    startAndAwaitReady();
    environment.awaitQuiet();
    ProcessMemory restarted = environment.footprint();

    peak(
        "%d policies x %d registries, %,d different ones"
            .formatted(POLICIES, REGISTRIES, DIFFERENT),
        refreshed);
    peak("- of another process, which reads their statuses", restarted);
    row("- until all were ready", mib(first.peak()));
    row("- live objects", mib(refreshed.heap()));
    row("- exec to all ready", s(seconds));
    row("- CPU until then", s(cpu));
    row("- CPU in the %d s after that".formatted(REST_SECONDS), s(idle));
    report.row(
        "- series of acr_token_expiry_timestamp_seconds",
        "" + series,
        "",
        "",
        "",
        "at most " + MAX_SERIES,
        series <= MAX_SERIES);
    report.note(
        "live objects, bytes by class per policy: %s",
        refreshed.growth(new ProcessMemory(0, 0, 0, 0, Map.of()), POLICIES));
  }

  private OperatorProcess startAndAwaitReady() {
    OperatorProcess operator = environment.startOperator();
    operator.awaitWorking();
    environment.await(() -> countReady(operator) == POLICIES, "all policies are ready");
    return operator;
  }

  /** From the metrics, because a list of all policies would take much CPU of the machine. */
  private static long countReady(OperatorProcess operator) {
    BenchmarkEnvironment.pause(1_000);
    return READY.matcher(operator.get("/q/metrics")).results().count();
  }

  private boolean areAllFetched() {
    return environment.env.acr.calls().stream()
            .filter(call -> call.api().equals("GetAuthorizationToken"))
            .map(RecordedCall::instanceId)
            .distinct()
            .count()
        == DIFFERENT;
  }

  /** Neighbours share most of their registries. */
  private static String spec(int policy) {
    int first = policy * (DIFFERENT - REGISTRIES) / (POLICIES - 1);
    String items =
        IntStream.range(first, first + REGISTRIES)
            .mapToObj(n -> "- {instanceId: %s, region: %s}".formatted(id(n), region(n)))
            .collect(Collectors.joining("\n"));
    return "registries:\n%s\ntargets:\n  namespaces: {names: [%s]}\n"
        .formatted(items, policyName(policy));
  }

  private static String policyName(int number) {
    return "size-" + number;
  }

  private static String id(int number) {
    return "cri-size-" + number;
  }

  private static String region(int number) {
    return FanoutBenchmark.REGIONS.get(number % REGIONS);
  }

  // ---- report

  private void peak(String what, ProcessMemory memory) {
    report.row(
        what + ": RSS, at most",
        mib(memory.peak()),
        mib(limit),
        "",
        "",
        "below the limit",
        memory.peak() < limit);
    System.err.printf("size: %s: RSS, at most %s%n", what, mib(memory.peak()));
  }

  private void row(String what, String figure) {
    report.row(what, figure, "", "", "");
  }
}
