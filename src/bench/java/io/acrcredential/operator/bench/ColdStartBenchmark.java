// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.mib;
import static io.acrcredential.operator.bench.Report.ratio;
import static io.acrcredential.operator.bench.Report.s;

import io.acrcredential.operator.bench.AuditLog.Entry;
import io.acrcredential.operator.bench.ParallelRequestSender.Write;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Measures from exec to the last ServiceAccount bound, in a cluster where nothing is written yet.
 * The bare writer starts in a new JVM too and knows beforehand what to write.
 */
final class ColdStartBenchmark {

  /**
   * Seconds of the best peer with 200 namespaces of 5 ServiceAccounts, the best of its runs:
   * docs/performance.md.
   */
  private static final double PEER = 3.7;

  /** The bare writer's memory is not measured. */
  private static final ProcessMemory NONE = new ProcessMemory(0, 0, 0, 0, Map.of());

  /** Seconds from when the process answers probes to the first binding, at any size. */
  private static final double FIRST = 0.4;

  /**
   * One run.
   *
   * @param startUp from exec to the first write
   * @param answers from exec to the first reply to a probe; the bare writer has none
   * @param first from exec to the reply that completes the first binding
   * @param writing from the first write to the last reply
   * @param cpu of the process, from exec until then
   * @param memory of the process when it is idle again
   */
  record Run(
      double startUp,
      double answers,
      double first,
      double writing,
      double cpu,
      Map<String, Long> requests,
      ProcessMemory memory) {
    double total() {
      return startUp + writing;
    }
  }

  private final BenchmarkEnvironment environment;
  private final Options options;
  private Secret like;

  private ColdStartBenchmark(BenchmarkEnvironment environment, Options options) {
    this.environment = environment;
    this.options = options;
  }

  public static void main(String[] args) {
    BenchmarkRunner.run(
        "cold",
        args,
        (environment, options, report) ->
            new ColdStartBenchmark(environment, options).measure(report));
  }

  private void measure(Report report) {
    environment.createPolicies();
    ScalingCurve curve = new ScalingCurve("cold", "s", "operator", "bare writer");
    for (int size : options.sizes()) {
      environment.grow(size, options.serviceAccounts(), options.foreignSecrets(size));
      List<Run> ours = new ArrayList<>();
      List<Run> bare = new ArrayList<>();
      for (int run = 0; run < options.runs(); run++) {
        environment.reset();
        environment.collectGarbage();
        ours.add(ours());
        environment.reset();
        environment.collectGarbage();
        bare.add(bare());
        System.err.printf(
            "cold %d: ours %s (start-up %s), bare %s (start-up %s)%n",
            size,
            s(ours.get(run).total()),
            s(ours.get(run).startUp()),
            s(bare.get(run).total()),
            s(bare.get(run).startUp()));
      }
      rows(report, ours, bare);
      curve.add(size, median(ours, Run::total), median(bare, Run::total));
    }
    curve.finish(report, options);
  }

  private Run ours() {
    Run run = start(environment);
    like = environment.env.pullSecret(BenchmarkEnvironment.name(0));
    environment.env.operator().stop();
    return run;
  }

  /** Starts the operator and waits until it has written everything and sends no more requests. */
  static Run start(BenchmarkEnvironment environment) {
    int mark = environment.audit.mark();
    environment.startOperator();
    double answers = environment.awaitHealth("started", body -> true);
    List<Entry> written =
        environment.awaitWritten(mark, environment.namespaces(), environment.serviceAccounts());
    List<Entry> bindings =
        AuditLog.only(
            written,
            entry -> entry.is("patch", "serviceaccounts") || entry.is("create", "secrets"));
    double cpu = environment.cpuSeconds();
    environment.awaitQuiet();
    Map<String, Long> requests =
        AuditLog.counts(AuditLog.operators(environment.audit.since(mark)).stream());
    // Without a garbage collection, which would hide the heap's real size.
    ProcessMemory memory = ProcessMemory.of(environment.env.operator().pid(), null);
    return run(environment.execAt(), answers, bindings, cpu, requests, memory);
  }

