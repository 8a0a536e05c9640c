// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.s;

import io.acrcredential.operator.testkit.OperatorProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Measures from exec to ready on an empty cluster, and from SIGTERM to exit. */
final class StartupBenchmark {

  private static final double READY = 0.2;
  private static final double STOP = 0.5;
  private static final double BINARY = 90e6;

  /** Seconds since exec, CPU seconds until the operator works, and seconds to stop. */
  private record Run(double started, double ready, double working, double cpu, double stop) {}

  private final BenchmarkEnvironment environment;

  private StartupBenchmark(BenchmarkEnvironment environment) {
    this.environment = environment;
  }

  public static void main(String[] args) {
    BenchmarkRunner.run(
        "startup",
        args,
        (environment, options, report) ->
            new StartupBenchmark(environment).measure(options, report));
  }

  private void measure(Options options, Report report) throws IOException {
    List<Run> runs = new ArrayList<>();
    for (int run = 0; run < options.runs() + 1; run++) {
      Run one = run();
      if (run > 0) { // the first run reads files from disk
        runs.add(one);
      }
      System.err.println("startup: " + one);
    }
    boolean judged = options.binary() != null;
    double ready = median(runs, Run::ready);
    double stop = median(runs, Run::stop);
    if (judged) {
      double size = Files.size(options.binary());
      report.row("exec to ready", s(ready), "", "", "", "0.2 s", ready <= READY);
      report.row("SIGTERM to exit", s(stop), "", "", "", "0.5 s", stop <= STOP);
      report.row("binary", "%.1f MB".formatted(size / 1e6), "", "", "", "90 MB", size <= BINARY);
    } else {
      report.row("exec to ready", s(ready), "", "", "");
      report.row("SIGTERM to exit", s(stop), "", "", "");
    }
    report.row("exec to started", s(median(runs, Run::started)), "", "", "");
    report.row("exec to leading and working", s(median(runs, Run::working)), "", "", "");
    report.row("- CPU until then", s(median(runs, Run::cpu)), "", "", "");
  }

  private Run run() {
    OperatorProcess operator = environment.startOperator();
    double started = environment.awaitHealth("started", body -> true);
    double ready = environment.awaitHealth("ready", body -> true);
    double working = environment.awaitHealth("ready", body -> body.contains("\"leading\": true"));
    double cpu = environment.cpuSeconds();
    Instant now = Instant.now();
    operator.stop();
    return new Run(started, ready, working, cpu, AuditLog.seconds(now, Instant.now()));
  }

  private static double median(List<Run> runs, Function<Run, Double> of) {
    return Statistics.median(runs.stream().map(of).toList());
  }
}
