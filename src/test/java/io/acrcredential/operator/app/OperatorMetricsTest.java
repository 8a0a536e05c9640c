// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorMetricsTest {

  private static final Tags TAGS =
      Tags.of("policy", "one", "instance", "cri-abc", "region", "cn-hangzhou");

  /** Which of them comes first in the policy must not matter. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reportsTheEarliestExpiryOfItemsThatDifferOnlyInIdentity(boolean earlierFirst) {
    // given
    ResolvedRegistry own = wanted(Identity.OWN);
    ResolvedRegistry other = wanted(new Identity.KeySecret("account-b", null, null));
    Instant early = NOW.plus(Duration.ofMinutes(2));
    Instant late = NOW.plus(Duration.ofHours(1));
    Map<RegistryRef, Instant> ends =
        Map.of(own.ref(), earlierFirst ? early : late, other.ref(), earlierFirst ? late : early);

    // when
    Map<Tags, Instant> told =
        OperatorMetrics.expiries(
            List.of(plan("one", own, other)), ref -> state(token("x", ends.get(ref))));

    // then
    assertThat(told).isEqualTo(Map.of(TAGS, early));
  }

  private static ResolvedRegistry wanted(Identity identity) {
    RegistryRef ref = new RegistryRef(identity, "cn-hangzhou", "cri-abc");
    return new ResolvedRegistry(
        ref, List.of("a.cn"), List.of(), "cri-abc", "cn-hangzhou", List.of());
  }
}
