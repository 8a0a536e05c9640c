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
 * {@code ./demo}: shows the operator at work and ends with what it promised and what came of it.
 * Exit codes: 0 = all promises kept, 1 = not all, 2 = could not begin.
 */
public final class Demo {

  private static final Path LOG = Path.of("target", "demo.log");

  private Demo() {}

  /** Options: {@code --keep}, {@code --cluster}; the property {@code demo.live}. */
  public static void main(String[] args) throws IOException {
    long age = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    long began = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(age);
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8);
    // What libraries say goes into a file: the screen is ours.
    PrintStream log = new PrintStream(Files.newOutputStream(LOG), true, UTF_8);
    System.setErr(log);
    System.setOut(log);
    List<String> options = List.of(args);
    System.exit(run(began, out, options.contains("--cluster"), options.contains("--keep")));
  }

  private static int run(long began, PrintStream out, boolean guest, boolean keep) {
    List<Promise> promises = new ArrayList<>(List.of(Promise.values()));
    if (keep) {
      promises.removeAll(List.of(Promise.GONE, Promise.END));
    }
    Board board = new Board(began, DemoScenario.titles(keep));
    Screen screen = new Screen(out, board, Boolean.getBoolean("demo.live"));
    DemoScenario story = new DemoScenario(board, screen, guest, keep);
    Thread interrupted =
        new Thread(
            () -> {
              screen.close();
              out.println(guest ? "Stopping and cleaning up ..." : "Stopping ...");
              story.close();
            });
    Runtime.getRuntime().addShutdownHook(interrupted);
    int code = 2;
    List<String> table = List.of();
    try {
      story.play();
      table = story.lastTable();
      if (!keep) {
        story.close();
      }
      code = board.allKept(promises) ? 0 : 1;
    } catch (RuntimeException e) {
      e.printStackTrace();
      board.failRunning();
      table = story.lastTable();
      story.close();
      screen.close();
      out.println();
      out.println(" " + (e instanceof DemoException ? e.getMessage() : unexpected(e)));
      code = story.begun() ? 1 : 2;
    }
    screen.close();
    if (story.begun()) {
      conclude(out, board, screen, story, promises, table);
    }
    if (keep && code != 2) {
      stay(out, story);
    }
    Runtime.getRuntime().removeShutdownHook(interrupted);
    return code;
  }

  private static String unexpected(RuntimeException e) {
    return "The demo failed: " + Stage.firstLine(e.getMessage()) + " (more in " + LOG + ")";
  }

  private static void conclude(
      PrintStream out,
      Board board,
      Screen screen,
      DemoScenario story,
      List<Promise> promises,
      List<String> table) {
    Paint paint = screen.paint();
    if (screen.live()) {
      table.forEach(line -> out.println(line.stripTrailing()));
    }
    out.println();
    board.summary(promises, paint).forEach(out::println);
    out.println();
    boolean kept = board.allKept(promises);
    out.printf(
        " %s in %s. Times: this machine, %d CPUs; ACR is simulated.%n",
        paint.strong(kept ? "All promises kept" : "NOT ALL PROMISES WERE KEPT"),
        Board.seconds(board.sinceBegin()),
        Runtime.getRuntime().availableProcessors());
    story.hints().forEach(hint -> out.println(" " + paint.dim(hint)));
  }

  private static void stay(PrintStream out, DemoScenario story) {
    out.println();
    out.println(" It all stays up until Ctrl-C. In another terminal, from this folder:");
    story.toTry().forEach(line -> out.println("   " + line));
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
