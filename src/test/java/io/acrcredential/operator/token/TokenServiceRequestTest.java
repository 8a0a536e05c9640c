// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.RegistryRef;
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
    refresh(A);
    refresh(A);

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
    refresh(A);
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
    demand();

    // when
    time.advance(Duration.ofMinutes(10));
    service.updateDemands(Map.of(A, DEMAND), ref -> known, Set.of());

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
      refresh(A);
      time.advance(Duration.ofMillis(10));
    }

    // then
    assertThat(acr.tokens).hasSizeBetween(18, 21);
  }

  /** A process that is killed before leaves the request to the next one. */
  @Test
  void isSettledWhenTheTokenThatWasRequestedIsSaved() {
    // given
    demand(A);
    acr.answer(A, HOUR);
    service.onSaved(service.snapshot());
    assertThat(service.isSettled(A)).isTrue();

    // when
    refresh(A);

    // then
    assertThat(service.isSettled(A)).as("in flight").isFalse();
    Map<RegistryRef, RegistryState> earlier = service.snapshot();
    acr.answer(A, HOUR);
    assertThat(service.isSettled(A)).as("not saved").isFalse();
    service.onSaved(earlier);
    assertThat(service.isSettled(A)).as("the token before is saved").isFalse();
    listener.states.clear();
    service.onSaved(service.snapshot());
    assertThat(service.isSettled(A)).isTrue();
    assertThat(listener.states).containsExactly(Set.of(A));
    service.onSaved(service.snapshot());
    assertThat(listener.states).as("nothing new is saved").hasSize(1);
    assertThat(service.isSettled(B)).as("no policy needs it").isFalse();
  }

  @Test
  void isNotSettledWhileDomainsAreMissing() {
    // given
    demand(Map.of(A, LISTING));

    // when
    acr.answer(A, HOUR);
    acr.failDomains(Reason.Throttled);
    service.onSaved(service.snapshot());

    // then
    assertThat(service.isSettled(A)).isFalse();
    time.advance(Duration.ofMinutes(1));
    acr.answerDomains("a.cn");
    assertThat(service.isSettled(A)).as("not saved").isFalse();
    service.onSaved(service.snapshot());
    assertThat(service.isSettled(A)).isTrue();
  }

  /** The identity may fetch tokens and may not list domains. */
  @Test
  void isNotSettledByAFailureBeforeTheTokenThatCameWithItIsSaved() {
    // given
    demand(Map.of(A, LISTING));
    acr.answer(A, HOUR);
    acr.answerDomains("a.cn");
    service.onSaved(service.snapshot());

    // when
    refresh(A);
    acr.answer(A, HOUR);
    acr.failDomains(Reason.AccessDenied);

    // then
    assertThat(service.isSettled(A)).isFalse();
    service.onSaved(service.snapshot());
    assertThat(service.isSettled(A)).isTrue();
  }

  @Test
  void fetchesOnceWhatIsRestoredAndRequested() {
    // given
    demand(A);
    acr.answer(A, HOUR);
    RegistryState known = service.state(A);
    demand();

    // when
    service.updateDemands(Map.of(A, DEMAND), ref -> known, Set.of(A));
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(1));

    // then
    assertThat(acr.tokens).hasSize(2);
  }

  @Test
  void isSettledByAFailureOnlyIfRetriesCannotMendIt() {
    // given
    demand(A);
    acr.answer(A, HOUR);
    service.onSaved(service.snapshot());

    // when
    refresh(A);
    acr.fail(A, Reason.Throttled);

    // then
    assertThat(service.isSettled(A)).isFalse();

    // when
    time.advance(Duration.ofMinutes(1));
    acr.fail(A, Reason.AccessDenied);

    // then
    assertThat(service.isSettled(A)).isTrue();

    // when
    refresh(A);

    // then
    assertThat(service.isSettled(A)).as("requested again").isFalse();
  }

  /** What the user mended may be newer than the attempt that fails. */
  @Test
  void requestsAgainAtOnceWhatWasInFlightWhenRefreshed() {
    // given
    demand(A);
    acr.answer(A, HOUR);
    service.onSaved(service.snapshot());
    refresh(A);

    // when
    refresh(A);
    acr.fail(A, Reason.AccessDenied);

    // then
    assertThat(service.isSettled(A)).isFalse();
    time.advance(Duration.ofSeconds(2));
    assertThat(acr.openFor(A)).hasSize(1);
  }

  @Test
  void isNotSettledWhileSuspended() {
    // given
    demand(A);
    acr.answer(A, HOUR);
    service.onSaved(service.snapshot());

    // when
    demand(Map.of(A, SUSPENDED));
    refresh(A);

    // then
    assertThat(service.isSettled(A)).isFalse();
  }

  /** The request is one reason more for the first token, and no reason for a second one. */
  @Test
  void fetchesOnceWhatIsMissingAndRequested() {
    // when
    service.updateDemands(Map.of(A, DEMAND), ref -> RegistryState.NONE, Set.of(A));
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(1));

    // then
    assertThat(acr.tokens).hasSize(1);
  }

  /** Nodes take the same token with another email for another login, and ask the registry again. */
  @Test
  void changesTheEmailWithTheTokenOnly() {
    // given
    demandWithEmail("ops@example.com");
    acr.answer(A, HOUR);
    assertThat(service.state(A).email()).isEqualTo("ops@example.com");

    // when
    demandWithEmail("dev@example.com");

    // then
    assertThat(acr.tokens).hasSize(2);
    assertThat(service.state(A).email()).isEqualTo("ops@example.com");

    // when it changes again before the answer
    demandWithEmail("team@example.com");
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(1));

    // then
    assertThat(acr.tokens).hasSize(2);
    assertThat(service.state(A).email()).isEqualTo("team@example.com");
  }

  @Test
  void keepsTheEmailWhileNoNewTokenArrives() {
    // given
    demandWithEmail("ops@example.com");
    acr.answer(A, HOUR);

    // when
    demandWithEmail("");
    acr.fail(A, Reason.Throttled);

    // then
    assertThat(service.state(A).email()).isEqualTo("ops@example.com");

    // when
    time.advance(Duration.ofMinutes(1));
    acr.answer(A, HOUR);

    // then
    assertThat(service.state(A).email()).isEmpty();
  }

  @Test
  void requestsATokenForAnEmailThatChangedBeforeTheStart() {
    // given
    demandWithEmail("ops@example.com");
    acr.answer(A, HOUR);
    RegistryState earlier = service.state(A);
    demand(Map.of());

    // when
    service.updateDemands(Map.of(A, demand("ops@example.com")), ref -> earlier, Set.of());

    // then
    assertThat(acr.tokens).hasSize(1);

    // when
    demand(Map.of());
    service.updateDemands(Map.of(A, demand("dev@example.com")), ref -> earlier, Set.of());

    // then
    assertThat(acr.tokens).hasSize(2);
  }

  private void demandWithEmail(String email) {
    demand(Map.of(A, demand(email)));
  }

  private static TokenDemand demand(String email) {
    return new TokenDemand(DEMAND.refreshBefore(), email, false, false);
  }
}
