// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The result of a benchmark, a row for each figure: ours, the limit, the best peer's, and whether
 * the aim is met.
 */
final class Report {

  private static final Path DOCS = Path.of("docs", "performance.md");

  private final String benchmark;
  private List<String> columns =
      List.of("what", "ours", "limit", "ratio", "best peer", "aim", "met");
  private final List<List<String>> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private boolean kept = true;

  Report(String benchmark) {
    this.benchmark = benchmark;
  }

  /** Replaces the default columns. */
  void columns(List<String> columns) {
    this.columns = columns;
  }

  /** Adds a row for replaced columns. */
  void row(List<String> cells) {
    rows.add(cells);
  }

  /** Adds a figure without an aim. */
  Report row(String what, String ours, String limit, String ratio, String peer) {
    rows.add(List.of(what, ours, limit, ratio, peer, "", ""));
    return this;
  }

  /** Adds a figure with an aim. */
  Report row(
      String what, String ours, String limit, String ratio, String peer, String aim, boolean good) {
    rows.add(List.of(what, ours, limit, ratio, peer, aim, good ? "yes" : "NO"));
    kept &= good;
    return this;
  }

  /** Adds a line below the table. */
  Report note(String text, Object... arguments) {
    notes.add(arguments.length == 0 ? text : String.format(Locale.ROOT, text, arguments));
    return this;
  }

  boolean aimsMet() {
    return kept;
  }

  /** Prints the report; with {@code --docs} also writes it into docs/performance.md. */
  void publish(PrintStream out, BenchmarkEnvironment environment, Options options) {
    String head = MachineInfo.describe() + "; " + environment.describe();
    if (options.markdown()) {
      out.print(markdown(options.line(), head));
    } else {
      out.printf("%n%s: %s%n  %s%n%n", benchmark, options.line(), head);
      out.print(plain());
      notes.forEach(note -> out.println("  " + note));
    }
    if (options.docs()) {
      block(benchmark, markdown(options.line(), head));
    }
  }

  private String plain() {
    List<List<String>> all = new ArrayList<>();
    all.add(columns);
    all.addAll(rows);
    StringBuilder text = new StringBuilder();
    int[] widths = new int[columns.size()];
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder(" ");
      for (int i = 0; i < widths.length; i++) {
        line.append(' ').append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 1));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  String markdown(String command, String head) {
    StringBuilder text = new StringBuilder();
    text.append("`").append(command).append("`  \n").append(head).append("\n\n");
    text.append("| ").append(String.join(" | ", columns)).append(" |\n");
    text.append("|---".repeat(columns.size())).append("|\n");
    rows.forEach(row -> text.append("| ").append(String.join(" | ", row)).append(" |\n"));
    text.append('\n');
    notes.forEach(note -> text.append("- ").append(note).append('\n'));
    return text.toString();
  }

  /** Replaces the text between the markers of that name, or appends both to the page. */
  static void block(String name, String text) {
    String begin = "<!-- bench:" + name + " -->\n";
    String end = "<!-- /bench:" + name + " -->\n";
    try {
      String page = Files.readString(DOCS);
      int from = page.indexOf(begin);
      int to = page.indexOf(end);
      String written =
          from >= 0 && to > from
              ? page.substring(0, from + begin.length()) + text + page.substring(to)
              : page + "\n" + begin + text + end;
      Files.writeString(DOCS, written);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- formats of figures

  static String s(double seconds) {
    return String.format(Locale.ROOT, seconds < 1 ? "%.3f s" : "%.2f s", seconds);
  }

  static String ms(double millis) {
    return String.format(Locale.ROOT, "%.1f ms", millis);
  }

  static String mib(double bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (1 << 20));
  }

  static String count(double count) {
    return String.format(Locale.ROOT, "%.0f", count);
  }

  static String rate(double perSecond) {
    return String.format(Locale.ROOT, "%.0f/s", perSecond);
  }

  static String ratio(double ratio) {
    return String.format(Locale.ROOT, "%.2f", ratio);
  }
}
