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

/** All that is shown, as lines that fit a width. */
final class Board {

  /** How a step fares. */
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

  private record Outcome(boolean kept, String figure) {}

  private final long began;
  private final List<Step> steps = new ArrayList<>();
  private final Map<Promise, Outcome> outcomes = new EnumMap<>(Promise.class);
  private Observer observer;
  private Cloud cloud;

  /** {@code began} by {@link System#nanoTime()}. */
  Board(long began, List<String> titles) {
    this.began = began;
    titles.forEach(title -> steps.add(new Step(title)));
  }

  synchronized void look(Observer newObserver, Cloud newCloud) {
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

  synchronized void end(int step, boolean well, String note) {
    Step ended = steps.get(step);
    ended.state = well ? State.DONE : State.FAILED;
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

  synchronized void judge(Promise promise, boolean kept, String figure) {
    outcomes.put(promise, new Outcome(kept, figure));
  }

  synchronized boolean allKept(List<Promise> promises) {
    return promises.stream().allMatch(one -> outcomes.containsKey(one) && outcomes.get(one).kept());
  }

  Duration sinceBegin() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  // ---- as lines

  /** One step, as it is now. */
  synchronized String step(int number, Paint paint, int width) {
    Step step = steps.get(number);
    String sign =
        switch (step.state) {
          case WAITING -> paint.dim("·");
          case RUNNING -> paint.calm(paint.colours() ? spinner() : "→");
          case DONE -> paint.good("✓");
          case FAILED -> paint.bad("✗");
        };
    Duration took =
        step.state == State.RUNNING
            ? Duration.ofNanos(System.nanoTime() - step.began)
            : Optional.ofNullable(step.took).orElse(Duration.ZERO);
    boolean timed = step.took != null || step.state == State.RUNNING && paint.colours();
    String time = timed ? seconds(took) : "";
    String title = fit(step.title, STEP);
    int room = width - STEP - 14;
    String note = fit(step.note, room);
    return " %s %s  %s %s"
        .formatted(
            sign,
            step.state == State.WAITING ? paint.dim(title) : title,
            step.state == State.RUNNING ? note : paint.dim(note),
            paint.dim("%8s".formatted(time)));
  }

  private String spinner() {
    return SPINNER[(int) (sinceBegin().toMillis() / 100 % SPINNER.length)];
  }

  /** A frame of the live screen. */
  synchronized List<String> frame(Paint paint, int width) {
    List<String> lines = new ArrayList<>();
    lines.add(header(paint, width));
    lines.add("");
    for (int i = 0; i < steps.size(); i++) {
      lines.add(step(i, paint, width));
    }
    lines.add("");
    lines.addAll(table(paint, width));
    return lines;
  }

  private String header(Paint paint, int width) {
    String title = "acr-credential-operator";
    String what = "  pull ACR images, write no imagePullSecret";
    String time = seconds(sinceBegin());
    int room = width - 2 - title.length() - time.length() - 1;
    return " " + paint.strong(title) + paint.dim(fit(what, room)) + " " + paint.dim(time);
  }

  /** The table and what is below it; empty before there is anything to see. */
  synchronized List<String> table(Paint paint, int width) {
    if (observer == null) {
      return List.of();
    }
    List<Observer.Row> rows = observer.rows();
    int namespace = widest(9, rows.stream().map(row -> row.account().namespace()).toList());
    int account = widest(14, rows.stream().map(row -> row.account().name()).toList());
    int bound = 10;
    int domains = Math.max(10, width - namespace - account - bound - 5 - 7 - 11);
    String format = " %-" + namespace + "s  %-" + account + "s  %s  %-" + domains + "s  %5s  %7s";
    List<String> lines = new ArrayList<>();
    lines.add(
        paint.dim(
            format.formatted(
                "NAMESPACE", "SERVICEACCOUNT", fit("BOUND", bound), "DOMAINS", "AGE", "EXPIRES")));
    for (Observer.Row row : rows) {
      Optional<SimToken> token = row.oldest();
      String line =
          format.formatted(
              row.account().namespace(),
              row.account().name(),
              boundCell(row, paint, bound),
              fit(domainsCell(row), domains),
              token.map(one -> age(one)).orElse(""),
              token.map(one -> left(one)).orElse(""));
      lines.add(row.exists() ? line : paint.dim(line));
    }
    lines.add("");
    lines.add(tokenLine(rows, paint, width));
    lines.add(callsLine(paint, width));
    return lines;
  }

  private static String boundCell(Observer.Row row, Paint paint, int width) {
    if (row.bound()) {
      return paint.good("✓ ") + fit(millis(row.after()), width - 2);
    }
    if (!row.account().covered()) {
      return paint.dim(fit("not asked", width));
    }
    return paint.calm(fit(row.exists() ? "not yet" : "to come", width));
  }

  private static String domainsCell(Observer.Row row) {
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

  /** The oldest token's life as a bar that drains and fills up again. */
  private String tokenLine(List<Observer.Row> rows, Paint paint, int width) {
    Optional<SimToken> oldest =
        rows.stream()
            .flatMap(row -> row.oldest().stream())
            .min(Comparator.comparing(SimToken::expiresAt));
    if (oldest.isEmpty()) {
      return paint.dim(" Token life    no token yet");
    }
    int bar = Math.min(40, width - 50);
    Duration left = Duration.between(cloud.simulator.now(), oldest.get().expiresAt());
    int full = (int) Math.max(0, Math.min(bar, bar * left.toMillis() / Cloud.LIFETIME.toMillis()));
    return " Token life    %s%s  %s"
        .formatted(
            paint.good("━".repeat(full)),
            paint.dim("─".repeat(bar - full)),
            "%d of %d s left".formatted(left.toSeconds(), Cloud.LIFETIME.toSeconds()));
  }

  private String callsLine(Paint paint, int width) {
    String calls = "%d tokens, %d lists".formatted(cloud.tokenCalls(), cloud.listCalls());
    String regions =
        cloud.callsByRegion().entrySet().stream()
            .map(region -> region.getKey() + " " + region.getValue())
            .collect(Collectors.joining(", "));
    int room = width - 16 - calls.length() - 2;
    return " Calls to ACR  " + calls + paint.dim(fit("  " + regions, room + 2));
  }

  /** In one line, for a log. */
  synchronized String inShort() {
    List<Observer.Row> rows = observer == null ? List.of() : observer.rows();
    long covered = rows.stream().filter(row -> row.account().covered()).count();
    long bound = rows.stream().filter(Observer.Row::bound).count();
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

  /** Every promise and what came of it. */
  synchronized List<String> summary(List<Promise> promises, Paint paint) {
    int wide = promises.stream().mapToInt(one -> one.text.length()).max().orElse(0);
    return promises.stream().map(promise -> verdict(promise, wide, paint)).toList();
  }

  private String verdict(Promise promise, int wide, Paint paint) {
    Outcome outcome =
        outcomes.getOrDefault(promise, new Outcome(false, "the demo did not get there"));
    String sign = outcome.kept() ? paint.good("✓") : paint.bad("✗");
    String figure = outcome.kept() ? paint.dim(outcome.figure()) : outcome.figure();
    return " " + sign + " " + fit(promise.text, wide) + "  " + figure;
  }

  private static int widest(int least, List<String> texts) {
    return Math.max(least, texts.stream().mapToInt(String::length).max().orElse(0));
  }

  /** Exactly so wide: filled up with blanks, or cut. */
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
