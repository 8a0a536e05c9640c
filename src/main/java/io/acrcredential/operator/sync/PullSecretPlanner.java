// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.PullSecretContentCache;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.pullsecret.PullSecretDecision;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Compares a pull Secret with what the policies of its namespace require. */
public final class PullSecretPlanner {

  /**
   * What to do with a pull Secret.
   *
   * @param recheckAfter when the decision may change without an event; empty = never
   */
  record Plan(
      PullSecretContent content, PullSecretDecision decision, Optional<Duration> recheckAfter) {}

  private final PullSecretContentCache contents;
  private final Clock clock;

  public PullSecretPlanner(PullSecretContentCache contents, Clock clock) {
    this.contents = contents;
    this.clock = clock;
  }

  /**
   * Whether the pull Secret holds everything that there is for it.
   *
   * @param observed null = the namespace has no pull Secret
   * @param policies those that cover its namespace
   */
  public boolean isCurrent(ObservedSecret observed, List<PolicyPlan> policies) {
    return switch (plan(observed, policies).decision()) {
      case KEEP, KEEP_UNTIL_EXPIRY -> true;
      // The entries that exist are written, together with those of another component.
      case TAKE_OVER_KEEPING -> observed.owned();
      case CREATE, UPDATE, RECREATE, TAKE_OVER, OCCUPIED, WAIT_FOR_DELETION -> false;
    };
  }

  /**
   * @param observed null = the namespace has no pull Secret
   */
  Plan plan(ObservedSecret observed, List<PolicyPlan> policies) {
    Instant now = clock.instant();
    PullSecretContent content = contents.get(policies);
    PullSecretDecision decision = PullSecretDecision.of(observed, content, now);
    Optional<Duration> recheckAfter =
        switch (decision) {
          case TAKE_OVER_KEEPING -> Optional.of(PullSecretDecision.KEEP_FOREIGN);
          case KEEP_UNTIL_EXPIRY -> Optional.of(Duration.between(now, observed.expiresAt()));
          default -> Optional.empty();
        };
    return new Plan(content, decision, recheckAfter);
  }
}
