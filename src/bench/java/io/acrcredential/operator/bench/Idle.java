// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.bench.Audit.Entry;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What is asked of Kubernetes and of ACR between refreshes: nothing, but for the lease and the
 * watches.
 */
final class Idle {

  /**
   * A time in which nothing happened.
   *
   * @param cpu of the operator, seconds
   * @param requests of the operator, those for its lease among them
   */
  record Rest(double cpu, List<Entry> requests) {}

  private Idle() {}

  public static void main(String[] args) {
    Bench.run("idle", args, Idle::measure);
  }

  private static void measure(BenchmarkEnvironment world, Options options, Report report) {
    world.grow(options.namespaces(), options.serviceAccounts(), options.foreignSecrets());
    world.policy();
    int start = world.audit.mark();
    world.startOperator();
    world.awaitWritten(start, world.namespaces(), world.serviceAccounts());
    world.awaitQuiet();
    world.env.acr.forgetCalls();
    Rest rest = rest(world, options.seconds());
    List<Entry> all = rest.requests();
    List<Entry> asked = Audit.only(Audit.operators(all), entry -> !entry.verb().equals("watch"));
    int calls = world.env.acr.calls().size();
    report.row(
        "requests to Kubernetes in " + options.seconds() + " s",
        "" + asked.size(),
        "0",
        "",
        "0",
        "0",
        asked.isEmpty());
    report.row("calls of ACR and STS", "" + calls, "0", "", "", "0", calls == 0);
    report.row(
        "CPU", "%.2f %% of a core".formatted(100 * rest.cpu() / options.seconds()), "", "", "");
    Map<String, Long> kept =
        Audit.counts(
            all.stream().filter(e -> e.resource().equals("leases") || e.verb().equals("watch")));
    report.note("lease and watch renewal: %s", kept);
    if (!asked.isEmpty()) {
      report.note("asked for: %s", Audit.counts(asked.stream()));
    }
    report.note(
        "from the start until then: %s",
        Audit.counts(Audit.operators(world.audit.since(start)).stream()));
  }

  /** Watches an operator that has nothing to do. */
  static Rest rest(BenchmarkEnvironment world, int seconds) {
    int mark = world.audit.mark();
    double cpu = world.cpuSeconds();
    Instant end = Instant.now().plusSeconds(seconds);
    world.await(() -> Instant.now().isAfter(end), "the time is up");
    cpu = world.cpuSeconds() - cpu;
    return new Rest(cpu, Audit.only(world.audit.since(mark), Entry::operator));
  }
}
