// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.ms;
import static io.acrcredential.operator.bench.Report.s;

import io.acrcredential.operator.bench.Comparison.Figure;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Two builds of the operator in turn, on one cluster and in one run: what the machine and its other
 * users do to the figures happens to both.
 */
final class Compare {

  private final BenchmarkEnvironment world;
  private final Options options;
  private final Latency latency;

  private Compare(BenchmarkEnvironment world, Options options, Latency latency) {
    this.world = world;
    this.options = options;
    this.latency = latency;
  }

  public static void main(String[] args) {
    Bench.prepared("compare", args, Compare::prepare);
  }

  /** Runs before a cluster is started, so that a misspelt argument fails at once. */
  private static Bench.Body prepare(Options options) {
    Source old = Source.of(options.builds().get(0));
    Source recent = Source.of(options.builds().get(1));
    Build oldBuild = old.build(options);
    Build newBuild = recent.build(options);
    return (world, same, report) -> {
      report.note("old: %s: %s", old, oldBuild.describe());
      report.note("new: %s: %s", recent, newBuild.describe());
      try (Latency latency = new Latency(world, options)) {
        new Compare(world, options, latency).measure(oldBuild, newBuild, report);
      }
    };
  }

  private void measure(Build old, Build recent, Report report) {
    warmUp(old);
    warmUp(recent);
    world.grow(options.namespaces(), options.serviceAccounts(), options.foreignSecrets());
    Comparison comparison = new Comparison();
    for (int round = 1; round <= options.runs(); round++) {
      comparison.old(round("old, round " + round, old));
      comparison.recent(round("new, round " + round, recent));
    }
    latency.close();
    report.columns(Comparison.COLUMNS);
    comparison.rows().forEach(report::row);
  }

  /** On an empty cluster, and not counted: a build's first start reads its files from the disk. */
  private void warmUp(Build build) {
    world.use(build);
    var operator = world.startOperator();
    operator.awaitWorking();
    operator.stop();
  }

  private Map<Figure, Double> round(String name, Build build) {
    world.use(build);
    world.reset();
    world.renewPolicy();
    world.collectGarbage();
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);

    Cold.Run cold = Cold.start(world);
    figures.put(Figure.FIRST_BINDING, cold.first());
    figures.put(Figure.LAST_BINDING, cold.total());
    figures.put(Figure.COLD_CPU, cold.cpu());
    figures.put(Figure.COLD_REQUESTS, sum(cold.requests()));

    // As it rests: a collection of garbage would hide what the heap takes.
    Footprint footprint = Footprint.of(world.env.operator().pid(), null);
    figures.put(Figure.RSS, (double) footprint.rss());
    figures.put(Figure.ANONYMOUS, (double) footprint.anonymous());

    Rotate.Run rotation = Rotate.rotation(world);
    figures.put(Figure.ROTATION, rotation.total());
    figures.put(Figure.ROTATION_CPU, rotation.cpu());
    figures.put(Figure.ROTATION_REQUESTS, sum(rotation.requests()));

    List<Double> alone = latency.oneByOne();
    figures.put(Figure.NEW_P50, Figures.percentile(alone, 50));
    figures.put(Figure.NEW_P99, Figures.percentile(alone, 99));

    if (options.seconds() > 0) {
      Idle.Rest rest = Idle.rest(world, options.seconds());
      figures.put(Figure.IDLE_CPU, rest.cpu());
      figures.put(Figure.IDLE_REQUESTS, (double) rest.requests().size());
    }
    figures.put(Figure.PEAK, (double) Footprint.of(world.env.operator().pid(), null).peak());
    world.env.operator().stop();
    System.err.printf(
        "compare: %s: first binding %s, last %s, CPU %s, rotation %s, new ServiceAccount %s%n",
        name,
        s(cold.first()),
        s(cold.total()),
        s(cold.cpu()),
        s(rotation.total()),
        ms(figures.get(Figure.NEW_P50)));
    return figures;
  }

  private static double sum(Map<String, Long> requests) {
    return requests.values().stream().mapToLong(Long::longValue).sum();
  }
}
