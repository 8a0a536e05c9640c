// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import java.util.List;

/** {@code ./chaos}. Exit code 0 = no violation, 1 = at least one, 2 = wrong options. */
public final class Chaos {

  private Chaos() {}

  /** Runs it. */
  public static void main(String[] arguments) {
    ChaosOptions options;
    try {
      options = ChaosOptions.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("./chaos: " + e.getMessage() + "\n\n" + ChaosOptions.HELP);
      System.exit(2);
      return;
    }
    if (options.planOnly()) {
      ChaosPlan.of(options).forEach(System.out::println);
      System.exit(0);
    }
    // Threads of the Kubernetes client outlive a run, also one that fails.
    int code = 1;
    try {
      code = run(options) == 0 ? 0 : 1;
    } catch (Exception | AssertionError e) {
      e.printStackTrace();
    }
    System.exit(code);
  }

  /** Returns the number of violations. */
  private static long run(ChaosOptions options) throws Exception {
    System.out.printf("./chaos --faults %d --seed %d%n", options.faults(), options.seed());
    long began = System.nanoTime();
    try (ChaosRun run = new ChaosRun(options)) {
      List<ChaosRun.Step> steps = run.run();
      long violations = steps.stream().mapToLong(step -> step.violations().size()).sum();
      System.out.println("\n" + VerdictTable.of(steps));
      System.out.printf(
          "%d faults, seed %d, %d interleaved writes of others, %d minutes: %d violations%n",
          options.faults(),
          options.seed(),
          run.interleavedWrites(),
          (System.nanoTime() - began) / 60_000_000_000L,
          violations);
      return violations;
    }
  }
}
