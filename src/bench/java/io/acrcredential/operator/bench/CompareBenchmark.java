// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.ms;
import static io.acrcredential.operator.bench.Report.s;

import io.acrcredential.operator.bench.Comparison.Figure;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Measures two builds of the operator in turn on one cluster, so that the load of a shared machine
 * affects both alike.
 */
final class CompareBenchmark {

  private final BenchmarkEnvironment environment;
  private final Options options;
  private final LatencyBenchmark latency;

  private CompareBenchmark(
      BenchmarkEnvironment environment, Options options, LatencyBenchmark latency) {
    this.environment = environment;
    this.options = options;
    this.latency = latency;
  }

  public static void main(String[] args) {
    BenchmarkRunner.runPrepared("compare", args, CompareBenchmark::prepare);
  }

  /** Runs before the cluster is started, so that a misspelt argument fails at once. */
  private static BenchmarkRunner.Body prepare(Options options) {
    BuildSource old = BuildSource.of(options.builds().get(0));
    BuildSource recent = BuildSource.of(options.builds().get(1));
    Build oldBuild = old.build(options);
    Build newBuild = recent.build(options);
    return (environment, same, report) -> {
      report.note("old: %s: %s", old, oldBuild.describe());
      report.note("new: %s: %s", recent, newBuild.describe());
      try (LatencyBenchmark latency = new LatencyBenchmark(environment, options)) {
        new CompareBenchmark(environment, options, latency).measure(oldBuild, newBuild, report);
      }
    };
  }

  private void measure(Build old, Build recent, Report report) {
    warmUp(old);
    warmUp(recent);
    environment.grow(options.namespaces(), options.serviceAccounts(), options.foreignSecrets());
    Comparison comparison = new Comparison();
    for (int round = 1; round <= options.runs(); round++) {
      comparison.old(round("old, round " + round, old));
      comparison.recent(round("new, round " + round, recent));
    }
    latency.close();
    report.columns(Comparison.COLUMNS);
    comparison.rows().forEach(report::row);
  }

  /**
   * Starts a build once on an empty cluster without counting it: the first start reads files from
   * disk.
   */
  private void warmUp(Build build) {
    environment.use(build);
    var operator = environment.startOperator();
    operator.awaitWorking();
    operator.stop();
  }

  private Map<Figure, Double> round(String name, Build build) {
    environment.use(build);
    environment.reset();
    environment.recreatePolicies();
    environment.collectGarbage();
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);

    ColdStartBenchmark.Run cold = ColdStartBenchmark.start(environment);
    figures.put(Figure.FIRST_BINDING, cold.first());
    figures.put(Figure.LAST_BINDING, cold.total());
    figures.put(Figure.COLD_CPU, cold.cpu());
    figures.put(Figure.COLD_REQUESTS, sum(cold.requests()));

    // Without a garbage collection, which would hide the heap's real size.
    ProcessMemory footprint = ProcessMemory.of(environment.env.operator().pid(), null);
    figures.put(Figure.RSS, (double) footprint.rss());
    figures.put(Figure.ANONYMOUS, (double) footprint.anonymous());

    RotationBenchmark.Run rotation = RotationBenchmark.rotation(environment);
    figures.put(Figure.ROTATION, rotation.total());
    figures.put(Figure.ROTATION_CPU, rotation.cpu());
    figures.put(Figure.ROTATION_REQUESTS, sum(rotation.requests()));

    List<Double> alone = latency.oneByOne();
    figures.put(Figure.NEW_P50, Statistics.percentile(alone, 50));
    figures.put(Figure.NEW_P99, Statistics.percentile(alone, 99));

    if (options.seconds() > 0) {
      IdleBenchmark.IdlePeriod rest = IdleBenchmark.rest(environment, options.seconds());
      figures.put(Figure.IDLE_CPU, rest.cpu());
      figures.put(Figure.IDLE_REQUESTS, (double) rest.requests().size());
    }
    figures.put(
        Figure.PEAK, (double) ProcessMemory.of(environment.env.operator().pid(), null).peak());
    environment.env.operator().stop();
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
