// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Registries that make no progress. */
class TokenServiceLivenessTest extends TokenServiceFixture {

  @Test
  void detectsDeadTimerAfterFiveMinutes() {
    // given
    demand(A);
    acr.answer(A, HOUR);

    // when
    time.pass(Duration.ofHours(2));

    // then
    assertThat(service.countOverdue()).isZero();
    time.pass(Duration.ofMinutes(5).minusSeconds(1));
    assertThat(service.countOverdue()).isZero();
    time.pass(Duration.ofSeconds(1));
    assertThat(service.countOverdue()).isEqualTo(1);
    service.relistDomains(Set.of());
    assertThat(service.countOverdue()).as("asked for").isZero();
    service.close();
  }

  @Test
  void detectsLostAnswerAfterFiveMinutes() {
    // given
    demand(A);

    // when
    time.advance(Duration.ofHours(1));

    // then
    assertThat(service.countOverdue()).isZero();
    time.advance(Duration.ofMinutes(5));
    assertThat(service.countOverdue()).isEqualTo(1);
    acr.answer(A, HOUR);
    assertThat(service.countOverdue()).isZero();
  }

  @Test
  void suspendedAndThrottledRegistriesAreNotOverdue() {
    // given one suspended, one throttled, and a clock that jumps
    demand(A, B);
    acr.answer(A, HOUR);
    acr.answer(B, HOUR);
    demand(Map.of(A, SUSPENDED, B, DEMAND));

    // when / then
    for (int half = 0; half < 4 * 60; half++) {
      time.advance(Duration.ofSeconds(30));
      acr.openFor(B).forEach(call -> acr.fail(B, Reason.Throttled));
      assertThat(service.countOverdue()).isZero();
    }
    assertThat(service.state(A).isValidAt(time.now())).isFalse();
    time.pass(Duration.ofHours(2));
    service.close();
    service.countOverdue();
    time.pass(Duration.ofHours(2));
    assertThat(service.countOverdue()).as("closed").isZero();
  }

  @Test
  void rateLimitedRegistryIsNotOverdue() {
    // given a call in 1,000 s
    RegistryRef second = new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-second");
    TokenService slow = service(0.001, time.timer());
    Map<RegistryRef, TokenDemand> demands = new LinkedHashMap<>();
    demands.put(A, DEMAND);
    demands.put(second, DEMAND);

    // when
    slow.updateDemands(demands, ref -> RegistryState.NONE, Set.of());
    acr.answer(A, HOUR);

    // then
    assertThat(acr.tokens).hasSize(1);
    assertThat(slow.countOverdue()).isZero();
    time.advance(Duration.ofMinutes(10));
    assertThat(slow.countOverdue()).isZero();
    slow.close();
  }
}
