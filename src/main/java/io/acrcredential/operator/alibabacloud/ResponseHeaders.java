// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the headers of a response say.
 *
 * @param date the time of the service; null = absent or unreadable
 * @param retryAfter how long the service refuses further calls; zero = not said
 */
record ResponseHeaders(Instant date, Duration retryAfter) {

  /** No header. */
  static final ResponseHeaders NONE = new ResponseHeaders(null, Duration.ZERO);

  /**
   * {@code Limit:1,Remain:0,TimeLeft:2000,Reset:1234}, in milliseconds. Source: the official SDKs,
   * such as alibabacloud-go/darabonba-openapi, utils, GetThrottlingTimeLeft.
   */
  private static final List<String> RATE_LIMITS =
      List.of("x-ratelimit-user-api", "x-ratelimit-user");

  private static final Pattern TIME_LEFT =
      Pattern.compile("(?i)\\bTimeLeft\\s*:\\s*(\\d{1,12})\\b");

  /** In milliseconds. Source: tea-openapi, Client.getThrottlingTimeLeft. */
  private static final String ACS_RETRY_AFTER = "x-acs-retry-after";

  private static final Pattern MILLIS = Pattern.compile("\\s*(\\d{1,12})\\s*");

  static ResponseHeaders of(Response response) {
    Duration retryAfter = millis(MILLIS, response.getHeaderString(ACS_RETRY_AFTER));
    for (String name : RATE_LIMITS) {
      Duration timeLeft = millis(TIME_LEFT, response.getHeaderString(name));
      retryAfter = timeLeft.compareTo(retryAfter) > 0 ? timeLeft : retryAfter;
    }
    return new ResponseHeaders(date(response.getHeaderString(HttpHeaders.DATE)), retryAfter);
  }

  private static Duration millis(Pattern pattern, String value) {
    Matcher found = pattern.matcher(value == null ? "" : value);
    boolean present = pattern == TIME_LEFT ? found.find() : found.matches();
    return present ? Duration.ofMillis(Long.parseLong(found.group(1))) : Duration.ZERO;
  }

  private static Instant date(String value) {
    try {
      return value == null
          ? null
          : ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeException unreadable) {
      return null;
    }
  }
}
