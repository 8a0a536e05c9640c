// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.index.BindingCounts.Count;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.policy.TargetSelector;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BindingCountsTest {

  private static final String OURS = "ours";

  private final ClusterCache view = new ClusterCache(OURS);
  private final PolicyIndex coverage = new PolicyIndex();
  private final BindingCounts tally = new BindingCounts(view, coverage);
  private int version;

  BindingCountsTest() {
    coverage.put(plan("all", wanted("cri-a")));
    coverage.put(
        plan(
            "default",
            TargetSelector.of(List.of("team-a"), null, null),
            TargetSelector.of(null, null, null),
            Binding.Append,
            false,
            wanted("cri-b")));
    namespace("team-a");
    namespace("team-b");
    account("team-a", "default", OURS);
    account("team-a", "builder", "foreign");
    account("team-b", "default", "foreign", OURS);
    secret("team-a", true);
    secret("team-b", true);
  }

  @Test
  void countsWhatEachPolicyMeansAndWhatOfThatIsBound() {
    assertThat(tally.of("all")).isEqualTo(new Count(3, 2));
    assertThat(tally.of("all").missing()).isEqualTo(1);
    assertThat(tally.of("default")).isEqualTo(new Count(1, 1));
    assertThat(tally.of("unknown")).isEqualTo(Count.NONE);
    assertThat(tally.bound()).isEqualTo(3);
  }

  @Test
  void anEntryCountsOnlyWhereTheSecretIsOurs() {
    // when
    secret("team-b", false);

    // then
    assertThat(tally.of("all")).isEqualTo(new Count(3, 1));
  }

  @Test
  void followsWhatHappensInOneNamespace() {
    // given
    assertThat(tally.of("all")).isEqualTo(new Count(3, 2));

    // when
    account("team-a", "builder", "foreign", OURS);
    account("team-b", "late");

    // then
    assertThat(tally.of("all")).isEqualTo(new Count(4, 3));

    // when
    view.serviceAccounts.remove("team-b/late");
    view.serviceAccounts.remove("team-b/default");

    // then
    assertThat(tally.of("all")).isEqualTo(new Count(2, 2));
  }

  @Test
  void followsPolicies() {
    // given
    tally.of("all");

    // when
    coverage.remove("all").forEach(tally::touch);
    coverage
        .put(
            plan(
                "new",
                ALL,
                TargetSelector.of(List.of("builder"), null, null),
                Binding.Append,
                false))
        .forEach(tally::touch);

    // then
    assertThat(tally.of("all")).isEqualTo(Count.NONE);
    assertThat(tally.of("new")).isEqualTo(new Count(1, 0));
    assertThat(tally.of("default")).isEqualTo(new Count(1, 1));
  }

  /** A read that finds nothing changes the count, though no watch event says so afterwards. */
  @Test
  void aPullSecretThatIsGoneBindsNothing() {
    // given
    assertThat(tally.bound()).isEqualTo(3);

    // when
    view.pullSecretGone("team-a", view.pullSecret("team-a"));

    // then
    assertThat(tally.bound()).isEqualTo(1);
  }

  @Test
  void aNamespaceThatIsGoneCountsForNothing() {
    // given
    assertThat(tally.of("all")).isEqualTo(new Count(3, 2));

    // when
    coverage.removeNamespace("team-a");
    tally.touch("team-a");

    // then
    assertThat(tally.of("all")).isEqualTo(new Count(1, 1));
    assertThat(tally.of("default")).isEqualTo(Count.NONE);
  }

  /** What is kept up by increments is what a count of everything gives. */
  @Property
  void whateverHappensTheCountsAreThoseOfARecount(
      @ForAll @Size(max = 40) List<@IntRange(max = 8_999) Integer> steps) {
    // given
    BindingCountsTest world = new BindingCountsTest();

    // when
    steps.forEach(world::run);

    // then
    int all = 0;
    int allBound = 0;
    for (String namespace : List.of("team-a", "team-b")) {
      if (world.coverage.knows(namespace)) {
        ObservedSecret secret = world.view.pullSecret(namespace);
        for (ObservedServiceAccount account :
            world.view.serviceAccounts.inNamespace(namespace).values()) {
          all++;
          allBound +=
              secret != null && secret.ours() && account.imagePullSecrets().contains(OURS) ? 1 : 0;
        }
      }
    }
    assertThat(world.tally.of("all")).isEqualTo(new Count(all, allBound));
    assertThat(world.tally.bound()).isEqualTo(allBound + world.tally.of("default").bound());
  }

  private void run(int step) {
    String namespace = step % 2 == 0 ? "team-a" : "team-b";
    String name = step / 2 % 2 == 0 ? "default" : "builder";
    switch (step / 4 % 9) {
      case 0 -> account(namespace, name, OURS);
      case 1 -> account(namespace, name, "foreign");
      case 2 -> view.serviceAccounts.remove(namespace + "/" + name);
      case 3 -> secret(namespace, step / 36 % 2 == 0);
      case 4 -> view.pullSecrets.remove(namespace + "/" + OURS);
      case 5 -> view.pullSecretGone(namespace, view.pullSecret(namespace));
      case 6 -> namespace(namespace);
      case 7 -> {
        coverage.removeNamespace(namespace);
        tally.touch(namespace);
      }
      default -> tally.of("all"); // what has been counted must be counted again
    }
  }

  @Test
  void anEventWaitsForNoCount() throws Exception {
    synchronized (tally) {
      CompletableFuture.runAsync(() -> tally.touch("team-a")).get(10, TimeUnit.SECONDS);
    }
  }

  private void namespace(String name) {
    coverage.putNamespace(name, Map.of());
    tally.touch(name);
  }

  private void account(String namespace, String name, String... entries) {
    view.serviceAccounts.applyReply(
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(name)
            .withResourceVersion(String.valueOf(++version))
            .endMetadata()
            .withImagePullSecrets(Stream.of(entries).map(LocalObjectReference::new).toList())
            .build());
  }

  private void secret(String namespace, boolean ours) {
    view.pullSecrets.applyReply(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(OURS)
            .withResourceVersion(String.valueOf(++version))
            .addToLabels(ours ? Ownership.LABELS : Map.of())
            .endMetadata()
            .build());
  }
}
