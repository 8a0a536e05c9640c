// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseHeadersTest {

  private static ResponseHeaders of(String name, String value) {
    return ResponseHeaders.of(Response.ok().header(name, value).build());
  }

  /** The values of the tests of the official SDKs. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x-ratelimit-user-api | Limit:1,Remain:0,TimeLeft:2000,Reset:1234",
        "X-RateLimit-User     | Limit:1,Remain:0,TimeLeft:2000,Reset:1234",
        "X-RateLimit-User-API | Remain:0,TimeLeft:2000",
        "x-ratelimit-user     | limit: 1, timeleft: 2000",
        "x-acs-retry-after    | 2000",
        "X-ACS-Retry-After    | ' 2000 '",
      })
  void readsHowLongCallsAreRefused(String name, String value) {
    assertThat(of(name, value).retryAfter()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void takesTheLongestOfSeveralTimes() {
    // given
    Response response =
        Response.status(400)
            .header("x-ratelimit-user-api", "TimeLeft:10")
            .header("x-ratelimit-user", "TimeLeft:3000")
            .header("x-acs-retry-after", "20")
            .build();

    // when, then
    assertThat(ResponseHeaders.of(response).retryAfter()).isEqualTo(Duration.ofSeconds(3));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x-ratelimit-user | ",
        "x-ratelimit-user | Remain:0",
        "x-ratelimit-user | TimeLeft",
        "x-ratelimit-user | TimeLeft:-5",
        "x-ratelimit-user | TimeLeft:soon",
        "x-ratelimit-user | TimeLeft:99999999999999999999",
        "x-ratelimit-user | NoTimeLeft:5",
        "x-acs-retry-after | -1",
        "x-acs-retry-after | 1.5",
        "other             | TimeLeft:5",
      })
  void readsNoTimeFromOtherText(String name, String value) {
    assertThat(of(name, value).retryAfter()).isZero();
  }

  @Test
  void readsTheDate() {
    assertThat(of("Date", "Thu, 1 Jan 2026 01:00:00 GMT").date())
        .isEqualTo(Instant.parse("2026-01-01T01:00:00Z"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "2026-01-01T01:00:00Z", "Fri, 1 Jan 2026 01:00:00 GMT"})
  void readsNoDateFromOtherText(String value) {
    assertThat(of("Date", value).date()).isNull();
  }
}
