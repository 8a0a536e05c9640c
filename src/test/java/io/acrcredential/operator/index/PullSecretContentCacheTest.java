// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.token.RegistryState;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PullSecretContentCacheTest {

  private static final RegistryState LARGE = state(token("x".repeat(16_000)));

  private final PullSecretContentCache contents =
      new PullSecretContentCache(ref -> LARGE, Clock.fixed(NOW, ZoneOffset.UTC));

  @Test
  void computesTheContentOfAListOnce() {
    // given
    List<PolicyPlan> policies = policies(0);

    // when
    PullSecretContent content = contents.get(policies);

    // then
    assertThat(contents.get(policies)).isSameAs(content);

    // and
    contents.clear();
    assertThat(contents.get(policies)).isNotSameAs(content);
  }

  /** As where each namespace has a policy of its own. */
  @Test
  void keepsNoMoreThanTheLimit() {
    // given
    List<PolicyPlan> first = policies(0);
    PullSecretContent content = contents.get(first);
    int length = content.encoded().length();
    int fitting = PullSecretContentCache.MAX_LENGTH / length;
    assertThat(fitting).isGreaterThan(2);

    // when
    for (int n = 1; n < fitting; n++) {
      contents.get(policies(n));
    }

    // then
    assertThat(contents.get(first)).isSameAs(content);

    // when
    List<PolicyPlan> last = policies(fitting);
    PullSecretContent lastContent = contents.get(last);

    // then
    assertThat(contents.get(last)).isSameAs(lastContent);
    assertThat(contents.get(first)).isNotSameAs(content).isEqualTo(content);
  }

  /** The content of each number has the same length. */
  private static List<PolicyPlan> policies(int number) {
    return List.of(
        plan(
            "p",
            IntStream.range(0, 16)
                .mapToObj(n -> resolvedRegistry("cri-%03d".formatted(n), domain(number, n)))
                .toArray(ResolvedRegistry[]::new)));
  }

  private static String domain(int list, int item) {
    return "%03d-%03d.cn".formatted(list, item);
  }
}
