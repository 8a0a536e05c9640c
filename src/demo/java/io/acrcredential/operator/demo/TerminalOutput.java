// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Prints the progress: on a terminal ten times a second on the alternate screen, which restores the
 * previous content at the end; elsewhere as one line per change.
 */
final class TerminalOutput implements AutoCloseable {

  private static final String ENTER = "\u001b[?1049h\u001b[?25l";
  private static final String CLEAN_UP = "\u001b[?25h\u001b[?1049l";

  private final PrintStream out;
  private final ProgressView progress;
  private final boolean live;
  private final AnsiStyle style;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "terminal");
            thread.setDaemon(true);
            return thread;
          });
  private int rows = 24;
  private int columns = 80;
  private boolean open = true;

  TerminalOutput(PrintStream out, ProgressView progress, boolean live) {
    this.out = out;
    this.progress = progress;
    this.live = live;
    this.style = new AnsiStyle(live);
    if (live) {
      out.print(ENTER);
      timer.scheduleWithFixedDelay(this::measure, 0, 1, TimeUnit.SECONDS);
      timer.scheduleWithFixedDelay(this::draw, 0, 100, TimeUnit.MILLISECONDS);
    } else {
      timer.scheduleWithFixedDelay(this::tick, 5, 5, TimeUnit.SECONDS);
    }
  }

  boolean live() {
    return live;
  }

  AnsiStyle style() {
    return style;
  }

  int columns() {
    return columns;
  }

  /** Prints a step that has begun or ended. */
  synchronized void onStepChanged(int step) {
    if (!live && open) {
      line(progress.step(step, style, 110).stripTrailing());
    }
  }

  /** Prints the whole table, unless the terminal is live and shows it anyway. */
  synchronized void printTable() {
    if (!live && open) {
      progress.table(style, 110).forEach(line -> out.println(("         " + line).stripTrailing()));
    }
  }

  private synchronized void tick() {
    String now = progress.summaryLine();
    if (open && !now.isEmpty()) {
      line("   " + now);
    }
  }

  private void line(String text) {
    out.printf("%8s  %s%n", ProgressView.seconds(progress.sinceBegin()), text);
  }

  private synchronized void draw() {
    if (!open) {
      return;
    }
    List<String> lines = progress.frame(style, columns);
    if (lines.size() > rows) {
      lines = lines.subList(lines.size() - rows, lines.size());
    }
    StringBuilder frame = new StringBuilder("\u001b[H");
    for (int i = 0; i < lines.size(); i++) {
      frame.append(i == 0 ? "" : "\r\n").append(lines.get(i)).append("\u001b[K");
    }
    out.print(frame.append("\u001b[J"));
    out.flush();
  }

  /** The terminal may be resized at any time. */
  private void measure() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String[] size = new String(stty.getInputStream().readAllBytes()).strip().split(" ");
      if (size.length == 2 && Integer.parseInt(size[0]) > 0) {
        rows = Integer.parseInt(size[0]);
        columns = Math.max(60, Math.min(140, Integer.parseInt(size[1])));
      }
    } catch (IOException | NumberFormatException e) {
      // The default size is used.
    }
  }

  /** Pauses a live terminal so that the viewer can read it. */
  void pauseForViewer() {
    if (live) {
      Poll.until(Duration.ofSeconds(2), () -> false);
    }
  }

  /** Restores the terminal. Idempotent. */
  @Override
  public synchronized void close() {
    if (open) {
      open = false;
      timer.shutdownNow();
      if (live) {
        out.print(CLEAN_UP);
        out.flush();
      }
    }
  }
}
