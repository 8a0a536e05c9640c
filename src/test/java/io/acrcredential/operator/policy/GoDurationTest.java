// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;

class GoDurationTest {

  @Property
  void parsesTheOutputOfGo(@ForAll @LongRange(min = 0, max = 1_000_000_000_000L) long nanos) {
    Duration duration = Duration.ofNanos(nanos);
    assertThat(GoDuration.parse(formatAsGo(duration))).contains(duration);
  }

  @Property
  void addsPartsInAnyOrder(
      @ForAll @IntRange(max = 999) int h,
      @ForAll @IntRange(max = 999) int m,
      @ForAll @IntRange(max = 999) int s,
      @ForAll @IntRange(max = 999) int ms) {
    Duration sum = Duration.ofHours(h).plusMinutes(m).plusSeconds(s).plusMillis(ms);
    assertThat(GoDuration.parse(h + "h" + m + "m" + s + "s" + ms + "ms")).contains(sum);
    assertThat(GoDuration.parse(ms + "ms" + s + "s" + m + "m" + h + "h")).contains(sum);
  }

  @Property
  void neverThrowsAndNeverReturnsANegative(@ForAll @StringLength(max = 40) String text) {
    GoDuration.parse(text).ifPresent(d -> assertThat(d).isGreaterThanOrEqualTo(Duration.ZERO));
  }

  @Property
  void rejectsSignsSpacesAndUnknownUnits(@ForAll @IntRange(min = 1, max = 999) int m) {
    for (String wrong :
        new String[] {" %dm", "%dm ", "-%dm", "+%dm", "%d", "%d m", "%dM", "%dm%1$d", "m%d"}) {
      assertThat(GoDuration.parse(wrong.formatted(m))).as(wrong).isEmpty();
    }
  }

  @Example
  void parsesKnownValues() {
    assertThat(GoDuration.parse("15m")).contains(Duration.ofMinutes(15));
    assertThat(GoDuration.parse("1h30m")).contains(Duration.ofMinutes(90));
    assertThat(GoDuration.parse("900s")).contains(Duration.ofSeconds(900));
    assertThat(GoDuration.parse("1.5h")).contains(Duration.ofMinutes(90));
    assertThat(GoDuration.parse("0")).contains(Duration.ZERO);
    assertThat(GoDuration.parse("0.000001ms")).contains(Duration.ofNanos(1));
    assertThat(GoDuration.parse(null)).isEmpty();
    assertThat(GoDuration.parse("")).isEmpty();
  }

  /** Like time.Duration.String() of Go, with ms as its smallest unit. */
  private static String formatAsGo(Duration d) {
    if (d.toSeconds() == 0) {
      return "%d.%06dms".formatted(d.toMillis(), d.toNanos() % 1_000_000);
    }
    String text = d.toHours() > 0 ? d.toHours() + "h" : "";
    text += d.toMinutes() > 0 ? d.toMinutesPart() + "m" : "";
    return text
        + "%ds%d.%06dms"
            .formatted(d.toSecondsPart(), d.toMillisPart(), d.toNanosPart() % 1_000_000);
  }
}
