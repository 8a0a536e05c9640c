// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Requests, of which there is never more than one per registry at a time. */
class TokenServiceRequestTest extends TokenServiceFixture {

  @Test
  void requestsOnceHoweverOftenDemanded() {
    // when
    demand(A);
    demand(A);
    service.relistDomains(Set.of(A));
    time.advance(Duration.ofMinutes(1));

    // then
    assertThat(acr.tokens).hasSize(1);
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(10));
    assertThat(acr.tokens).hasSize(1);
    assertThat(service.state(A).isValidAt(time.now())).isTrue();
  }

  @Test
  void refreshesOnceAfterRequestInFlight() {
    // given
    demand(A);

    // when
    service.refresh(Set.of(A));
    service.refresh(Set.of(A));

    // then
    assertThat(acr.tokens).hasSize(1);
    acr.answer(A, HOUR);
    assertThat(acr.tokens).hasSize(2);
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(10));
    assertThat(acr.tokens).hasSize(2);
  }

  @Test
  void reusesRequestInFlightWhenDemandedAgain() {
    // given
    demand(A);

    // when
    demand();
    demand(A);

    // then
    assertThat(acr.tokens).hasSize(1);
    acr.answer(A, HOUR);
    assertThat(service.state(A).isValidAt(time.now())).isTrue();
    assertThat(listener.changed).containsExactly(Set.of(A));
  }

  @Test
  void ignoresAnswerWithoutDemand() {
    // given
    demand(A);
    demand();

    // when
    acr.answer(A, HOUR);

    // then
    assertThat(service.snapshot()).isEmpty();
    assertThat(listener.changed).isEmpty();
  }

  @Test
  void fetchesNothingForSuspendedDemand() {
    // given
    demand(Map.of(A, SUSPENDED, B, DEMAND));
    acr.answer(B, HOUR);

    // when
    service.refresh(Set.of(A));
    for (int minute = 0; minute < 300; minute++) {
      time.advance(Duration.ofMinutes(1));
      acr.answerAll(HOUR);
    }

    // then
    assertThat(acr.tokens).extracting(Call::ref).containsOnly(B);
    demand(A);
    assertThat(acr.tokens).extracting(Call::ref).contains(A);
  }

  @Test
  void keepsRestoredToken() {
    // given
    demand(A);
    acr.answer(A, HOUR);
    RegistryState known = service.state(A);
    service.updateDemands(Map.of(), ref -> RegistryState.NONE);

    // when
    time.advance(Duration.ofMinutes(10));
    service.updateDemands(Map.of(A, DEMAND), ref -> known);

    // then
    assertThat(acr.tokens).hasSize(1);
    assertThat(service.state(A).isValidAt(time.now())).isTrue();
  }

  @Test
  void startsNothingAfterClose() {
    // given
    demand(A);
    acr.answer(A, HOUR);

    // when
    service.close();
    time.advance(Duration.ofHours(2));

    // then
    assertThat(acr.tokens).hasSize(1);
  }

  @Test
  void requestsAtMostTwicePerSecond() {
    // given
    demand(A);

    // when
    for (int i = 0; i < 1_000; i++) {
      acr.openFor(A).forEach(call -> acr.answer(A, HOUR));
      service.refresh(Set.of(A));
      time.advance(Duration.ofMillis(10));
    }

    // then
    assertThat(acr.tokens).hasSizeBetween(18, 21);
  }
}
