// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.rate;
import static io.acrcredential.operator.bench.Report.ratio;
import static io.acrcredential.operator.bench.Report.s;

import io.acrcredential.operator.bench.AuditLog.Entry;
import io.acrcredential.operator.bench.ParallelRequestSender.Write;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Measures the time to write a refreshed token into every pull Secret. The bare writer, in turn,
 * sends the same patches to Secrets of its own.
 */
final class RotationBenchmark {

  /** Seconds of the best peer with 200 namespaces, the best of its runs: docs/performance.md. */
  private static final double PEER = 1.1;

  /** Aim for the write rate, as a share of the bare writer's. */
  private static final double AIM = 0.8;

  /**
   * One rotation.
   *
   * @param total from the annotation that requests it to the last reply, seconds
   * @param writing from the first patch's arrival to the last reply, seconds
   * @param cpu of the process meanwhile, seconds
   * @param requests until the operator is idle
   * @param calls of ACR's token API
   */
  record Run(double total, double writing, double cpu, Map<String, Long> requests, long calls) {}

  private final BenchmarkEnvironment environment;
  private final Options options;

  private RotationBenchmark(BenchmarkEnvironment environment, Options options) {
    this.environment = environment;
    this.options = options;
  }

  public static void main(String[] args) {
    BenchmarkRunner.run(
        "rotate",
        args,
        (environment, options, report) ->
            new RotationBenchmark(environment, options).measure(report));
  }

  private void measure(Report report) {
    ScalingCurve curve = new ScalingCurve("rotate", "s", "operator", "bare writer");
    environment.grow(options.sizes().get(0), options.serviceAccounts(), 0);
    environment.createPolicies();
    environment.startAndAwaitWritten();
    try (BareWriter writer = environment.startBareWriter()) {
      for (int size : options.sizes()) {
        int mark = environment.audit.mark();
        int before = environment.secrets(OperatorTestEnvironment.PULL_SECRET).size();
        environment.grow(size, options.serviceAccounts(), options.foreignSecrets(size));
        environment.awaitWritten(mark, size - before, 0);
        measure(report, curve, writer);
      }
    }
    curve.finish(report, options);
  }

  private void measure(Report report, ScalingCurve curve, BareWriter writer) {
    int size = environment.namespaces();
    writer.write(missing());
    List<Run> ours = new ArrayList<>();
    List<Run> bare = new ArrayList<>();
    for (int run = 0; run < options.runs(); run++) {
      ours.add(rotation(environment));
      bare.add(bare(writer));
      System.err.printf(
          "rotate %d: ours %s (writing %s), bare writing %s%n",
          size, s(ours.get(run).total()), s(ours.get(run).writing()), s(bare.get(run).writing()));
    }
    double total = Statistics.median(ours.stream().map(Run::total).toList());
    double writing = Statistics.median(ours.stream().map(Run::writing).toList());
    double limit = Statistics.median(bare.stream().map(Run::writing).toList());
    report.row(
        size + " namespaces: write rate",
        rate(size / writing),
        rate(size / limit),
        ratio(limit / writing),
        "",
        "0.80 of the limit",
        limit / writing >= AIM);
    String what = "- from request to all written";
    if (size == 200) {
      report.row(
          what,
          s(total),
          s(limit),
          ratio(limit / total),
          s(PEER),
          "faster than the peer",
          total < PEER);
    } else {
      report.row(what, s(total), s(limit), ratio(limit / total), "");
    }
    report.row(
        "- CPU meanwhile",
        s(Statistics.median(ours.stream().map(Run::cpu).toList())),
        s(Statistics.median(bare.stream().map(Run::cpu).toList())),
        "",
        "");
    Run last = ours.get(ours.size() - 1);
    long calls = last.calls();
    report.row("- calls of ACR's token API", "" + calls, "1", "", "", "1", calls == 1);
    report.note("%d namespaces, last run's requests: %s", size, last.requests());
    curve.add(size, total, limit);
  }

  /** Requests a refresh of the running operator and measures the rotation of all pull Secrets. */
  static Run rotation(BenchmarkEnvironment environment) {
    environment.settle();
    environment.env.acr.forgetCalls();
    int mark = environment.audit.mark();
    double cpu = environment.cpuSeconds();
    Instant asked = Instant.now();
    environment.env.requestRefresh(BenchmarkEnvironment.POLICY);
    List<Entry> written =
        AuditLog.only(
            environment.awaitWritten(mark, environment.namespaces(), 0),
            entry -> entry.resource().equals("secrets"));
    cpu = environment.cpuSeconds() - cpu;
    environment.awaitQuiet();
    return new Run(
        AuditLog.seconds(asked, AuditLog.last(written)),
        AuditLog.seconds(written),
        cpu,
        AuditLog.counts(AuditLog.operators(environment.audit.since(mark)).stream()),
        environment.env.acr.count("GetAuthorizationToken"));
  }

  /** Measures the bare writer with the content that the operator has just written. */
  private Run bare(BareWriter writer) {
    Secret like = environment.env.pullSecret(BenchmarkEnvironment.name(0));
    List<Write> writes =
        environment.secrets(BareWriter.SECRET).stream()
            .map(secret -> BenchmarkEnvironment.update(like, secret))
            .toList();
    environment.settle();
    int mark = environment.audit.mark();
    double cpu = writer.cpuSeconds();
    writer.write(writes);
    cpu = writer.cpuSeconds() - cpu;
    double took = AuditLog.seconds(environment.bareWritten(mark));
    return new Run(took, took, cpu, Map.of(), 0);
  }

  /** The bare writer's Secrets that are missing in new namespaces. */
  private List<Write> missing() {
    Secret like = environment.env.pullSecret(BenchmarkEnvironment.name(0));
    List<String> there =
        environment.secrets(BareWriter.SECRET).stream()
            .map(secret -> secret.getMetadata().getNamespace())
            .toList();
    List<Write> writes = new ArrayList<>();
    for (int n = there.size(); n < environment.namespaces(); n++) {
      writes.add(BenchmarkEnvironment.create(like, BenchmarkEnvironment.name(n)));
    }
    return writes;
  }
}
