// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.testkit.simulator.Setup;
import java.io.PrintStream;
import java.util.function.Consumer;
import java.util.function.Function;

/** What all benchmarks begin and end with. */
final class Bench {

  /** One benchmark. */
  @FunctionalInterface
  interface Body {
    void measure(BenchmarkEnvironment world, Options options, Report report) throws Exception;
  }

  private Bench() {}

  /**
   * Runs it in a world of its own and ends the process: 1 where an aim is not kept and it was asked
   * to say so.
   */
  static void run(String name, String[] arguments, Body body) {
    run(name, arguments, setup -> {}, body);
  }

  /**
   * The same with more in ACR.
   *
   * @param more accounts and instances
   */
  static void run(String name, String[] arguments, Consumer<Setup> more, Body body) {
    run(name, arguments, more, options -> body);
  }

  /**
   * The same of a benchmark that has something to prepare before there is a cluster.
   *
   * @param prepare throws IllegalArgumentException where the options ask for what is not there
   */
  static void prepared(String name, String[] arguments, Function<Options, Body> prepare) {
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
    // Standard output is the report's alone, so that it can be redirected.
    PrintStream out = System.out;
    System.setOut(System.err);
    try (BenchmarkEnvironment world = BenchmarkEnvironment.create(options, more)) {
      body.measure(world, options, report);
      report.publish(out, world, options);
    } catch (Exception e) {
      // Threads of the Kubernetes client would keep the process.
      e.printStackTrace();
      System.exit(1);
    }
    System.exit(report.kept() || !options.check() ? 0 : 1);
  }
}
