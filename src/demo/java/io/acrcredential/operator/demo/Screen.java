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
 * Shows the board: on a terminal ten times a second in its second screen, so that what was there
 * comes back; elsewhere as lines that say what is new.
 */
final class Screen implements AutoCloseable {

  private static final String ENTER = "\u001b[?1049h\u001b[?25l";
  private static final String LEAVE = "\u001b[?25h\u001b[?1049l";

  private final PrintStream out;
  private final Board board;
  private final boolean live;
  private final Paint paint;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "screen");
            thread.setDaemon(true);
            return thread;
          });
  private int rows = 24;
  private int columns = 80;
  private boolean open = true;

  Screen(PrintStream out, Board board, boolean live) {
    this.out = out;
    this.board = board;
    this.live = live;
    this.paint = new Paint(live);
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

  Paint paint() {
    return paint;
  }

  int columns() {
    return columns;
  }

  /** A step has begun or ended. */
  synchronized void stepped(int step) {
    if (!live && open) {
      line(board.step(step, paint, 110).stripTrailing());
    }
  }

  /** Something is worth a look at the whole table. */
  synchronized void lookAtTable() {
    if (!live && open) {
      board.table(paint, 110).forEach(line -> out.println(("         " + line).stripTrailing()));
    }
  }

  private synchronized void tick() {
    String now = board.inShort();
    if (open && !now.isEmpty()) {
      line("   " + now);
    }
  }

  private void line(String text) {
    out.printf("%8s  %s%n", Board.seconds(board.sinceBegin()), text);
  }

  private synchronized void draw() {
    if (!open) {
      return;
    }
    List<String> lines = board.frame(paint, columns);
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
      // the size that most have will do
    }
  }

  /** Time to see what has just happened; a log needs none. */
  void dwell() {
    if (live) {
      Waiting.until(Duration.ofSeconds(2), () -> false);
    }
  }

  /** Gives the terminal back; may be called again. */
  @Override
  public synchronized void close() {
    if (open) {
      open = false;
      timer.shutdownNow();
      if (live) {
        out.print(LEAVE);
        out.flush();
      }
    }
  }
}
