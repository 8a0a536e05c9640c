// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import io.acrcredential.operator.testkit.simulator.SimToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The state of all steps and checks, formatted as lines of a given width. */
final class ProgressView {

  /** The state of a step. */
  enum State {
    WAITING,
    RUNNING,
    DONE,
    FAILED
  }

  private static final String[] SPINNER = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  private static final int STEP = 16;

  private static final class Step {
    final String title;
    String note = "";
    State state = State.WAITING;
    long began;
    Duration took;

    Step(String title) {
      this.title = title;
    }
  }

  private record Outcome(boolean passed, String result) {}

  private final long began;
  private final List<Step> steps = new ArrayList<>();
  private final Map<Check, Outcome> outcomes = new EnumMap<>(Check.class);
  private ClusterObserver observer;
  private SimulatedCloud cloud;

  /** {@code began} by {@link System#nanoTime()}. */
  ProgressView(long began, List<String> titles) {
    this.began = began;
    titles.forEach(title -> steps.add(new Step(title)));
  }

  synchronized void attach(ClusterObserver newObserver, SimulatedCloud newCloud) {
    observer = newObserver;
    cloud = newCloud;
  }

  synchronized void begin(int step, String note) {
    steps.get(step).state = State.RUNNING;
    steps.get(step).began = System.nanoTime();
    steps.get(step).note = note;
  }

  synchronized void note(int step, String note) {
    steps.get(step).note = note;
  }

  synchronized void end(int step, boolean succeeded, String note) {
    Step ended = steps.get(step);
    ended.state = succeeded ? State.DONE : State.FAILED;
    ended.took = Duration.ofNanos(System.nanoTime() - ended.began);
    ended.note = note;
  }

