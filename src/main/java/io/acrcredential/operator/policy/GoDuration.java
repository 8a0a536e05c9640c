package io.acrcredential.operator.policy;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Go's duration syntax, as the original component's {@code expiring-threshold} and all of
 * Kubernetes use it: {@code 15m}, {@code 1h30m}, {@code 900s}, {@code 1.5h}. Source:
 * pkg.go.dev/time ParseDuration; negative values mean nothing here and are refused, as are units
 * below ms.
 */
public final class GoDuration {

  private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,6})?)(ms|s|m|h)");

  private GoDuration() {}

  /** Empty where the text is no such duration. */
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
    boolean whole = end == text.length() && end > 0;
    return whole ? Optional.of(exactly(seconds)) : Optional.empty();
  }

  /** Six decimals of a millisecond are a nanosecond: nothing is rounded. */
  private static Duration exactly(BigDecimal seconds) {
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
