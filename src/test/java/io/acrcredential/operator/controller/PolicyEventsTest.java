// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.ref;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.controller.StatusInputs.Coverage;
import io.acrcredential.operator.index.BindingCounts.Count;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.kubernetes.EventRecorder.EventNote;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.testkit.Plans;
import io.acrcredential.operator.token.RegistryState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PolicyEventsTest {

  private final ManualTime time = new ManualTime(NOW);
  private final StatusFactory factory = new StatusFactory(time.clock());
  private final List<EventNote> recorded = new ArrayList<>();
  private final PolicyEvents events =
      new PolicyEvents(
          new EventRecorder(null, (kind, verb) -> {}, time.clock(), note -> recorded.add(note)));
  private final AcrCredentialPolicy policy = new AcrCredentialPolicy();
  private final Map<RegistryRef, RegistryState> states = new HashMap<>();
  private List<String> registries = List.of("cri-a");
  private Coverage coverage = new Coverage(1, List.of(), List.of(), 0);
  private Count accounts = new Count(1, 1);
  private Instant unboundSince;

  PolicyEventsTest() {
    policy.getMetadata().setName("p");
    states.put(ref("cri-a"), state(token("secret"), "a.cn"));
  }

  @Test
  void recordsReadinessOnceEverythingIsBound() {
    // given
    accounts = new Count(1, 0);
    reconcile();
    assertThat(recorded).isEmpty();

    // when
    accounts = new Count(1, 1);
    reconcile();
    reconcile();

    // then
    assertThat(recorded)
        .extracting(EventNote::type, EventNote::reason, EventNote::message)
        .containsExactly(tuple("Normal", "Ready", "1 of 1 ServiceAccount in 1 namespace is bound"));
  }

  @Test
  void warnsAtTheFirstFailedRefreshThoughTheTokenIsValid() {
    // given
    reconcile();
    recorded.clear();

    // when
    fails("R-1");
    reconcile();
    time.advance(Duration.ofSeconds(30));
    fails("R-2");
    reconcile();

    // then
    assertThat(recorded).hasSize(1);
    assertThat(recorded.get(0).type()).isEqualTo("Warning");
    assertThat(recorded.get(0).reason()).isEqualTo("Throttled");
    assertThat(recorded.get(0).message())
        .contains("cri-a: Throttled: too fast", "slow down", "valid until 2026-01-01T01:00:00Z");
  }

  @Test
  void doesNotWarnThatBindingWaitsForAToken() {
    // given
    accounts = new Count(1, 0);
    unboundSince = NOW.minusSeconds(60);

    // when
    states.put(ref("cri-a"), refused());
    reconcile();

    // then
    assertThat(recorded).extracting(EventNote::reason).containsExactly("AccessDenied");

    // when there is a token, but the entry is still missing
    states.put(ref("cri-a"), state(token("secret"), "a.cn"));
    reconcile();

    // then
    assertThat(recorded).extracting(EventNote::reason).containsExactly("AccessDenied", "Binding");
  }

  @Test
  void warnsOnceHoweverManyStepsTheBindingTakes() {
    // given
    unboundSince = NOW.minusSeconds(60);

    // when
    for (int bound = 0; bound < 100; bound++) {
      accounts = new Count(100, bound);
      coverage = new Coverage(100 + bound, List.of(), List.of(), 100 - bound);
      reconcile();
    }

    // then
    assertThat(recorded)
        .extracting(EventNote::reason, EventNote::message)
        .containsExactly(
            tuple(
                "Binding",
                "0 of 100 ServiceAccounts in 100 namespaces are bound;"
                    + " 100 pull Secrets to be written"));
  }

  @Test
  void warnsOnceOfAMissingNamespaceWhileOthersAreBound() {
    // given
    coverage = new Coverage(1, List.of("typo"), List.of(), 0);

    // when
    for (int bound = 0; bound < 100; bound++) {
      accounts = new Count(100, bound);
      reconcile();
    }

    // then
    assertThat(recorded).extracting(EventNote::reason).containsExactly("NamespaceMissing");
  }

  @Test
  void doesNotWarnOfTokensThatAreBeingFetched() {
    // given
    registries = List.of("cri-a", "cri-b");

    // when
    reconcile();

    // then
    assertThat(policy.getStatus().condition("TokensFresh"))
        .hasValueSatisfying(fresh -> assertThat(fresh.getReason()).isEqualTo("PartlyFresh"));
    assertThat(recorded).isEmpty();

    // when
    states.put(ref("cri-b"), refused());
    reconcile();

    // then
    assertThat(recorded).extracting(EventNote::reason).containsExactly("PartlyFresh");
  }

  @Test
  void warnsOnceOfMoreRegistriesThanTheMessageShows() {
    // given
    registries = IntStream.range(0, 50).mapToObj(n -> "cri-" + n).toList();
    states.clear();

    // when they fail one after the other
    for (String registry : registries) {
      states.put(ref(registry), refused());
      reconcile();
    }

    // then the message changes only until it is full
    assertThat(recorded).hasSizeLessThan(10);
  }

  private static RegistryState refused() {
    return new RegistryState(
        null,
        "",
        List.of(),
        NOW,
        new AlibabaCloudException(Reason.AccessDenied, "Forbidden.RAM", "no", "add it.", "R-1"),
        NOW,
        NOW.plusSeconds(60));
  }

  private void fails(String requestId) {
    states.put(
        ref("cri-a"),
        new RegistryState(
            token("secret"),
            "",
            List.of("a.cn"),
            NOW,
            new AlibabaCloudException(
                Reason.Throttled, "Throttled", "too fast", "slow down.", requestId),
            time.now(),
            time.now().plusSeconds(60)));
  }

  private void reconcile() {
    StatusInputs inputs =
        new StatusInputs(
            new StatusInputs.Spec(
                plan(
                    "p",
                    registries.stream()
                        .map(Plans::resolvedRegistry)
                        .toArray(ResolvedRegistry[]::new)),
                List.of(),
                List.of(),
                false),
            new StatusInputs.Tokens(
                ref -> states.getOrDefault(ref, RegistryState.NONE),
                Identity::describe,
                ref -> Optional.empty(),
                ref -> true),
            new StatusInputs.Bindings(coverage, accounts, unboundSince, Optional.empty()),
            new StatusInputs.ConfigMap("", "", Optional.empty()),
            "",
            Optional.empty(),
            Optional.empty());
    AcrCredentialPolicyStatus status = factory.status(policy.getStatus(), inputs);
    events.record(policy, status, inputs);
    policy.setStatus(status);
  }
}
