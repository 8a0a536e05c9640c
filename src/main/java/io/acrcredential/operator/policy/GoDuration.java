package io.acrcredential.operator.policy;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Go's duration syntax, as the original component's {@code expiring-threshold} and all of Kubernetes
 * use it: {@code 15m}, {@code 1h30m}, {@code 900s}, {@code 1.5h}. Source: pkg.go.dev/time
 * ParseDuration; negative values mean nothing here and are refused.
 */
public final class GoDuration {

  private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|m|h)");

  private GoDuration() {}

  /** Empty where the text is no such duration. */
  public static Optional<Duration> parse(String text) {
    if (text == null) {
      return Optional.empty();
    }
    String rest = text.strip();
    if (rest.equals("0")) {
      return Optional.of(Duration.ZERO);
    }
    Matcher part = PART.matcher(rest);
    double millis = 0;
    int end = 0;
    while (end < rest.length() && part.find(end) && part.start() == end) {
      millis += Double.parseDouble(part.group(1)) * millisOf(part.group(2));
      end = part.end();
    }
    boolean whole = end == rest.length() && end > 0;
    return whole ? Optional.of(Duration.ofMillis(Math.round(millis))) : Optional.empty();
  }

  private static long millisOf(String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "s" -> 1_000;
      case "m" -> 60_000;
      default -> 3_600_000;
    };
  }
}
