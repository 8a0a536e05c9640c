// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parser for Go's duration syntax, which Kubernetes and the {@code expiring-threshold} of the ACK
 * credential helper use: {@code 15m}, {@code 1h30m}, {@code 900s}, {@code 1.5h}. Source:
 * pkg.go.dev/time#ParseDuration. Negative values and units below ms are rejected, because no
 * setting needs them.
 */
public final class GoDuration {

  private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,6})?)(ms|s|m|h)");

  private GoDuration() {}

  /** The duration; empty if the text is null or malformed. */
  public static Optional<Duration> parse(String text) {
    if (text == null) {
      return Optional.empty();
    }
    if (text.equals("0")) {
      return Optional.of(Duration.ZERO);
    }
    Matcher part = PART.matcher(text);
    BigDecimal seconds = BigDecimal.ZERO;
    int end = 0;
    while (end < text.length() && part.find(end) && part.start() == end) {
      seconds = seconds.add(new BigDecimal(part.group(1)).multiply(secondsOf(part.group(2))));
      end = part.end();
    }
    boolean complete = end == text.length() && end > 0;
    return complete ? Optional.of(toDuration(seconds)) : Optional.empty();
  }

  /** Exact, because the sixth decimal of a millisecond is a nanosecond. */
  private static Duration toDuration(BigDecimal seconds) {
    long whole = seconds.longValue();
    long nanos = seconds.subtract(BigDecimal.valueOf(whole)).movePointRight(9).longValueExact();
    return Duration.ofSeconds(whole, nanos);
  }

  private static BigDecimal secondsOf(String unit) {
    return switch (unit) {
      case "ms" -> BigDecimal.valueOf(1, 3);
      case "s" -> BigDecimal.ONE;
      case "m" -> BigDecimal.valueOf(60);
      default -> BigDecimal.valueOf(3_600);
    };
  }
}
