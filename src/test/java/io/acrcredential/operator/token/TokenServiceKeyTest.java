// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Changes of keys, and credentials that expire. */
class TokenServiceKeyTest extends TokenServiceFixture {

  @Test
  void requestsNewTokenOnlyForAnotherKey() {
    // given
    demand(A);
    acr.answer(A, HOUR);

    // when
    service.onKeysChanged(identity -> true);

    // then
    assertThat(acr.tokens).hasSize(1);
    key("LTAIsecond");
    service.onKeysChanged(identity -> identity != Identity.OWN);
    assertThat(acr.tokens).as("the key of another Secret").hasSize(1);
    service.onKeysChanged(identity -> true);
    assertThat(acr.tokens).hasSize(2);
    assertThat(acr.tokens.get(1).key().id()).isEqualTo("LTAIsecond");
  }

  @Test
  void usesNewKeyImmediately() {
    // given
    secrets.put(DefaultKeySecret.NAME, null);
    demand(A);
    assertThat(service.state(A).error().reason()).isEqualTo(Reason.CredentialsMissing);
    assertThat(acr.tokens).isEmpty();

    // when
    key("LTAIfirst");
    service.onKeysChanged(identity -> true);

    // then
    assertThat(acr.tokens).hasSize(1);
  }

  @Test
  void usesChangedKeyAfterFailedRequest() {
    // given
    demand(A);
    key("LTAIsecond");
    service.onKeysChanged(identity -> true);

    // when
    acr.fail(A, Reason.AccessDenied);

    // then
    assertThat(acr.tokens).hasSize(2);
    assertThat(acr.tokens.get(1).key().id()).isEqualTo("LTAIsecond");
  }

  @Test
  void usesChangedKeyAfterSuccessfulRequest() {
    // given
    demand(A);
    key("LTAIsecond");
    service.onKeysChanged(identity -> true);

    // when
    acr.answer(A, HOUR);

    // then
    assertThat(acr.tokens).hasSize(2);
    acr.answer(A, HOUR);
    time.advance(Duration.ofMinutes(5));
    assertThat(acr.tokens).hasSize(2);
  }

  static List<Instant> expiredCredentials() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    return List.of(
        Instant.MIN,
        Instant.EPOCH,
        now.minusSeconds(1),
        now.plus(HOUR),
        now.plus(HOUR).plusSeconds(5));
  }

  /** From 16 minutes before the token's end to that end. */
  @ParameterizedTest
  @MethodSource("expiredCredentials")
  void keepsTokenWhenCredentialsAreExpired(Instant end) {
    // given
    demand(ROLE_REF, B);
    acr.answer(ROLE_REF, HOUR.plusMinutes(2));
    acr.answer(B, HOUR);
    time.advance(Duration.ofMinutes(44));
    listener.changed.clear();
    sts.calls.clear();

    // when
    sts.end = call -> end.isBefore(time.now()) ? end : time.now().plusSeconds(5);
    for (int second = 0; second < 17 * 60; second++) {
      time.advance(Duration.ofSeconds(1));
      acr.openFor(B).forEach(call -> acr.answer(B, HOUR));
    }

    // then
    assertThat(service.state(ROLE_REF).isValidAt(time.now())).isTrue();
    AlibabaCloudException error = service.state(ROLE_REF).error();
    assertThat(error.code()).isEqualTo("CredentialsExpired");
    assertThat(error.getMessage()).contains("acs:ram::222:role/pull");
    assertThat(acr.tokens).extracting(Call::ref).containsExactly(ROLE_REF, B, B);
    assertThat(sts.calls).hasSizeBetween(15, 30);
    assertThat(listener.changed).containsExactly(Set.of(B));
    sts.end = call -> time.now().plus(HOUR);
    time.advance(Duration.ofSeconds(61));
    acr.answer(ROLE_REF, HOUR);
    assertThat(service.state(ROLE_REF).error()).isNull();
  }

  @Test
  void keepsTokenLifetimeForUnlimitedCredentials() {
    // given
    sts.end = call -> Instant.MAX;
    demand(ROLE_REF);

    // when
    acr.answer(ROLE_REF, HOUR);

    // then
    assertThat(service.state(ROLE_REF).token().lifetime()).isEqualTo(HOUR);
  }
}
