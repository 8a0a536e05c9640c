// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ChaosPlanTest {

  @Test
  void sameSeedGivesTheSamePlan() {
    assertThat(names(plan(3))).isEqualTo(names(plan(3))).isNotEqualTo(names(plan(4)));
  }

  @Test
  void everyFaultOccursBeforeAnyIsRepeated() {
    // given
    int all = ChaosFaults.all().size();

    // then
    assertThat(plan(5).stream().flatMap(List::stream).limit(all).map(ChaosFault::name))
        .doesNotHaveDuplicates()
        .hasSize(all);
  }

  @Test
  void onlyIndependentFaultsOverlap() {
    // when
    List<List<ChaosFault>> pairs = plan(6).stream().filter(step -> step.size() == 2).toList();

    // then
    assertThat(pairs)
        .isNotEmpty()
        .allMatch(pair -> pair.get(0).part().combinesWith(pair.get(1).part()));
  }

  @Test
  void rejectsAnUnknownFault() {
    assertThatThrownBy(() -> ChaosOptions.parse("--only", "no-such-fault"))
        .hasMessageContaining("no-such-fault")
        .hasMessageContaining("leader-killed");
  }

  private static List<List<ChaosFault>> plan(long seed) {
    return ChaosPlan.of(ChaosOptions.parse("--faults", "200", "--seed", Long.toString(seed)));
  }

  private static List<List<String>> names(List<List<ChaosFault>> plan) {
    return plan.stream().map(step -> step.stream().map(ChaosFault::name).toList()).toList();
  }
}
