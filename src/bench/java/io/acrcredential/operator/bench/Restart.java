// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.s;

import io.acrcredential.operator.bench.Audit.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Killed and started again, with fresh tokens: what is asked and written, and how long it takes.
 */
final class Restart {

  private Restart() {}

  public static void main(String[] args) {
    Bench.run("restart", args, Restart::measure);
  }

  private static void measure(BenchmarkEnvironment world, Options options, Report report) {
    world.grow(options.namespaces(), options.serviceAccounts(), options.foreignSecrets());
    world.policy();
    int mark = world.audit.mark();
    world.startOperator();
    world.awaitWritten(mark, world.namespaces(), world.serviceAccounts());
    world.awaitQuiet();
    long calls = 0;
    long writes = 0;
    List<Double> seconds = new ArrayList<>();
    for (int run = 0; run < options.runs(); run++) {
      world.env.operator().kill();
      world.env.acr.forgetCalls();
      mark = world.audit.mark();
      var operator = world.startOperator();
      world.await(() -> operator.get("/q/health/ready").contains("\"leading\": true"), "it leads");
      seconds.add(Audit.seconds(world.execAt(), Instant.now()));
      world.awaitQuiet();
      calls += world.env.acr.calls().size();
      writes += Audit.operators(world.audit.since(mark)).stream().filter(Entry::writes).count();
    }
    report.row("calls of ACR and STS", "" + calls, "0", "", "", "0", calls == 0);
    report.row("writes to Kubernetes", "" + writes, "0", "", "", "0", writes == 0);
    report.row(
        "exec to working, the killed one's lease included", s(Figures.median(seconds)), "", "", "");
  }
}
