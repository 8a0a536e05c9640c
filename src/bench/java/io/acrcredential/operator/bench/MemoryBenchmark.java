// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.mib;

import java.util.ArrayList;
import java.util.List;

/**
 * Measures the operator's memory and what each namespace, ServiceAccount and foreign Secret adds:
 * as a difference of live objects after a collection in a JVM, of anonymous pages in a native
 * process.
 */
final class MemoryBenchmark {

  private static final double PEER = 44 * (1 << 20);

  /** Aims in bytes. */
  private static final double SERVICE_ACCOUNT = 1024;

  private static final double NAMESPACE = 4096;
  private static final double NATIVE_ANONYMOUS = 24 * (1 << 20);
  private static final double NATIVE_RSS = 80 * (1 << 20);

  /**
   * Every collection clears soft references, because buffers that libraries keep by them would hide
   * small differences.
   */
  private static final String NO_SOFT_REFERENCES = "-XX:SoftRefLRUPolicyMSPerMB=0";

  private final BenchmarkEnvironment environment;
  private final Options options;

  private MemoryBenchmark(BenchmarkEnvironment environment, Options options) {
    this.environment = environment;
    this.options = options;
  }

  public static void main(String[] args) {
    BenchmarkRunner.run(
        "memory",
        args,
        (environment, options, report) ->
            new MemoryBenchmark(environment, options).measure(report));
  }

  private void measure(Report report) {
    ScalingCurve curve = new ScalingCurve("memory", "MiB", "anonymous", "");
    environment.createPolicies();
    List<Double> sizes = new ArrayList<>();
    List<Double> grown = new ArrayList<>();
    ProcessMemory asDeployed = measureFreshProcess();
    ProcessMemory empty = measureFreshProcess(NO_SOFT_REFERENCES);
    sizes.add(0.0);
    grown.add(measuredBytes(empty));
    ProcessMemory one = empty;
    int last = options.sizes().get(options.sizes().size() - 1);
    for (int size : options.sizes()) {
      environment.grow(size, 1, 0);
      sizes.add((double) size);
      environment.awaitQuiet();
      one = measureFreshProcess(NO_SOFT_REFERENCES);
      grown.add(measuredBytes(one));
      curve.add(size, one.anonymous() / (double) (1 << 20), 0);
    }
    environment.grow(last, options.serviceAccounts(), 0);
    environment.awaitQuiet();
    ProcessMemory many = measureFreshProcess(NO_SOFT_REFERENCES);
    environment.grow(last, options.serviceAccounts(), options.foreignSecrets(last));
    ProcessMemory foreign = measureFreshProcess(NO_SOFT_REFERENCES);
    ProcessMemory full = measureFreshProcess();
    environment.env.requestRefresh(BenchmarkEnvironment.POLICY);
    environment.awaitQuiet();
    ProcessMemory worked = environment.footprint();

    int added = last * (options.serviceAccounts() - 1);
    double perAccount = (measuredBytes(many) - measuredBytes(one)) / Math.max(1, added);
    double perNamespace = Statistics.slope(sizes, grown) - perAccount;
    double perForeign =
        (measuredBytes(foreign) - measuredBytes(many)) / Math.max(1, options.foreignSecrets(last));
    report.row(
        "a ServiceAccount",
        bytes(perAccount),
        "",
        "",
        "",
        "1,024 B",
        perAccount <= SERVICE_ACCOUNT);
    report.row(
        "a namespace (one registry)",
        bytes(perNamespace),
        "",
        "",
        "",
        "4,096 B",
        perNamespace <= NAMESPACE);
    // Keeping a Secret would cost at least ten times this; less is noise.
    report.row("a foreign Secret", bytes(perForeign), "0 B", "", "", "0 B", perForeign < 16);
    report.row("empty cluster: anonymous", mib(asDeployed.anonymous()), "", "", "");
    report.row("- RSS", mib(asDeployed.rss()), "", "", "");
    if (asDeployed.heap() > 0) {
      report.row("- live objects", mib(asDeployed.heap()), "", "", "");
    }
    String size = "%d x %d: ".formatted(last, options.serviceAccounts());
    if (options.binary() != null) {
      report.row(
          size + "anonymous",
          mib(full.anonymous()),
          "",
          "",
          mib(PEER),
          "24 MiB",
          full.anonymous() <= NATIVE_ANONYMOUS);
      report.row("- RSS", mib(full.rss()), "", "", "", "80 MiB", full.rss() <= NATIVE_RSS);
    } else {
      report.row(size + "anonymous", mib(full.anonymous()), "", "", mib(PEER));
      report.row("- RSS", mib(full.rss()), "", "", "");
      report.row("- live objects", mib(full.heap()), "", "", "");
      report.note("a ServiceAccount, bytes by class: %s", many.growth(one, added));
      report.note("a namespace with one, bytes by class: %s", one.growth(empty, last));
    }
    report.row("- after a rotation: anonymous", mib(worked.anonymous()), "", "", "");
    curve.finish(report, options);
  }

  /**
   * The bytes compared between sizes: in a JVM live objects, because pages vary more than small
   * objects.
   */
  private static double measuredBytes(ProcessMemory footprint) {
    return footprint.heap() > 0 ? footprint.heap() : footprint.anonymous();
  }

  private static String bytes(double bytes) {
    return String.format(java.util.Locale.ROOT, "%.0f B", bytes);
  }

  /** Starts the operator again and measures it when it has read and written everything. */
  private ProcessMemory measureFreshProcess(String... jvm) {
    if (environment.env.operator() != null) {
      environment.env.operator().close();
    }
    var operator = environment.startOperator(jvm);
    environment.await(
        () -> operator.get("/q/health/ready").contains("\"leading\": true"), "the operator leads");
    environment.awaitQuiet();
    return environment.footprint();
  }
}
