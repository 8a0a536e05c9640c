// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Batches of registries that are fetched and reported together. */
class TokenServiceBatchTest extends TokenServiceFixture {

  @Test
  void waitsAtMost200MillisecondsForBatch() {
    // given
    demand(A, B);

    // when
    acr.answer(A, HOUR);
    time.advance(Duration.ofMillis(199));

    // then
    assertThat(listener.changed).isEmpty();
    time.advance(Duration.ofMillis(1));
    assertThat(listener.changed).containsExactly(Set.of(A));
    acr.answer(B, HOUR);
    assertThat(listener.changed).containsExactly(Set.of(A), Set.of(B));
  }

  @Test
  void reportsFailureWhileAnotherRequestHangs() {
    // given
    demand(A, B);

    // when
    acr.fail(A, Reason.AccessDenied);
    time.advance(Duration.ofMillis(199));

    // then
    assertThat(listener.states).isEmpty();
    time.advance(Duration.ofMillis(1));
    assertThat(listener.states).containsExactly(Set.of(A));
    assertThat(listener.changed).isEmpty();
    acr.answer(B, HOUR);
    assertThat(listener.states).containsExactly(Set.of(A), Set.of(B));
  }

  @Test
  void reportsImmediatelyWhenAllArrived() {
    // given
    demand(A, B);

    // when
    acr.answer(A, HOUR);
    time.advance(Duration.ofMillis(50));
    acr.answer(B, HOUR);

    // then
    assertThat(listener.changed).containsExactly(Set.of(A, B));
    time.advance(Duration.ofSeconds(5));
    assertThat(listener.changed).hasSize(1);
  }

  @Test
  void fetchesTogetherWhatIsDueWithinFiveMinutes() {
    // given
    demand(A, B);
    acr.answer(A, HOUR);
    acr.answer(B, HOUR.plusMinutes(5).minusSeconds(1));

    // when
    time.advance(Duration.ofMinutes(44).plusMillis(1));

    // then
    assertThat(acr.tokens).hasSize(4);
  }

  @Test
  void leavesOutWhatIsDueLater() {
    // given
    demand(A, B);
    acr.answer(A, HOUR);
    acr.answer(B, HOUR.plusMinutes(5).plusSeconds(2));

    // when
    time.advance(Duration.ofMinutes(44).plusMillis(1));

    // then
    assertThat(acr.tokens).hasSize(3);
    assertThat(acr.tokens.get(2).ref()).isEqualTo(A);
  }

  @Test
  void failingRegistrySplitsNoBatch() {
    // given fifty that are due 20 seconds apart, and one that always fails
    RegistryRef broken = new RegistryRef(Identity.OWN, "cn-beijing", "cri-broken");
    Map<RegistryRef, TokenDemand> demands = new LinkedHashMap<>();
    for (int i = 0; i < 50; i++) {
      demands.put(new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-" + i), DEMAND);
    }
    demands.put(broken, DEMAND);
    demand(demands);
    acr.fail(broken, Reason.Unreachable);
    for (int i = 0; i < 50; i++) {
      RegistryRef ref = new RegistryRef(Identity.OWN, "cn-hangzhou", "cri-" + i);
      acr.answer(ref, HOUR.plusSeconds(20 * i));
    }
    listener.changed.clear();

    // when
    for (int second = 0; second < 62 * 60; second++) {
      List.copyOf(acr.tokens).stream()
          .filter(call -> !call.reply().isDone())
          .forEach(
              call -> {
                if (call.ref().equals(broken)) {
                  acr.fail(broken, Reason.Unreachable);
                } else {
                  acr.answer(call.ref(), HOUR);
                }
              });
      time.advance(Duration.ofSeconds(1));
    }

    // then each batch takes the sixteen of five minutes
    assertThat(listener.changed).hasSize(4);
    assertThat(acr.tokens.stream().filter(call -> call.ref().equals(broken)).count())
        .isGreaterThan(60);
  }

  @Test
  void retriesFailedNotification() {
    // given
    demand(A, B);
    listener.failures = 5;

    // when
    acr.answer(A, HOUR);
    acr.answer(B, HOUR);

    // then
    assertThat(listener.changed).isEmpty();
    time.advance(Duration.ofSeconds(8));
    assertThat(listener.changed).containsExactly(Set.of(A, B));
    assertThat(listener.states).containsExactly(Set.of(A, B));
    time.advance(Duration.ofMinutes(44));
    assertThat(acr.tokens).hasSize(4);
  }
}
