// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.testkit.simulator.Setup;
import java.io.PrintStream;
import java.util.function.Consumer;
import java.util.function.Function;

/** Start and end of every benchmark. */
final class BenchmarkRunner {

  /** One benchmark. */
  @FunctionalInterface
  interface Body {
    void measure(BenchmarkEnvironment environment, Options options, Report report) throws Exception;
  }

  private BenchmarkRunner() {}

  /**
   * Runs a benchmark on a new cluster and exits: 1 on an error, or with {@code --check} if an aim
   * is missed; 2 on invalid options.
   */
  static void run(String name, String[] arguments, Body body) {
    run(name, arguments, setup -> {}, body);
  }

  /**
   * Runs a benchmark with additional accounts and instances.
   *
   * @param more sets up the simulator
   */
  static void run(String name, String[] arguments, Consumer<Setup> more, Body body) {
    run(name, arguments, more, options -> body);
  }

  /**
   * Runs a benchmark that prepares something before the cluster is started.
   *
   * @param prepare throws IllegalArgumentException if the options name something that does not
   *     exist
   */
  static void runPrepared(String name, String[] arguments, Function<Options, Body> prepare) {
    run(name, arguments, setup -> {}, prepare);
  }

  private static void run(
      String name, String[] arguments, Consumer<Setup> more, Function<Options, Body> prepare) {
    Options options;
    Body body;
    try {
      options = Options.parse(name, arguments);
      body = prepare.apply(options);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    Report report = new Report(name);
    // Only the report goes to standard output, so that it can be redirected.
    PrintStream out = System.out;
    System.setOut(System.err);
    try (BenchmarkEnvironment environment = BenchmarkEnvironment.create(options, more)) {
      body.measure(environment, options, report);
      report.publish(out, environment, options);
    } catch (Exception e) {
      // Without exit, threads of the Kubernetes client would keep the process alive.
      e.printStackTrace();
      System.exit(1);
    }
    System.exit(report.aimsMet() || !options.check() ? 0 : 1);
  }
}
