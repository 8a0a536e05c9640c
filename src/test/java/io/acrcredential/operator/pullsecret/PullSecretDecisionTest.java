package io.acrcredential.operator.pullsecret;

import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.ref;
import static io.acrcredential.operator.testkit.Plans.refused;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static io.acrcredential.operator.testkit.Plans.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.RegistryState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PullSecretDecisionTest {

  private final PullSecretContent whole = content(plan("p", wanted("cri-a", "one.cn")));
  private final PullSecretContent partly =
      content(plan("p", wanted("cri-a", "one.cn"), wanted("cri-x", "two.cn")));
  private final PullSecretContent nothingYet = content(plan("p", wanted("cri-x", "two.cn")));
  private final PullSecretContent nothingAccepted = content(plan("p", refused()));

  @Test
  void createdOnceThereIsSomethingToHold() {
    assertThat(decision(null, whole)).isEqualTo(PullSecretDecision.CREATE);
    assertThat(decision(null, partly)).isEqualTo(PullSecretDecision.CREATE);
    assertThat(decision(null, nothingYet)).isEqualTo(PullSecretDecision.KEEP);
  }

  @Test
  void oursIsWrittenOnlyWhenItDiffers() {
    assertThat(decision(ours(whole, false, null), whole)).isEqualTo(PullSecretDecision.KEEP);
    assertThat(decision(ours(partly, false, null), partly)).isEqualTo(PullSecretDecision.KEEP);
    assertThat(decision(ours(nothingYet, false, null), whole)).isEqualTo(PullSecretDecision.UPDATE);
    assertThat(decision(ours(nothingYet, true, null), whole))
        .isEqualTo(PullSecretDecision.RECREATE);
  }

  @Test
  void oneOfAnotherTypeIsLeftAlone() {
    // given
    ObservedSecret opaque =
        new ObservedSecret("1", false, false, false, null, null, whole.digest());

    // then
    assertThat(decision(opaque, whole)).isEqualTo(PullSecretDecision.OCCUPIED);
    assertThat(
            decision(
                new ObservedSecret("1", true, false, false, null, null, whole.digest()), whole))
        .isEqualTo(PullSecretDecision.OCCUPIED);
  }

  @Test
  void anothersIsTakenOverWhenOursAreReadyAndBesideTheirsUntilThen() {
    assertThat(decision(foreign(), whole)).isEqualTo(PullSecretDecision.TAKE_OVER);
    assertThat(decision(foreign(), partly)).isEqualTo(PullSecretDecision.TAKE_OVER_KEEPING);
    assertThat(decision(foreign(), nothingYet)).isEqualTo(PullSecretDecision.KEEP);
  }

  @Test
  void aPolicyOfWrongValuesTakesNothingFromAnother() {
    assertThat(decision(foreign(), nothingAccepted)).isEqualTo(PullSecretDecision.KEEP);
  }

  @Test
  void theirsStayAnHourAtMost() {
    assertThat(decision(ours(partly, false, NOW), partly))
        .isEqualTo(PullSecretDecision.TAKE_OVER_KEEPING);
    assertThat(decision(ours(partly, false, NOW), whole))
        .as("ours are ready")
        .isEqualTo(PullSecretDecision.UPDATE);
    Instant hourAgo = NOW.minus(Duration.ofHours(1));
    assertThat(decision(ours(partly, false, hourAgo.plusSeconds(1)), partly))
        .isEqualTo(PullSecretDecision.TAKE_OVER_KEEPING);
    assertThat(decision(ours(partly, false, hourAgo), partly)).isEqualTo(PullSecretDecision.UPDATE);
    assertThat(decision(ours(partly, false, NOW.plusSeconds(1)), partly))
        .as("a time to come is a forgery")
        .isEqualTo(PullSecretDecision.UPDATE);
  }

  @Test
  void validTokensThatWeCannotAccountForAreNotReplacedByNothing() {
    for (PullSecretContent nothing : List.of(nothingYet, nothingAccepted)) {
      assertThat(decision(oursExpiring(NOW.plusSeconds(1)), nothing))
          .isEqualTo(PullSecretDecision.KEEP_UNTIL_EXPIRY);
      assertThat(decision(oursExpiring(NOW), nothing))
          .as("expired")
          .isEqualTo(PullSecretDecision.UPDATE);
      assertThat(decision(oursExpiring(NOW.plus(Duration.ofHours(12)).plusSeconds(1)), nothing))
          .as("no token lives that long: a forgery")
          .isEqualTo(PullSecretDecision.UPDATE);
    }
    assertThat(decision(oursExpiring(NOW.plusSeconds(1)), partly))
        .as("we have a token")
        .isEqualTo(PullSecretDecision.UPDATE);
  }

  private ObservedSecret oursExpiring(Instant at) {
    return new ObservedSecret("1", true, true, false, null, at, Digest.of(new byte[] {1}, ""));
  }

  private static PullSecretDecision decision(ObservedSecret observed, PullSecretContent wanted) {
    return PullSecretDecision.of(observed, wanted, NOW);
  }

  private static ObservedSecret ours(PullSecretContent holds, boolean immutable, Instant kept) {
    return new ObservedSecret("1", true, true, immutable, kept, holds.expiresAt(), holds.digest());
  }

  private static ObservedSecret foreign() {
    return new ObservedSecret("1", false, true, false, null, null, Digest.of(new byte[] {1}, ""));
  }

  private static PullSecretContent content(PolicyPlan plan) {
    return PullSecretContent.of(List.of(plan), PullSecretDecisionTest::known, NOW);
  }

  private static RegistryState known(RegistryRef ref) {
    return ref.equals(ref("cri-a")) ? state(token("a")) : RegistryState.NONE;
  }
}
