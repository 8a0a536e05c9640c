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

  /** The order of the items in the policy does not matter. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reportsTheEarliestExpiryOfItemsThatDifferOnlyInIdentity(boolean earlierFirst) {
    // given
    ResolvedRegistry own = resolvedRegistry(Identity.OWN);
    ResolvedRegistry other = resolvedRegistry(new Identity.KeySecret("account-b", null, null));
    Instant early = NOW.plus(Duration.ofMinutes(2));
    Instant late = NOW.plus(Duration.ofHours(1));
    Map<RegistryRef, Instant> ends =
        Map.of(own.ref(), earlierFirst ? early : late, other.ref(), earlierFirst ? late : early);

    // when
    Map<Tags, Instant> expiries =
        OperatorMetrics.expiries(
            List.of(plan("one", own, other)), ref -> state(token("x", ends.get(ref))));

    // then
    assertThat(expiries).isEqualTo(Map.of(TAGS, early));
  }

  private static ResolvedRegistry resolvedRegistry(Identity identity) {
    RegistryRef ref = new RegistryRef(identity, "cn-hangzhou", "cri-abc");
    return new ResolvedRegistry(
        ref, List.of("a.cn"), List.of(), "cri-abc", "cn-hangzhou", List.of());
  }
}
