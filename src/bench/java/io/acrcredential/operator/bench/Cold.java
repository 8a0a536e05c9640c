// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.ratio;
import static io.acrcredential.operator.bench.Report.s;

import io.acrcredential.operator.bench.Audit.Entry;
import io.acrcredential.operator.bench.Sender.Write;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * From the operator's exec to the last ServiceAccount bound, in a cluster full of what it has never
 * seen. The bare writer starts as cold and knows what to write.
 */
final class Cold {

  /** Of the best peer, with 200 namespaces of 5 ServiceAccounts. */
  private static final double PEER = 14.9;

  /**
   * One run.
   *
   * @param startUp from exec to the first write
   * @param first from exec to the reply that completes the first binding
   * @param writing from the first write to the last reply
   * @param cpu of the process, from exec until then
   */
  record Run(double startUp, double first, double writing, double cpu, Map<String, Long> requests) {
    double total() {
      return startUp + writing;
    }
  }

  private final BenchmarkEnvironment world;
  private final Options options;
  private Secret like;

  private Cold(BenchmarkEnvironment world, Options options) {
    this.world = world;
    this.options = options;
  }

  public static void main(String[] args) {
    Bench.run("cold", args, (world, options, report) -> new Cold(world, options).measure(report));
  }

  private void measure(Report report) {
    world.policy();
    Curve curve = new Curve("cold", "s", "operator", "bare writer");
    for (int size : options.sizes()) {
      world.grow(size, options.serviceAccounts(), options.foreignSecrets(size));
      List<Run> ours = new ArrayList<>();
      List<Run> bare = new ArrayList<>();
      for (int run = 0; run < options.runs(); run++) {
        world.reset();
        world.collectGarbage();
        ours.add(ours());
        world.reset();
        world.collectGarbage();
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
    Run run = start(world);
    like = world.env.pullSecret(BenchmarkEnvironment.name(0));
    world.env.operator().stop();
    return run;
  }

  /** Starts the operator and waits until it has written everything and rests. */
  static Run start(BenchmarkEnvironment world) {
    int mark = world.audit.mark();
    world.startOperator();
    List<Entry> written = world.awaitWritten(mark, world.namespaces(), world.serviceAccounts());
    List<Entry> bindings =
        Audit.only(
            written,
            entry -> entry.is("patch", "serviceaccounts") || entry.is("create", "secrets"));
    double cpu = world.cpuSeconds();
    world.awaitQuiet();
    Map<String, Long> requests = Audit.counts(Audit.operators(world.audit.since(mark)).stream());
    return run(world.execAt(), bindings, cpu, requests);
  }

  private static Run run(
      Instant exec, List<Entry> written, double cpu, Map<String, Long> requests) {
    Instant firstBinding =
        written.stream()
            .filter(entry -> entry.is("patch", "serviceaccounts"))
            .map(Entry::replied)
            .min(Instant::compareTo)
            .orElseThrow(() -> new IllegalStateException("there is no ServiceAccount to bind"));
    return new Run(
        Audit.seconds(exec, Audit.first(written)),
        Audit.seconds(exec, firstBinding),
        Audit.seconds(written),
        cpu,
        requests);
  }

  private Run bare() {
    List<Write> writes = new ArrayList<>();
    for (int n = 0; n < world.namespaces(); n++) {
      writes.add(BenchmarkEnvironment.create(like, BenchmarkEnvironment.name(n)));
    }
    world
        .accounts()
        .forEach(
            account ->
                writes.add(
                    BenchmarkEnvironment.bind(
                        BenchmarkEnvironment.path(account),
                        account.getMetadata().getResourceVersion())));
    int mark = world.audit.mark();
    try (BareWriter writer = world.startBareWriter()) {
      writer.write(writes);
      List<Entry> written = world.bareWritten(mark);
      return run(writer.started, written, writer.cpuSeconds(), Audit.counts(written.stream()));
    }
  }

  private void rows(Report report, List<Run> ours, List<Run> bare) {
    int size = world.namespaces();
    boolean asPeer = size == 200 && options.serviceAccounts() == 5;
    double total = median(ours, Run::total);
    double limit = median(bare, Run::total);
    String what = size + " namespaces: exec to all bound";
    if (asPeer) {
      report.row(what, s(total), s(limit), ratio(limit / total), s(PEER), "ahead", total < PEER);
    } else {
      report.row(what, s(total), s(limit), ratio(limit / total), "");
    }
    report.row("- start-up", s(median(ours, Run::startUp)), s(median(bare, Run::startUp)), "", "");
    report.row(
        "- exec to first binding",
        s(median(ours, Run::first)),
        s(median(bare, Run::first)),
        "",
        "");
    double writing = median(ours, Run::writing);
    double bareWriting = median(bare, Run::writing);
    report.row("- writing", s(writing), s(bareWriting), ratio(bareWriting / writing), "");
    report.row("- CPU until then", s(median(ours, Run::cpu)), s(median(bare, Run::cpu)), "", "");
    Run last = ours.get(ours.size() - 1);
    long conflicts =
        last.requests().entrySet().stream()
            .filter(request -> request.getKey().matches(".* -> (409|422)"))
            .mapToLong(Map.Entry::getValue)
            .sum();
    report.row(
        "- conflicts (409, 422)", "" + conflicts, "0", "", "0 (another: 306)", "0", conflicts == 0);
    long events = last.requests().getOrDefault("create events", 0L);
    report.row("- Events", "" + events, "", "", "1200", "one per policy and cause", events < 10);
    report.note("%d namespaces, last run's requests: %s", size, last.requests());
  }

  private static double median(List<Run> runs, java.util.function.Function<Run, Double> of) {
    return Figures.median(runs.stream().map(of).toList());
  }
}
