// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static java.util.stream.IntStream.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.Plans;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenExpiriesTest {

  private static final int POLICIES = 40;
  private static final int REGISTRIES = TokenExpiries.MAX_PAIRS / POLICIES;

  private final PolicyIndex policies = new PolicyIndex();

  /** The order of the items in the policy does not matter. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reportsTheEarliestExpiryOfItemsThatDifferOnlyInIdentity(boolean earlierFirst) {
    // given
    ResolvedRegistry own = registry(Identity.OWN);
    ResolvedRegistry other = registry(new Identity.KeySecret("account-b", null, null));
    Instant early = NOW.plus(Duration.ofMinutes(2));
    Instant late = NOW.plus(Duration.ofHours(1));
    Map<RegistryRef, Instant> ends =
        Map.of(own.ref(), earlierFirst ? early : late, other.ref(), earlierFirst ? late : early);
    policies.put(plan("one", own, other));

    // when
    Map<Tags, Instant> expiries =
        new TokenExpiries(policies, ref -> state(token("x", ends.get(ref)))).read();

    // then
    assertThat(expiries).isEqualTo(Map.of(tags("one", "cri-abc"), early));
  }

  @Test
  void reportsEachRegistryOnceWithItsOldestPolicyAboveTheLimit() {
    // given
    TokenExpiries expiries = new TokenExpiries(policies, ref -> state(token("x", NOW)));
    Map<Tags, Instant> pairs = new HashMap<>();
    for (int p = 0; p < POLICIES; p++) {
      String name = name(p);
      List<String> instances =
          range(0, REGISTRIES).mapToObj(n -> "cri-" + name.charAt(0) + "-" + n).toList();
      policies.put(plan(name, registries(instances)));
      instances.forEach(instance -> pairs.put(tags(name, instance), NOW));
    }
    assertThat(expiries.read()).hasSize(TokenExpiries.MAX_PAIRS).isEqualTo(pairs);
    assertThat(expiries.warning()).isEmpty();

    // when
    policies.put(plan("z-one-more", registries(List.of("cri-a-0"))));

    // then
    Map<Tags, Instant> oldest = new HashMap<>();
    range(0, REGISTRIES)
        .forEach(
            n -> {
              oldest.put(tags("a-00", "cri-a-" + n), NOW);
              oldest.put(tags("b-01", "cri-b-" + n), NOW);
              oldest.put(tags("c-02", "cri-c-" + n), NOW);
            });
    assertThat(expiries.read()).isEqualTo(oldest);
    assertThat(expiries.warning())
        .contains(
            "The policies have more than 10000 registries in total:"
                + " acr_token_expiry_timestamp_seconds has one series per registry, with its"
                + " oldest policy, instead of one per policy and registry");
    assertThat(expiries.warning()).as("once").isEmpty();

    // and
    policies.remove("z-one-more");
    assertThat(expiries.read()).isEqualTo(pairs);
    assertThat(expiries.warning()).isEmpty();
  }

  /** Its first letter is the set of registries that it has. */
  private static String name(int policy) {
    return "%c-%02d".formatted("abc".charAt(policy % 3), policy);
  }

  private static ResolvedRegistry[] registries(List<String> instances) {
    return instances.stream().map(Plans::resolvedRegistry).toArray(ResolvedRegistry[]::new);
  }

  private static ResolvedRegistry registry(Identity identity) {
    RegistryRef ref = new RegistryRef(identity, "cn-hangzhou", "cri-abc");
    return new ResolvedRegistry(
        ref, List.of("a.cn"), List.of(), "cri-abc", "cn-hangzhou", List.of());
  }

  private static Tags tags(String policy, String instance) {
    return Tags.of("policy", policy, "registry_instance", instance, "region", "cn-hangzhou");
  }
}
