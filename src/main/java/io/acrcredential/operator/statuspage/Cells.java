// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.explain.finding.Language;
import io.acrcredential.operator.explain.finding.Text;
import io.acrcredential.operator.statuspage.PolicyRow.Fraction;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the tables have in common. */
final class Cells {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DATE_AND_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final Duration MINUTES_FROM = Duration.ofMinutes(2);
  private static final Duration HOURS_FROM = Duration.ofHours(2);
  private static final Duration DAYS_FROM = Duration.ofDays(2);

  private Cells() {}

  /** A section with a heading and a table; {@link #end} closes it. */
  static void begin(Html html, String id, Text title, List<Text> columns) {
    html.open("section").element("h2", title, "id", id).open("div", "class", "scroll");
    html.open("table", "aria-labelledby", id).open("thead").open("tr");
    columns.forEach(column -> html.element("th", column, "scope", "col"));
    html.close("tr").close("thead").open("tbody");
  }

  /**
   * Ends a table.
   *
   * @param hidden how many rows were left out; 0 or less = none
   */
  static void end(Html html, int columns, int hidden) {
    if (hidden > 0) {
      html.open("tr").open("td", "colspan", String.valueOf(columns));
      html.text(Texts.MORE.with(number(hidden))).close("td").close("tr");
    }
    html.close("tbody").close("table").close("div").close("section");
  }

  /** A state, by a sign and a word as well as by its color. */
  static void badge(Html html, Level level, String word) {
    html.open("span", "class", "badge " + level.style());
    html.element("span", level.sign, "aria-hidden", "true").text(" ").text(word).close("span");
  }

  /**
   * A bar. It has no text of its own: what stands beside it says the same.
   *
   * @param share from 0 to 1; more is shown as 1
   */
  static void bar(Html html, Level level, double share) {
    html.open(
        "svg",
        "class",
        "bar " + level.style(),
        "viewBox",
        "0 0 100 6",
        "preserveAspectRatio",
        "none",
        "aria-hidden",
        "true");
    html.open("rect", "class", "track", "width", "100", "height", "6").close("rect");
    String width = String.valueOf(Math.round(Math.min(1, share) * 100));
    html.open("rect", "class", "fill", "width", width, "height", "6").close("rect").close("svg");
  }

  /** A part of a whole, with a bar. */
  static void fraction(Html html, Fraction fraction) {
    if (fraction.whole() == 0) {
      html.text(fraction.part() + "/" + fraction.whole());
      return;
    }
    double share = (double) fraction.part() / fraction.whole();
    bar(html, share < 1 ? Level.WARNING : Level.OK, share);
    html.text(number(fraction.part()) + "/" + number(fraction.whole()));
  }

  /** A moment, in UTC; without its date if that is the day of {@code now}. */
  static void time(Html html, Instant time, Instant now) {
    boolean today = time.toString().substring(0, 10).equals(now.toString().substring(0, 10));
    html.element("time", (today ? TIME : DATE_AND_TIME).format(time), "datetime", time.toString());
  }

  /** {@code 42 min}; rounded down. */
  static String duration(Duration time, Language language) {
    Text text;
    if (time.compareTo(DAYS_FROM) >= 0) {
      text = Texts.DAYS.with(time.toDays());
    } else if (time.compareTo(HOURS_FROM) >= 0) {
      text = Texts.HOURS.with(time.toHours(), time.toMinutesPart());
    } else if (time.compareTo(MINUTES_FROM) >= 0) {
      text = Texts.MINUTES.with(time.toMinutes());
    } else {
      text = Texts.SECONDS.with(time.toSeconds());
    }
    return text.in(language);
  }

  /** The first of these names, and how many more there are. */
  static String names(List<String> names, int limit, Language language) {
    String shown =
        names.stream().limit(limit).collect(Collectors.joining(Texts.COMMA.in(language)));
    return names.size() <= limit
        ? shown
        : Texts.NAMES_AND_MORE.with(shown, number(names.size() - limit)).in(language);
  }

  /** {@code 1,000}. */
  static String number(int number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
