// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdmissionStateTest {

  private final AdmissionState state = new AdmissionState(Set.of("kube-system"));
  private int changes;
  private int contradictions;

  @BeforeEach
  void listen() {
    state.listen(() -> changes++, () -> contradictions++);
  }

  @Test
  void triesAnEmptyPatchOnceUntilItIsKnownWhetherItIsUseful() {
    assertThat(state.mayBind("team")).isTrue();
    assertThat(state.mayBind("team")).as("a second one before the result of the first").isFalse();
    state.record(false);
    assertThat(state.mayBind("team")).isFalse();
    state.record(true);
    assertThat(state.mayBind("team")).isTrue();
  }

  @Test
  void namespacesThatAreLeftOutShowNothing() {
    // then
    assertThat(state.mayBind("kube-system")).isFalse();

    // when
    state.record(true);
    state.onCreated("kube-system", false);

    // then
    assertThat(state.mayBind("kube-system")).isFalse();
    assertThat(contradictions).isZero();
  }

  @Test
  void isQuietWhereItNeverWorked() {
    // when
    state.record(false);
    state.record(false);

    // then
    assertThat(state.note(1)).isEmpty();
    assertThat(state.isActive()).isFalse();
    assertThat(changes).isOne();
  }

  @Test
  void saysThatItWorksAndThatItStopped() {
    // when
    state.onEmptyPatch(true);

    // then
    assertThat(state.isActive()).isTrue();
    assertThat(state.note(1)).isEqualTo("; new ones are bound at admission");

    // when
    state.record(false);

    // then
    assertThat(state.isActive()).isFalse();
    assertThat(state.note(1)).contains("does not work any more");
    assertThat(state.mayBind("team")).isFalse();

    // when
    state.record(true);

    // then
    assertThat(state.note(1)).isEqualTo("; new ones are bound at admission");
    assertThat(changes).isEqualTo(3);
  }

  /** The API server may not know a new policy yet, so only a dry run decides. */
  @Test
  void oneServiceAccountDecidesNothing() {
    // given
    state.record(true);

    // when
    state.onEmptyPatch(false);
    state.onCreated("team", false);

    // then
    assertThat(state.isActive()).isTrue();
    assertThat(contradictions).isEqualTo(2);

    // when
    state.onCreated("team", true);

    // then
    assertThat(contradictions).isEqualTo(2);
  }

  @Test
  void isCheckedWithTheFirstServiceAccount() {
    // when
    state.onCreated("team", true);

    // then
    assertThat(contradictions).isOne();
    assertThat(state.isActive()).as("it may have been written by hand").isFalse();
  }

  @Test
  void isCheckedWhenServiceAccountsComeWithTheEntry() {
    // given
    state.record(false);

    // when
    state.onCreated("team", false);
    assertThat(contradictions).isZero();
    state.onCreated("team", true);

    // then
    assertThat(contradictions).isOne();
  }

  @Test
  void warnsOfManyPolicies() {
    // given
    state.record(true);

    // then
    assertThat(state.note(20)).isEqualTo("; new ones are bound at admission");
    assertThat(state.note(21))
        .isEqualTo(
            "; new ones are bound at admission, where 21 policies slow down each change of a"
                + " ServiceAccount: merge some, or set bindAtCreation: false");

    // when it does not work
    state.record(false);
    assertThat(state.note(21)).doesNotContain("21");
  }
}
