// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.s;

import io.acrcredential.operator.bench.AuditLog.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Kills the operator and starts it again while its tokens are fresh: counts requests and writes,
 * and measures the time.
 */
final class RestartBenchmark {

  private RestartBenchmark() {}

  public static void main(String[] args) {
    BenchmarkRunner.run("restart", args, RestartBenchmark::measure);
  }

  private static void measure(BenchmarkEnvironment environment, Options options, Report report) {
    environment.grow(options.namespaces(), options.serviceAccounts(), options.foreignSecrets());
    environment.createPolicies();
    environment.startAndAwaitWritten();
    environment.awaitQuiet();
    long calls = 0;
    long writes = 0;
    List<Double> seconds = new ArrayList<>();
    for (int run = 0; run < options.runs(); run++) {
      environment.env.operator().kill();
      environment.env.acr.forgetCalls();
      int mark = environment.audit.mark();
      var operator = environment.startOperator();
      environment.await(
          () -> operator.get("/q/health/ready").contains("\"leading\": true"), "it leads");
      seconds.add(AuditLog.seconds(environment.execAt(), Instant.now()));
      environment.awaitQuiet();
      calls += environment.env.acr.calls().size();
      writes +=
          AuditLog.operators(environment.audit.since(mark)).stream().filter(Entry::writes).count();
    }
    report.row("calls of ACR and STS", "" + calls, "0", "", "", "0", calls == 0);
    report.row("writes to Kubernetes", "" + writes, "0", "", "", "0", writes == 0);
    report.row(
        "exec to working, including the wait for the old lease",
        s(Statistics.median(seconds)),
        "",
        "",
        "");
  }
}
