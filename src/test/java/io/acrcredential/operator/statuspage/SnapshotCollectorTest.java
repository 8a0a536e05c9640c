// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import static io.acrcredential.operator.statuspage.Statuses.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.policy.TargetSelector;
import io.acrcredential.operator.queue.WorkFailures;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.statuspage.Snapshot.Coverage;
import io.acrcredential.operator.testkit.Plans;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SnapshotCollectorTest {

  private final ClusterCache cache = new ClusterCache("pull");
  private final PolicyIndex policies = new PolicyIndex();
  private final BindingCounts bindings = new BindingCounts(cache, policies);
  private final WorkFailures failures = new WorkFailures();
  private final AcrCredentialPolicy stored = new AcrCredentialPolicy();
  private boolean leads = true;
  private final SnapshotCollector collector =
      new SnapshotCollector(
          "operator-0",
          new WriteFence() {
            @Override
            public void permit(String kind, String verb) {
              throw new NotLeadingException();
            }

            @Override
            public boolean isOpen() {
              return leads;
            }
          },
          () -> List.of("a note"),
          new ClusterState(cache, policies, bindings, failures),
          Clock.fixed(NOW.plus(Duration.ofMillis(19_999)), ZoneOffset.UTC));

  SnapshotCollectorTest() {
    stored.getMetadata().setName("stored");
    policies.put(
        plan(
            "team",
            TargetSelector.of(List.of("team-a", "team-b"), null, null),
            Plans.ALL,
            Binding.Append,
            false,
            resolvedRegistry("cri-a")));
    for (String name : List.of("team-a", "team-b", "other")) {
      cache.namespaces.applyReply(
          new NamespaceBuilder()
              .withNewMetadata()
              .withName(name)
              .withResourceVersion("1")
              .endMetadata()
              .build());
      policies.putNamespace(name, Map.of());
      cache.serviceAccounts.applyReply(
          new ServiceAccountBuilder()
              .withNewMetadata()
              .withNamespace(name)
              .withName("default")
              .withResourceVersion("1")
              .endMetadata()
              .build());
    }
    cache.pullSecrets.applyReply(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace("team-a")
            .withName("pull")
            .withResourceVersion("1")
            .addToAnnotations(Ownership.annotations("team-a"))
            .endMetadata()
            .build());
  }

  @Test
  void theLeaderKnowsTheCoverage() {
    // given
    WorkFailure failure = new WorkFailure(Reason.SecretOccupied, "why", true);
    failures.recordFailure(new WorkItem.PullSecret("team-b"), failure);

    // when
    Coverage coverage = collector.collect(List.of(stored)).coverage().orElseThrow();

    // then
    assertThat(coverage)
        .isEqualTo(
            new Coverage(
                3,
                2,
                1,
                List.of(
                    new NamespaceRow("team-b", 1, Optional.of(failure)),
                    new NamespaceRow("team-a", 1, Optional.empty()))));
  }

  @Test
  void aStandbyReplicaShowsThePoliciesAlone() {
    // given
    leads = false;

    // when
    Snapshot snapshot = collector.collect(List.of(stored));

    // then
    assertThat(snapshot.coverage()).isEmpty();
    assertThat(snapshot.policies()).containsExactly(new PolicyRow("stored", null));
    assertThat(snapshot.replica())
        .isEqualTo(new Snapshot.Replica("operator-0", false, List.of("a note")));
  }

  /** So that a page without news is the same for ten seconds. */
  @Test
  void roundsTheTimeDown() {
    assertThat(collector.collect(List.of(stored)).now()).isEqualTo(NOW.plusSeconds(10));
  }
}
