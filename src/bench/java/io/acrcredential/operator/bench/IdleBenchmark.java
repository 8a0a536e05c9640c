// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.bench.AuditLog.Entry;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Counts requests to Kubernetes and ACR between refreshes. None are expected except those for the
 * lease and the watches.
 */
final class IdleBenchmark {

  /**
   * CPU and requests of a period in which nothing changes.
   *
   * @param cpu of the operator, seconds
   * @param requests of the operator, including those for its lease
   */
  record IdlePeriod(double cpu, List<Entry> requests) {}

  private IdleBenchmark() {}

  public static void main(String[] args) {
    BenchmarkRunner.run("idle", args, IdleBenchmark::measure);
  }

  private static void measure(BenchmarkEnvironment environment, Options options, Report report) {
    environment.grow(options.namespaces(), options.serviceAccounts(), options.foreignSecrets());
    environment.createPolicies();
    int start = environment.audit.mark();
    environment.startAndAwaitWritten();
    environment.awaitQuiet();
    environment.env.acr.forgetCalls();
    IdlePeriod rest = rest(environment, options.seconds());
    List<Entry> all = rest.requests();
    List<Entry> asked =
        AuditLog.only(AuditLog.operators(all), entry -> !entry.verb().equals("watch"));
    int calls = environment.env.acr.calls().size();
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
        AuditLog.counts(
            all.stream().filter(e -> e.resource().equals("leases") || e.verb().equals("watch")));
    report.note("lease and watch renewal: %s", kept);
    if (!asked.isEmpty()) {
      report.note("requests: %s", AuditLog.counts(asked.stream()));
    }
    report.note(
        "from the start until then: %s",
        AuditLog.counts(AuditLog.operators(environment.audit.since(start)).stream()));
  }

  /** Observes an operator that has nothing to do. */
  static IdlePeriod rest(BenchmarkEnvironment environment, int seconds) {
    int mark = environment.audit.mark();
    double cpu = environment.cpuSeconds();
    Instant end = Instant.now().plusSeconds(seconds);
    environment.await(() -> Instant.now().isAfter(end), "the time is up");
    cpu = environment.cpuSeconds() - cpu;
    return new IdlePeriod(cpu, AuditLog.only(environment.audit.since(mark), Entry::operator));
  }
}
