// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static io.acrcredential.operator.bench.Report.mib;

import java.util.ArrayList;
import java.util.List;

/**
 * What the operator occupies, and what each namespace, ServiceAccount and foreign Secret adds: by
 * difference, of live objects after a collection in a JVM, of anonymous pages in a native process.
 */
final class Memory {

  private static final double PEER = 44 * (1 << 20);

  /** Aims in bytes. */
  private static final double SERVICE_ACCOUNT = 1024;

  private static final double NAMESPACE = 4096;
  private static final double NATIVE_ANONYMOUS = 24 * (1 << 20);
  private static final double NATIVE_RSS = 80 * (1 << 20);

  /**
   * Buffers that libraries keep by soft references would drown small differences; without, they go
   * with every collection.
   */
  private static final String NO_SOFT_REFERENCES = "-XX:SoftRefLRUPolicyMSPerMB=0";

  private final BenchmarkEnvironment world;
  private final Options options;

  private Memory(BenchmarkEnvironment world, Options options) {
    this.world = world;
    this.options = options;
  }

  public static void main(String[] args) {
    Bench.run(
        "memory", args, (world, options, report) -> new Memory(world, options).measure(report));
  }

  private void measure(Report report) {
    Curve curve = new Curve("memory", "MiB", "anonymous", "");
    world.policy();
    List<Double> sizes = new ArrayList<>();
    List<Double> grown = new ArrayList<>();
    Footprint asDeployed = fresh();
    Footprint empty = fresh(NO_SOFT_REFERENCES);
    sizes.add(0.0);
    grown.add(counted(empty));
    Footprint one = empty;
    int last = options.sizes().get(options.sizes().size() - 1);
    for (int size : options.sizes()) {
      world.grow(size, 1, 0);
      sizes.add((double) size);
      world.awaitQuiet();
      one = fresh(NO_SOFT_REFERENCES);
      grown.add(counted(one));
      curve.add(size, one.anonymous() / (double) (1 << 20), 0);
    }
    world.grow(last, options.serviceAccounts(), 0);
    world.awaitQuiet();
    Footprint many = fresh(NO_SOFT_REFERENCES);
    world.grow(last, options.serviceAccounts(), options.foreignSecrets(last));
    Footprint foreign = fresh(NO_SOFT_REFERENCES);
    Footprint full = fresh();
    world.env.requestRefresh(BenchmarkEnvironment.POLICY);
    world.awaitQuiet();
    Footprint worked = world.footprint();

    int added = last * (options.serviceAccounts() - 1);
    double perAccount = (counted(many) - counted(one)) / Math.max(1, added);
    double perNamespace = Figures.slope(sizes, grown) - perAccount;
    double perForeign =
        (counted(foreign) - counted(many)) / Math.max(1, options.foreignSecrets(last));
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
    // A tenth of the least that keeping one could cost: the rest is noise.
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

  /** What is compared between sizes: noise of pages would drown small objects in a JVM. */
  private static double counted(Footprint footprint) {
    return footprint.heap() > 0 ? footprint.heap() : footprint.anonymous();
  }

  private static String bytes(double bytes) {
    return String.format(java.util.Locale.ROOT, "%.0f B", bytes);
  }

  /** Started anew in this world: what it needs once it has read everything, and written it. */
  private Footprint fresh(String... jvm) {
    if (world.env.operator() != null) {
      world.env.operator().close();
    }
    var operator = world.startOperator(jvm);
    world.await(
        () -> operator.get("/q/health/ready").contains("\"leading\": true"), "the operator leads");
    world.awaitQuiet();
    return world.footprint();
  }
}
