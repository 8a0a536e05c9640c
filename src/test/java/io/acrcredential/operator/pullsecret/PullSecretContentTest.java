// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pullsecret;

import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.ref;
import static io.acrcredential.operator.testkit.Plans.refused;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static io.acrcredential.operator.testkit.Plans.withPrefixes;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.Plans;
import io.acrcredential.operator.token.RegistryState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PullSecretContentTest {

  private final Map<RegistryRef, RegistryState> states = new HashMap<>();

  PullSecretContentTest() {
    states.put(ref("cri-a"), state(token("a"), "a.listed", "a-vpc.listed"));
    states.put(ref("cri-b"), state(token("b", NOW.plusSeconds(60)), "b.listed"));
    states.put(ref(""), state(token("personal")));
  }

  @Test
  void usesGivenElseComputedElseListedDomains() {
    // when
    PullSecretContent content =
        content(
            plan(
                "p",
                resolvedRegistry("cri-a"),
                resolvedRegistry("cri-b", "given.cn"),
                resolvedRegistry("")));

    // then
    assertThat(content.auths())
        .containsOnlyKeys(
            "a.listed",
            "a-vpc.listed",
            "given.cn",
            "registry.cn-hangzhou.aliyuncs.com",
            "registry-vpc.cn-hangzhou.aliyuncs.com",
            "registry-internal.cn-hangzhou.aliyuncs.com",
            "registry-intl.cn-hangzhou.aliyuncs.com",
            "registry-intl-vpc.cn-hangzhou.aliyuncs.com");
    assertThat(content.complete()).isTrue();
    assertThat(content.expiresAt()).as("the earliest").isEqualTo(NOW.plusSeconds(60));
    assertThat(content.expiresAtText()).isEqualTo("2026-01-01T00:01:00Z");
  }

  @Test
  void givesAKeyToTheOlderPolicyAndTheFirstItem() {
    // when
    PullSecretContent content =
        content(
            plan(
                "older",
                resolvedRegistry("cri-a", "one.cn"),
                resolvedRegistry("cri-b", "one.cn", "two.cn")),
            plan("younger", resolvedRegistry("", "two.cn", "three.cn")));

    // then
    assertThat(password(content, "one.cn")).isEqualTo("a");
    assertThat(password(content, "two.cn")).isEqualTo("b");
    assertThat(password(content, "three.cn")).isEqualTo("personal");
  }

  /** Nodes remember a hash of user, password and email. */
  @Test
  void theSameTokenIsTheSameBytesInNamespacesOfOtherPolicies() {
    // given
    states.put(ref("cri-a"), withEmail(stateOf(ref("cri-a")), "ops@example.com"));
    PolicyPlan one =
        Plans.withEmail(plan("p", resolvedRegistry("cri-a", "one.cn")), "ops@example.com");
    PolicyPlan other = plan("q", resolvedRegistry("cri-a", "one.cn"));

    // then
    assertThat(content(other).encoded()).isEqualTo(content(one).encoded());
  }

  /** The entries of another component may serve the domains, so they must be kept. */
  @Test
  void isIncompleteWithoutADomainForAToken() {
    // given
    states.put(ref("cri-b"), state(token("b", NOW.plusSeconds(60))));

    // when
    PullSecretContent content =
        content(plan("p", resolvedRegistry("cri-a"), resolvedRegistry("cri-b")));

    // then
    assertThat(content.complete()).isFalse();
    assertThat(content.auths()).containsOnlyKeys("a.listed", "a-vpc.listed");
    assertThat(content.expiresAt()).as("of the tokens in it").isEqualTo(token("a").expiresAt());
  }

  @Test
  void distinguishesEntriesOfOneHostByPrefix() {
    // when
    PullSecretContent content =
        content(
            plan(
                "p",
                withPrefixes(resolvedRegistry("cri-a", "one.cn"), "team-a", "x/y"),
                withPrefixes(resolvedRegistry("cri-b", "one.cn"), "team-b")));

    // then
    assertThat(content.auths()).containsOnlyKeys("one.cn/team-a/", "one.cn/x/y/", "one.cn/team-b/");
    assertThat(password(content, "one.cn/team-b/")).isEqualTo("b");
  }

  @Test
  void usesTheEmailOfEachToken() {
    // given
    states.put(ref("cri-a"), withEmail(stateOf(ref("cri-a")), "ops@example.com"));

    // when
    PullSecretContent content =
        content(
            plan("p", resolvedRegistry("cri-a", "one.cn"), resolvedRegistry("cri-b", "two.cn")));

    // then
    assertThat(content.auths().get("one.cn").get("email").asText()).isEqualTo("ops@example.com");
    assertThat(content.auths().get("two.cn").has("email")).isFalse();
  }

  @Test
  void omitsExpiredAndMissingTokensAndIsIncomplete() {
    // when
    PullSecretContent content =
        PullSecretContent.of(
            List.of(
                plan(
                    "p",
                    resolvedRegistry("cri-a", "one.cn"),
                    resolvedRegistry("cri-b", "two.cn"),
                    resolvedRegistry("cri-x"))),
            this::stateOf,
            NOW.plusSeconds(60));

    // then
    assertThat(content.auths()).containsOnlyKeys("one.cn");
    assertThat(content.complete()).isFalse();
  }

  @Test
  void ignoresInvalidItems() {
    // when
    PullSecretContent content = content(plan("p", refused(), resolvedRegistry("cri-a", "one.cn")));

    // then
    assertThat(content.auths()).containsOnlyKeys("one.cn");
  }

  @Test
  void rendersTheSameBytesForAnyOrderOfItems() {
    // given
    List<ResolvedRegistry> items =
        new ArrayList<>(
            List.of(
                resolvedRegistry("cri-a", "z.cn", "a.cn"),
                resolvedRegistry("cri-b", "m.cn"),
                resolvedRegistry("", "b.cn")));
    PullSecretContent first = content(plan("p", items.toArray(ResolvedRegistry[]::new)));

    for (int seed = 0; seed < 20; seed++) {
      // when
      Collections.shuffle(items, new Random(seed));
      PullSecretContent again = content(plan("p", items.toArray(ResolvedRegistry[]::new)));

      // then
      assertThat(again.encoded()).isEqualTo(first.encoded());
      assertThat(again.digest()).isEqualTo(first.digest());
    }
  }

  @Test
  void digestDependsOnTokenAndExpiry() {
    // given
    Digest before = content(plan("p", resolvedRegistry("cri-a", "one.cn"))).digest();

    // when
    states.put(ref("cri-a"), state(token("a", NOW.plus(Duration.ofHours(2)))));
    Digest otherEnd = content(plan("p", resolvedRegistry("cri-a", "one.cn"))).digest();
    states.put(ref("cri-a"), state(token("other")));
    Digest otherToken = content(plan("p", resolvedRegistry("cri-a", "one.cn"))).digest();

    // then
    assertThat(before).isNotEqualTo(otherEnd).isNotEqualTo(otherToken);
  }

  @Test
  void omitsTheYoungestPoliciesAboveTheSizeLimit() {
    // given: somewhat less than a third of the limit each
    PolicyPlan[] plans =
        IntStream.range(0, 4)
            .mapToObj(i -> plan("p" + i, resolvedRegistry("cri-a", domains(i, 1_500))))
            .toArray(PolicyPlan[]::new);
    states.put(ref("cri-a"), state(token("x".repeat(30))));

    // when
    PullSecretContent content = content(plans);

    // then
    assertThat(content.omittedPolicies()).containsExactly("p3");
    assertThat(Base64.getDecoder().decode(content.encoded()).length)
        .isLessThanOrEqualTo(PullSecretContent.MAX_BYTES);
    assertThat(content.auths()).hasSize(4_500);
  }

  @Test
  void mergesForeignEntriesOfOtherKeys() {
    // given
    PullSecretContent ours = content(plan("p", resolvedRegistry("cri-a", "one.cn")));

    // when
    PullSecretContent kept =
        ours.mergedWith(
            new TreeMap<>(
                Map.of(
                    "one.cn", DockerConfig.entry("them", "theirs", null),
                    "their.cn", DockerConfig.entry("them", "theirs", null))));

    // then
    assertThat(kept.auths()).containsOnlyKeys("one.cn", "their.cn");
    assertThat(password(kept, "one.cn")).isEqualTo("a");
    assertThat(kept.digest()).isNotEqualTo(ours.digest());
  }

  private static String[] domains(int policy, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "host-%d-%d.example.cn".formatted(policy, i))
        .toArray(String[]::new);
  }

  private PullSecretContent content(PolicyPlan... plans) {
    return PullSecretContent.of(List.of(plans), this::stateOf, NOW);
  }

  private static RegistryState withEmail(RegistryState state, String email) {
    return new RegistryState(
        state.token(),
        email,
        state.domains(),
        state.domainsListedAt(),
        state.error(),
        state.failedAt(),
        state.nextTryAt());
  }

  private RegistryState stateOf(RegistryRef ref) {
    return states.getOrDefault(ref, RegistryState.NONE);
  }

  private static String password(PullSecretContent content, String key) {
    return content.auths().get(key).get("password").asText();
  }
}
