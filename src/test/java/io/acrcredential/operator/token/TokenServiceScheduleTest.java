// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When tokens are refreshed and expire. */
class TokenServiceScheduleTest extends TokenServiceFixture {

  @Test
  void refreshesBeforeRefreshWindow() {
    // given
    demand(A);
    acr.answer(A, HOUR);

    // when / then
    time.advance(Duration.ofMinutes(44).minusSeconds(1));
    assertThat(acr.tokens).hasSize(1);
    time.advance(Duration.ofSeconds(1).plusMillis(1));
    assertThat(acr.tokens).hasSize(2);
    acr.answer(A, HOUR);
    assertThat(listener.changed).containsExactly(Set.of(A), Set.of(A));
  }

  @Test
  void listsDomainsInitiallyAndEverySixHours() {
    // given
    demand(Map.of(A, LISTING));
    acr.answer(A, HOUR);
    acr.answerDomains("a.cn");
    assertThat(service.state(A).domains()).containsExactly("a.cn");

    // when
    for (int minute = 0; minute < 6 * 60 + 50; minute++) {
      time.advance(Duration.ofMinutes(1));
      acr.answerAll(HOUR);
    }

    // then
    assertThat(acr.lists).hasSize(2);
    assertThat(acr.tokens).hasSizeGreaterThan(8);
  }

  @Test
  void keepsLastTokenAndReportsExpiryOnce() {
    // given
    demand(A);
    acr.answer(A, HOUR);
    Instant end = time.now().plus(HOUR);

    // when
    while (time.now().isBefore(end.minusMillis(100))) {
      time.advance(Duration.ofMillis(100));
      acr.failAll(Reason.Unreachable);
    }

    // then
    assertThat(service.state(A).isValidAt(time.now())).isTrue();
    assertThat(listener.changed).hasSize(1);
    time.advance(Duration.ofMillis(102));
    assertThat(service.state(A).isValidAt(time.now())).isFalse();
    assertThat(listener.changed).containsExactly(Set.of(A), Set.of(A));
    time.advance(Duration.ofMinutes(2));
    assertThat(listener.changed).as("once").hasSize(2);
  }

  @Test
  void continuesAfterExceptionOnTimer() {
    // given
    demand(A);
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(43));

    // when
    clockFailures = 1;
    time.advance(Duration.ofMinutes(2));

    // then
    assertThat(clockFailures).isZero();
    assertThat(acr.tokens).hasSize(2);
  }
}
