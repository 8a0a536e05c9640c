// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * {@code ./demo}: shows the operator at work and prints the result of every {@link Check}. Exit
 * codes: 0 = all checks passed, 1 = a check failed, 2 = the demo could not start.
 */
public final class Demo {

  private static final Path LOG = Path.of("target", "demo.log");

  private Demo() {}

  /** Options: {@code --keep}, {@code --cluster}, {@code --node}; the property {@code demo.live}. */
  public static void main(String[] args) throws IOException {
    long age = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    long began = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(age);
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8);
    // Libraries log into a file, because the demo draws on the terminal.
    PrintStream log = new PrintStream(Files.newOutputStream(LOG), true, UTF_8);
    System.setErr(log);
    System.setOut(log);
    List<String> options = List.of(args);
    if (options.contains("--node")) {
      System.exit(new NodeDemo(out).run());
    }
    System.exit(run(began, out, options.contains("--cluster"), options.contains("--keep")));
  }

  private static int run(long began, PrintStream out, boolean userCluster, boolean keep) {
    List<Check> checks = new ArrayList<>(List.of(Check.values()));
    if (keep) {
      checks.removeAll(List.of(Check.GONE, Check.END));
    }
    ProgressView progress = new ProgressView(began, DemoScenario.titles(keep));
    TerminalOutput terminal = new TerminalOutput(out, progress, Boolean.getBoolean("demo.live"));
    DemoScenario scenario = new DemoScenario(progress, terminal, userCluster, keep);
    Thread interrupted =
        new Thread(
            () -> {
              terminal.close();
              out.println(userCluster ? "Stopping and cleaning up ..." : "Stopping ...");
              scenario.close();
            });
    Runtime.getRuntime().addShutdownHook(interrupted);
    int code = 2;
    List<String> table = List.of();
    try {
      scenario.run();
      table = scenario.lastTable();
      if (!keep) {
        scenario.close();
      }
      code = progress.allPassed(checks) ? 0 : 1;
    } catch (RuntimeException e) {
      e.printStackTrace();
      progress.failRunning();
      table = scenario.lastTable();
      scenario.close();
      terminal.close();
      out.println();
      out.println(" " + (e instanceof DemoException ? e.getMessage() : unexpectedFailure(e)));
      code = scenario.operatorStarted() ? 1 : 2;
    }
    terminal.close();
    if (scenario.operatorStarted()) {
      printSummary(out, progress, terminal, scenario, checks, table);
    }
    if (keep && code != 2) {
      waitForInterrupt(out, scenario);
    }
    Runtime.getRuntime().removeShutdownHook(interrupted);
    return code;
  }

  private static String unexpectedFailure(RuntimeException e) {
    return "The demo failed: " + DemoCluster.firstLine(e.getMessage()) + " (more in " + LOG + ")";
  }

  private static void printSummary(
      PrintStream out,
      ProgressView progress,
      TerminalOutput terminal,
      DemoScenario scenario,
      List<Check> checks,
      List<String> table) {
    AnsiStyle style = terminal.style();
    if (terminal.live()) {
      table.forEach(line -> out.println(line.stripTrailing()));
    }
    out.println();
    progress.summary(checks, style).forEach(out::println);
    out.println();
    boolean passed = progress.allPassed(checks);
    out.printf(
        " %s in %s. Times: this machine, %d CPUs; ACR is simulated.%n",
        style.bold(passed ? "All checks passed" : "NOT ALL CHECKS PASSED"),
        ProgressView.seconds(progress.sinceBegin()),
        Runtime.getRuntime().availableProcessors());
    scenario.hints().forEach(hint -> out.println(" " + style.dim(hint)));
  }

  private static void waitForInterrupt(PrintStream out, DemoScenario scenario) {
    out.println();
    out.println(" Everything keeps running until Ctrl-C. In another terminal, in this directory:");
    scenario.commandsToTry().forEach(line -> out.println("   " + line));
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
