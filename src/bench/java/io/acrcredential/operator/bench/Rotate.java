// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.rate;
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
 * A refreshed token into every namespace's Secret. The bare writer writes the same patches to
 * Secrets of its own, in turn.
 */
final class Rotate {

  /** Of the best peer, with 200 namespaces. */
  private static final double PEER = 5.5;

  /** Aim for the write rate, as a share of the bare writer's. */
  private static final double AIM = 0.8;

  /**
   * One rotation.
   *
   * @param total from the annotation that asks for it to the last reply, seconds
   * @param writing from the first patch's arrival to the last reply, seconds
   * @param cpu of the process meanwhile, seconds
   * @param requests until it rests
   * @param calls of ACR's token API
   */
  record Run(double total, double writing, double cpu, Map<String, Long> requests, long calls) {}

  private final BenchmarkEnvironment world;
  private final Options options;

  private Rotate(BenchmarkEnvironment world, Options options) {
    this.world = world;
    this.options = options;
  }

  public static void main(String[] args) {
    Bench.run(
        "rotate", args, (world, options, report) -> new Rotate(world, options).measure(report));
  }

  private void measure(Report report) {
    Curve curve = new Curve("rotate", "s", "operator", "bare writer");
    world.grow(options.sizes().get(0), options.serviceAccounts(), 0);
    world.policy();
    int mark = world.audit.mark();
    world.startOperator();
    world.awaitWritten(mark, world.namespaces(), world.serviceAccounts());
    try (BareWriter writer = world.startBareWriter()) {
      for (int size : options.sizes()) {
        mark = world.audit.mark();
        int before =
            world
                .secrets(io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET)
                .size();
        world.grow(size, options.serviceAccounts(), options.foreignSecrets(size));
        world.awaitWritten(mark, size - before, 0);
        measure(report, curve, writer);
      }
    }
    curve.finish(report, options);
  }

  private void measure(Report report, Curve curve, BareWriter writer) {
    int size = world.namespaces();
    writer.write(missing());
    List<Run> ours = new ArrayList<>();
    List<Run> bare = new ArrayList<>();
    for (int run = 0; run < options.runs(); run++) {
      ours.add(rotation(world));
      bare.add(bare(writer));
      System.err.printf(
          "rotate %d: ours %s (writing %s), bare writing %s%n",
          size, s(ours.get(run).total()), s(ours.get(run).writing()), s(bare.get(run).writing()));
    }
    double total = Figures.median(ours.stream().map(Run::total).toList());
    double writing = Figures.median(ours.stream().map(Run::writing).toList());
    double limit = Figures.median(bare.stream().map(Run::writing).toList());
    report.row(
        size + " namespaces: write rate",
        rate(size / writing),
        rate(size / limit),
        ratio(limit / writing),
        "",
        "0.80 of the limit",
        limit / writing >= AIM);
    String what = "- asked for to all written";
    if (size == 200) {
      report.row(what, s(total), s(limit), ratio(limit / total), s(PEER), "ahead", total < PEER);
    } else {
      report.row(what, s(total), s(limit), ratio(limit / total), "");
    }
    report.row(
        "- CPU meanwhile",
        s(Figures.median(ours.stream().map(Run::cpu).toList())),
        s(Figures.median(bare.stream().map(Run::cpu).toList())),
        "",
        "");
    Run last = ours.get(ours.size() - 1);
    long calls = last.calls();
    report.row("- calls of ACR's token API", "" + calls, "1", "", "", "1", calls == 1);
    report.note("%d namespaces, last run's requests: %s", size, last.requests());
    curve.add(size, total, limit);
  }

  /** By the operator that runs, of all that the policy covers. */
  static Run rotation(BenchmarkEnvironment world) {
    world.settle();
    world.env.acr.forgetCalls();
    int mark = world.audit.mark();
    double cpu = world.cpuSeconds();
    Instant asked = Instant.now();
    world.env.requestRefresh(BenchmarkEnvironment.POLICY);
    List<Entry> written =
        Audit.only(
            world.awaitWritten(mark, world.namespaces(), 0),
            entry -> entry.resource().equals("secrets"));
    cpu = world.cpuSeconds() - cpu;
    world.awaitQuiet();
    return new Run(
        Audit.seconds(asked, Audit.last(written)),
        Audit.seconds(written),
        cpu,
        Audit.counts(Audit.operators(world.audit.since(mark)).stream()),
        world.env.acr.count("GetAuthorizationToken"));
  }

  /** What the operator has just written, into the bare writer's Secrets. */
  private Run bare(BareWriter writer) {
    Secret like = world.env.pullSecret(BenchmarkEnvironment.name(0));
    List<Write> writes =
        world.secrets(BareWriter.SECRET).stream()
            .map(secret -> BenchmarkEnvironment.update(like, secret))
            .toList();
    world.settle();
    int mark = world.audit.mark();
    double cpu = writer.cpuSeconds();
    writer.write(writes);
    cpu = writer.cpuSeconds() - cpu;
    double took = Audit.seconds(world.bareWritten(mark));
    return new Run(took, took, cpu, Map.of(), 0);
  }

  /** The bare writer's Secrets that are not there yet, in namespaces that are new. */
  private List<Write> missing() {
    Secret like = world.env.pullSecret(BenchmarkEnvironment.name(0));
    List<String> there =
        world.secrets(BareWriter.SECRET).stream()
            .map(secret -> secret.getMetadata().getNamespace())
            .toList();
    List<Write> writes = new ArrayList<>();
    for (int n = there.size(); n < world.namespaces(); n++) {
      writes.add(BenchmarkEnvironment.create(like, BenchmarkEnvironment.name(n)));
    }
    return writes;
  }
}
