// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkFailuresTest {

  private final WorkFailures failures = new WorkFailures();

  @Test
  void showsThePermanentFailureAndCountsOtherNamespaces() {
    // given
    failures.recordFailure(new WorkItem.PullSecret("a"), failure("transient a", false));
    failures.recordFailure(new WorkItem.PullSecret("c"), failure("permanent c", true));
    failures.recordFailure(new WorkItem.Bind("c", "default"), failure("permanent bind", true));
    failures.recordFailure(new WorkItem.PullSecret("b"), failure("permanent b", true));

    // then
    assertThat(failures.worst(namespace -> true).orElseThrow().message())
        .isEqualTo("permanent bind; failures in 2 other namespaces");
    assertThat(failures.worst(namespace -> !namespace.equals("c")).orElseThrow().message())
        .isEqualTo("permanent b; failures in 1 other namespace");
    assertThat(failures.worst(namespace -> namespace.equals("a")))
        .contains(failure("transient a", false));
    assertThat(failures.worst(namespace -> namespace.equals("x"))).isEmpty();
  }

  @Test
  void showsTheWorstFailureOfEachNamespace() {
    // given
    failures.recordFailure(new WorkItem.PullSecret("a"), failure("transient a", false));
    failures.recordFailure(new WorkItem.PullSecret("c"), failure("transient c", false));
    failures.recordFailure(new WorkItem.Bind("c", "default"), failure("permanent c", true));
    failures.recordFailure(new WorkItem.SaveState(), failure("state", false));

    // then
    assertThat(failures.worstByNamespace())
        .isEqualTo(
            Map.of(
                "a", failure("transient a", false),
                "c", failure("permanent c", true),
                "", failure("state", false)));
  }

  @Test
  void forgetsAFailureAfterSuccess() {
    // given
    WorkItem work = new WorkItem.PullSecret("a");
    assertThat(failures.recordFailure(work, failure("why", true))).isTrue();
    assertThat(failures.recordFailure(work, failure("why", true))).as("known").isFalse();

    // then
    assertThat(failures.recordSuccess(work)).isTrue();
    assertThat(failures.recordSuccess(work)).isFalse();
    assertThat(failures.worst(namespace -> true)).isEmpty();
  }

  private static WorkFailure failure(String message, boolean permanent) {
    return new WorkFailure(Reason.BindingFailed, message, permanent);
  }
}