  private static Run run(
      Instant exec,
      double answers,
      List<Entry> written,
      double cpu,
      Map<String, Long> requests,
      ProcessMemory memory) {
    Instant firstBinding =
        written.stream()
            .filter(entry -> entry.is("patch", "serviceaccounts"))
            .map(Entry::replied)
            .min(Instant::compareTo)
            .orElseThrow(() -> new IllegalStateException("there is no ServiceAccount to bind"));
    return new Run(
        AuditLog.seconds(exec, AuditLog.first(written)),
        answers,
        AuditLog.seconds(exec, firstBinding),
        AuditLog.seconds(written),
        cpu,
        requests,
        memory);
  }

  private Run bare() {
    List<Write> writes = new ArrayList<>();
    for (int n = 0; n < environment.namespaces(); n++) {
      writes.add(BenchmarkEnvironment.create(like, BenchmarkEnvironment.name(n)));
    }
    environment
        .accounts()
        .forEach(
            account ->
                writes.add(
                    BenchmarkEnvironment.bind(
                        BenchmarkEnvironment.path(account),
                        account.getMetadata().getResourceVersion())));
    int mark = environment.audit.mark();
    try (BareWriter writer = environment.startBareWriter()) {
      writer.write(writes);
      List<Entry> written = environment.bareWritten(mark);
      return run(
          writer.started, 0, written, writer.cpuSeconds(), AuditLog.counts(written.stream()), NONE);
    }
  }

  private void rows(Report report, List<Run> ours, List<Run> bare) {
    int size = environment.namespaces();
    boolean asPeer = size == 200 && options.serviceAccounts() == 5 && options.policies() == 1;
    double total = median(ours, Run::total);
    double limit = median(bare, Run::total);
    String what = size + " namespaces: exec to all bound";
    if (asPeer) {
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
    report.row("- start-up", s(median(ours, Run::startUp)), s(median(bare, Run::startUp)), "", "");
    report.row(
        "- first ServiceAccount bound, after exec",
        s(median(ours, Run::first)),
        s(median(bare, Run::first)),
        "",
        "");
    double first = median(ours, run -> run.first() - run.answers());
    report.row(
        "- first ServiceAccount bound, after the process answers probes",
        s(first),
        "",
        "",
        "",
        s(FIRST),
        first <= FIRST);
    double writing = median(ours, Run::writing);
    double bareWriting = median(bare, Run::writing);
    report.row("- writing", s(writing), s(bareWriting), ratio(bareWriting / writing), "");
    report.row("- CPU until then", s(median(ours, Run::cpu)), s(median(bare, Run::cpu)), "", "");
    report.row(
        "- RSS, at most", mib(median(ours, run -> (double) run.memory().peak())), "", "", "");
    report.row(
        "- anonymous memory after it",
        mib(median(ours, run -> (double) run.memory().anonymous())),
        "",
        "",
        "");
    Run last = ours.get(ours.size() - 1);
    // The dry run by which the operator finds out that it is confined is denied with 422 too.
    long conflicts =
        last.requests().entrySet().stream()
            .filter(request -> !request.getKey().startsWith(AuditLog.DRY_RUN))
            .filter(request -> request.getKey().matches(".* -> (409|422)"))
            .mapToLong(Map.Entry::getValue)
            .sum();
    report.row(
        "- conflicts (409, 422)",
        "" + conflicts,
        "0",
        "",
        "0 (another peer: 306)",
        "0",
        conflicts == 0);
    long events = last.requests().getOrDefault("create events", 0L);
    report.row(
        "- Events",
        "" + events,
        "",
        "",
        "1200",
        "one per policy and cause",
        events < 10L * options.policies());
    report.note("%d namespaces, last run's requests: %s", size, last.requests());
  }

  private static double median(List<Run> runs, java.util.function.Function<Run, Double> of) {
    return Statistics.median(runs.stream().map(of).toList());
  }
}
