// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pullsecret;

import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.ref;
import static io.acrcredential.operator.testkit.Plans.refused;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.RegistryState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PullSecretDecisionTest {

  private final PullSecretContent complete =
      content(plan("p", resolvedRegistry("cri-a", "one.cn")));
  private final PullSecretContent partial =
      content(plan("p", resolvedRegistry("cri-a", "one.cn"), resolvedRegistry("cri-x", "two.cn")));
  private final PullSecretContent noTokens =
      content(plan("p", resolvedRegistry("cri-x", "two.cn")));
  private final PullSecretContent noValidItems = content(plan("p", refused()));

  @Test
  void createsOnceThereIsContent() {
    assertThat(decision(null, complete)).isEqualTo(PullSecretDecision.CREATE);
    assertThat(decision(null, partial)).isEqualTo(PullSecretDecision.CREATE);
    assertThat(decision(null, noTokens)).isEqualTo(PullSecretDecision.KEEP);
  }

  @Test
  void updatesItsSecretOnlyIfItDiffers() {
    assertThat(decision(ours(complete, false, null), complete)).isEqualTo(PullSecretDecision.KEEP);
    assertThat(decision(ours(partial, false, null), partial)).isEqualTo(PullSecretDecision.KEEP);
    assertThat(decision(ours(noTokens, false, null), complete))
        .isEqualTo(PullSecretDecision.UPDATE);
    assertThat(decision(ours(noTokens, true, null), complete))
        .isEqualTo(PullSecretDecision.RECREATE);
  }

  @Test
  void ignoresASecretOfAnotherType() {
    // given
    ObservedSecret opaque =
        new ObservedSecret("1", false, null, false, false, false, null, null, complete.digest());

    // then
    assertThat(decision(opaque, complete)).isEqualTo(PullSecretDecision.OCCUPIED);
    assertThat(
            decision(
                new ObservedSecret(
                    "1", true, null, false, false, false, null, null, complete.digest()),
                complete))
        .isEqualTo(PullSecretDecision.OCCUPIED);
  }

  /** The API server refuses to create it anew until the finalizer is removed. */
  @Test
  void waitsForTheDeletionOfAnImmutableSecretThatAFinalizerHolds() {
    for (boolean owned : List.of(true, false)) {
      assertThat(decision(terminating(owned, true), complete))
          .isEqualTo(PullSecretDecision.WAIT_FOR_DELETION);
      assertThat(decision(terminating(owned, false), complete))
          .as("can be changed until it is gone")
          .isIn(PullSecretDecision.UPDATE, PullSecretDecision.TAKE_OVER);
    }
  }

  private static ObservedSecret terminating(boolean owned, boolean immutable) {
    return new ObservedSecret(
        "1", owned, null, true, immutable, true, null, null, Digest.of(new byte[] {1}, ""));
  }

  @Test
  void takesOverAForeignSecretAndMergesWhileTokensAreMissing() {
    assertThat(decision(foreign(), complete)).isEqualTo(PullSecretDecision.TAKE_OVER);
    assertThat(decision(foreign(), partial)).isEqualTo(PullSecretDecision.TAKE_OVER_KEEPING);
    assertThat(decision(foreign(), noTokens)).isEqualTo(PullSecretDecision.KEEP);
  }

  @Test
  void keepsAForeignSecretForAPolicyWithInvalidValues() {
    assertThat(decision(foreign(), noValidItems)).isEqualTo(PullSecretDecision.KEEP);
  }

  @Test
  void keepsForeignEntriesForAtMostOneHour() {
    assertThat(decision(ours(partial, false, NOW), partial))
        .isEqualTo(PullSecretDecision.TAKE_OVER_KEEPING);
    assertThat(decision(ours(partial, false, NOW), complete))
        .as("all tokens are there")
        .isEqualTo(PullSecretDecision.UPDATE);
    Instant hourAgo = NOW.minus(Duration.ofHours(1));
    assertThat(decision(ours(partial, false, hourAgo.plusSeconds(1)), partial))
        .isEqualTo(PullSecretDecision.TAKE_OVER_KEEPING);
    assertThat(decision(ours(partial, false, hourAgo), partial))
        .isEqualTo(PullSecretDecision.UPDATE);
    assertThat(decision(ours(partial, false, NOW.plusSeconds(1)), partial))
        .as("a time in the future is forged")
        .isEqualTo(PullSecretDecision.UPDATE);
  }

  @Test
  void keepsValidTokensOfUnknownOriginUntilTheyExpire() {
    for (PullSecretContent nothing : List.of(noTokens, noValidItems)) {
      assertThat(decision(oursExpiring(NOW.plusSeconds(1)), nothing))
          .isEqualTo(PullSecretDecision.KEEP_UNTIL_EXPIRY);
      assertThat(decision(oursExpiring(NOW), nothing))
          .as("expired")
          .isEqualTo(PullSecretDecision.UPDATE);
      assertThat(decision(oursExpiring(NOW.plus(Duration.ofHours(12)).plusSeconds(1)), nothing))
          .as("no token lives that long, so it is forged")
          .isEqualTo(PullSecretDecision.UPDATE);
    }
    assertThat(decision(oursExpiring(NOW.plusSeconds(1)), partial))
        .as("there is a token")
        .isEqualTo(PullSecretDecision.UPDATE);
  }

  private ObservedSecret oursExpiring(Instant at) {
    return new ObservedSecret(
        "1", true, null, true, false, false, null, at, Digest.of(new byte[] {1}, ""));
  }

  private static PullSecretDecision decision(ObservedSecret observed, PullSecretContent desired) {
    return PullSecretDecision.of(observed, desired, NOW);
  }

  private static ObservedSecret ours(PullSecretContent holds, boolean immutable, Instant kept) {
    return new ObservedSecret(
        "1", true, null, true, immutable, false, kept, holds.expiresAt(), holds.digest());
  }

  private static ObservedSecret foreign() {
    return new ObservedSecret(
        "1", false, null, true, false, false, null, null, Digest.of(new byte[] {1}, ""));
  }

  private static PullSecretContent content(PolicyPlan plan) {
    return PullSecretContent.of(List.of(plan), PullSecretDecisionTest::known, NOW);
  }

  private static RegistryState known(RegistryRef ref) {
    return ref.equals(ref("cri-a")) ? state(token("a")) : RegistryState.NONE;
  }
}
