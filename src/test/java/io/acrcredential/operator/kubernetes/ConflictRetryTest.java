// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The state is its own resource version. */
class ConflictRetryTest {

  private final List<String> attempts = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(ints = {404, 409, 422})
  void repeatsTheWriteOnTheLatestStateAfterAConflict(int code) {
    // when
    String written = write(code, 2, "1", "2", "3");

    // then
    assertThat(written).isEqualTo("3");
    assertThat(attempts).containsExactly("1", "2", "3");
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 422})
  void doesNotRepeatWhenTheObjectIsUnchanged(int code) {
    assertThatThrownBy(() -> write(code, 2, "1", "1", "1")).hasMessage("refused");
    assertThat(attempts).containsExactly("1");
  }

  /** An admission webhook may deny with any status. */
  @ParameterizedTest
  @ValueSource(strings = {"", "1"})
  void repeatsA409OnceWhenTheObjectIsUnchanged(String observed) {
    // given
    String version = observed.isEmpty() ? null : observed;

    // then
    assertThatThrownBy(() -> write(409, 20, version, version, version, version))
        .hasMessage("refused");
    assertThat(attempts).hasSize(2);
  }

  @Test
  void doesNotRepeatWhenTheObjectStillDoesNotExist() {
    assertThatThrownBy(() -> write(404, 2, null, null, null)).hasMessage("refused");
    assertThat(attempts).hasSize(1);
  }

  @Test
  void handsTheWriteNullWhenTheObjectIsDeleted() {
    // when
    String written = write(404, 1, "1", (String) null);

    // then
    assertThat(written).isNull();
    assertThat(attempts).containsExactly("1", null);
  }

  @Test
  void repeatsACreationThatMetAnObjectDeletedSince() {
    // when
    write(409, 1, null, (String) null);

    // then
    assertThat(attempts).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 429, 500, 0})
  void doesNotRepeatAnotherFailure(int code) {
    assertThatThrownBy(() -> write(code, 1, "1", "2")).hasMessage("refused");
    assertThat(attempts).containsExactly("1");
  }

  @Test
  void givesUpAfterTheLastAttempt() {
    // given
    int[] version = {0};
    Function<String, String> alwaysLate =
        state -> {
          attempts.add(state);
          throw new KubernetesClientException("refused", 409, null);
        };

    // then
    assertThatThrownBy(
            () -> ConflictRetry.run("0", () -> "" + ++version[0], state -> state, alwaysLate))
        .hasMessage("refused");
    assertThat(attempts).hasSize(ConflictRetry.MAX_ATTEMPTS).doesNotHaveDuplicates();
  }

  /** Fails this many times, then returns the state that was written. */
  private String write(int code, int failures, String observed, String... reads) {
    Iterator<String> latest = Arrays.asList(reads).iterator();
    return ConflictRetry.run(
        observed,
        latest::next,
        state -> state,
        state -> {
          attempts.add(state);
          if (attempts.size() <= failures) {
            throw new KubernetesClientException("refused", code, null);
          }
          return state;
        });
  }
}