  synchronized void failRunning() {
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).state == State.RUNNING) {
        end(i, false, steps.get(i).note);
      }
    }
  }

  synchronized void record(Check check, boolean passed, String result) {
    outcomes.put(check, new Outcome(passed, result));
  }

  synchronized boolean allPassed(List<Check> checks) {
    return checks.stream().allMatch(one -> outcomes.containsKey(one) && outcomes.get(one).passed());
  }

  Duration sinceBegin() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  // ---- as lines

  /** One step in its current state. */
  synchronized String step(int number, AnsiStyle style, int width) {
    Step step = steps.get(number);
    String sign =
        switch (step.state) {
          case WAITING -> style.dim("·");
          case RUNNING -> style.cyan(style.colours() ? spinner() : "→");
          case DONE -> style.green("✓");
          case FAILED -> style.red("✗");
        };
    Duration took =
        step.state == State.RUNNING
            ? Duration.ofNanos(System.nanoTime() - step.began)
            : Optional.ofNullable(step.took).orElse(Duration.ZERO);
    boolean timed = step.took != null || step.state == State.RUNNING && style.colours();
    String time = timed ? seconds(took) : "";
    String title = fit(step.title, STEP);
    int room = width - STEP - 14;
    String note = fit(step.note, room);
    return " %s %s  %s %s"
        .formatted(
            sign,
            step.state == State.WAITING ? style.dim(title) : title,
            step.state == State.RUNNING ? note : style.dim(note),
            style.dim("%8s".formatted(time)));
  }

  private String spinner() {
    return SPINNER[(int) (sinceBegin().toMillis() / 100 % SPINNER.length)];
  }

  /** A frame for a live terminal. */
  synchronized List<String> frame(AnsiStyle style, int width) {
    List<String> lines = new ArrayList<>();
    lines.add(header(style, width));
    lines.add("");
    for (int i = 0; i < steps.size(); i++) {
      lines.add(step(i, style, width));
    }
    lines.add("");
    lines.addAll(table(style, width));
    return lines;
  }

  private String header(AnsiStyle style, int width) {
    String title = "acr-credential-operator";
    String what = "  pull ACR images, write no imagePullSecret";
    String time = seconds(sinceBegin());
    int room = width - 2 - title.length() - time.length() - 1;
    return " " + style.bold(title) + style.dim(fit(what, room)) + " " + style.dim(time);
  }

  /**
   * The table of ServiceAccounts, the token line and the call line; empty before the operator
   * starts.
   */
  synchronized List<String> table(AnsiStyle style, int width) {
    if (observer == null) {
      return List.of();
    }
    List<ClusterObserver.Row> rows = observer.rows();
    int namespace = widest(9, rows.stream().map(row -> row.account().namespace()).toList());
    int account = widest(14, rows.stream().map(row -> row.account().name()).toList());
    int bound = 10;
    int domains = Math.max(10, width - namespace - account - bound - 5 - 7 - 11);
    String format = " %-" + namespace + "s  %-" + account + "s  %s  %-" + domains + "s  %5s  %7s";
    List<String> lines = new ArrayList<>();
    lines.add(
        style.dim(
            format.formatted(
                "NAMESPACE", "SERVICEACCOUNT", fit("BOUND", bound), "DOMAINS", "AGE", "EXPIRES")));
    for (ClusterObserver.Row row : rows) {
      Optional<SimToken> token = row.oldest();
      String line =
          format.formatted(
              row.account().namespace(),
              row.account().name(),
              boundCell(row, style, bound),
              fit(domainsCell(row), domains),
              token.map(one -> age(one)).orElse(""),
              token.map(one -> left(one)).orElse(""));
      lines.add(row.exists() ? line : style.dim(line));
    }
    lines.add("");
    lines.add(tokenLine(rows, style, width));
    lines.add(callsLine(style, width));
    return lines;
  }

  private static String boundCell(ClusterObserver.Row row, AnsiStyle style, int width) {
    if (row.bound()) {
      return style.green("✓ ") + fit(millis(row.after()), width - 2);
    }
    if (!row.account().covered()) {
      return style.dim(fit("uncovered", width));
    }
    return style.cyan(fit(row.exists() ? "not yet" : "planned", width));
  }

  private static String domainsCell(ClusterObserver.Row row) {
    return row.domains().isEmpty()
        ? ""
        : "%2d  %s".formatted(row.domains().size(), String.join(" ", row.domains()));
  }

  private String age(SimToken token) {
    return Duration.between(token.issuedAt(), cloud.simulator.now()).toSeconds() + " s";
  }

  private String left(SimToken token) {
    return Duration.between(cloud.simulator.now(), token.expiresAt()).toSeconds() + " s";
  }

  /** The remaining lifetime of the oldest token as a bar. */
  private String tokenLine(List<ClusterObserver.Row> rows, AnsiStyle style, int width) {
    Optional<SimToken> oldest =
        rows.stream()
            .flatMap(row -> row.oldest().stream())
            .min(Comparator.comparing(SimToken::expiresAt));
    if (oldest.isEmpty()) {
      return style.dim(" Token life    no token yet");
    }
    int bar = Math.min(40, width - 50);
    Duration left = Duration.between(cloud.simulator.now(), oldest.get().expiresAt());
    int full =
        (int)
            Math.max(0, Math.min(bar, bar * left.toMillis() / SimulatedCloud.LIFETIME.toMillis()));
    return " Token life    %s%s  %s"
        .formatted(
            style.green("━".repeat(full)),
            style.dim("─".repeat(bar - full)),
            "%d of %d s left".formatted(left.toSeconds(), SimulatedCloud.LIFETIME.toSeconds()));
  }

  private String callsLine(AnsiStyle style, int width) {
    String calls = "%d tokens, %d lists".formatted(cloud.tokenCalls(), cloud.listCalls());
    String regions =
        cloud.callsByRegion().entrySet().stream()
            .map(region -> region.getKey() + " " + region.getValue())
            .collect(Collectors.joining(", "));
    int room = width - 16 - calls.length() - 2;
    return " Calls to ACR  " + calls + style.dim(fit("  " + regions, room + 2));
  }

  /** The table summarized in one line, for a log. */
  synchronized String summaryLine() {
    List<ClusterObserver.Row> rows = observer == null ? List.of() : observer.rows();
    long covered = rows.stream().filter(row -> row.account().covered()).count();
    long bound = rows.stream().filter(ClusterObserver.Row::bound).count();
    String tokens =
        rows.stream()
            .flatMap(row -> row.oldest().stream())
            .min(Comparator.comparing(SimToken::expiresAt))
            .map(one -> ", tokens " + age(one) + " old, " + left(one) + " left")
            .orElse("");
    return rows.isEmpty()
        ? ""
        : "%d of %d bound%s, %d calls to ACR"
            .formatted(bound, covered, tokens, cloud.tokenCalls() + cloud.listCalls());
  }

  /** The result of every check. */
  synchronized List<String> summary(List<Check> checks, AnsiStyle style) {
    int wide = checks.stream().mapToInt(one -> one.text.length()).max().orElse(0);
    return checks.stream().map(check -> resultLine(check, wide, style)).toList();
  }

  private String resultLine(Check check, int wide, AnsiStyle style) {
    Outcome outcome = outcomes.getOrDefault(check, new Outcome(false, "not reached"));
    String sign = outcome.passed() ? style.green("✓") : style.red("✗");
    String figure = outcome.passed() ? style.dim(outcome.result()) : outcome.result();
    return " " + sign + " " + fit(check.text, wide) + "  " + figure;
  }

  private static int widest(int least, List<String> texts) {
    return Math.max(least, texts.stream().mapToInt(String::length).max().orElse(0));
  }

  /** Pads or truncates the text to the width. */
  static String fit(String text, int width) {
    if (text.length() > width) {
      return text.substring(0, Math.max(0, width - 1)) + "…";
    }
    return text + " ".repeat(width - text.length());
  }

  static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
  }

  static String millis(Duration time) {
    return time.toMillis() < 1000 ? Math.max(1, time.toMillis()) + " ms" : seconds(time);
  }
}
