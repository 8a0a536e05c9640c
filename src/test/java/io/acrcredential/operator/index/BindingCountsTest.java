// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
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

  private final ClusterCache cache = new ClusterCache(OURS);
  private final PolicyIndex policies = new PolicyIndex();
  private final BindingCounts bindingCounts = new BindingCounts(cache, policies);
  private int version;

  BindingCountsTest() {
    policies.put(plan("all", resolvedRegistry("cri-a")));
    policies.put(
        plan(
            "default",
            TargetSelector.of(List.of("team-a"), null, null),
            TargetSelector.of(null, null, null),
            Binding.Append,
            false,
            resolvedRegistry("cri-b")));
    namespace("team-a");
    namespace("team-b");
    account("team-a", "default", OURS);
    account("team-a", "builder", "foreign");
    account("team-b", "default", "foreign", OURS);
    secret("team-a", true);
    secret("team-b", true);
  }

  @Test
  void countsDesiredAndBoundServiceAccountsOfEachPolicy() {
    assertThat(bindingCounts.count("all")).isEqualTo(new Count(3, 2));
    assertThat(bindingCounts.count("all").missing()).isEqualTo(1);
    assertThat(bindingCounts.count("default")).isEqualTo(new Count(1, 1));
    assertThat(bindingCounts.count("unknown")).isEqualTo(Count.NONE);
    assertThat(bindingCounts.totalBound()).isEqualTo(3);
  }

  @Test
  void countsAnEntryOnlyIfTheOperatorOwnsTheSecret() {
    // when
    secret("team-b", false);

    // then
    assertThat(bindingCounts.count("all")).isEqualTo(new Count(3, 1));
  }

  @Test
  void followsEventsOfANamespace() {
    // given
    assertThat(bindingCounts.count("all")).isEqualTo(new Count(3, 2));

    // when
    account("team-a", "builder", "foreign", OURS);
    account("team-b", "late");

    // then
    assertThat(bindingCounts.count("all")).isEqualTo(new Count(4, 3));

    // when
    cache.serviceAccounts.remove("team-b/late");
    cache.serviceAccounts.remove("team-b/default");

    // then
    assertThat(bindingCounts.count("all")).isEqualTo(new Count(2, 2));
  }

  @Test
  void followsPolicyChanges() {
    // given
    bindingCounts.count("all");

    // when
    policies.remove("all").forEach(bindingCounts::markChanged);
    policies
        .put(
            plan(
                "new",
                ALL,
                TargetSelector.of(List.of("builder"), null, null),
                Binding.Append,
                false))
        .forEach(bindingCounts::markChanged);

    // then
    assertThat(bindingCounts.count("all")).isEqualTo(Count.NONE);
    assertThat(bindingCounts.count("new")).isEqualTo(new Count(1, 0));
    assertThat(bindingCounts.count("default")).isEqualTo(new Count(1, 1));
  }

  @Test
  void namesTheNamespacesWithServiceAccountsThatAreNotBound() {
    // given
    account("team-a", "late");
    policies
        .put(plan("suspended", ALL, ALL, Binding.Append, true, resolvedRegistry("cri-c")))
        .forEach(bindingCounts::markChanged);

    // then: the most that one policy misses, and nothing for a suspended one
    assertThat(bindingCounts.missingByNamespace()).isEqualTo(Map.of("team-a", 2));

    // when
    policies.remove("all").forEach(bindingCounts::markChanged);

    // then
    assertThat(bindingCounts.missingByNamespace()).isEmpty();
  }

  /** A read that finds nothing changes the count, though no watch event says so afterwards. */
  @Test
  void countsNothingAsBoundWithoutAPullSecret() {
    // given
    assertThat(bindingCounts.totalBound()).isEqualTo(3);

    // when
    cache.removePullSecret("team-a", cache.pullSecret("team-a"));

    // then
    assertThat(bindingCounts.totalBound()).isEqualTo(1);
  }

  @Test
  void removesTheCountsOfADeletedNamespace() {
    // given
    assertThat(bindingCounts.count("all")).isEqualTo(new Count(3, 2));

    // when
    policies.removeNamespace("team-a");
    bindingCounts.markChanged("team-a");

    // then
    assertThat(bindingCounts.count("all")).isEqualTo(new Count(1, 1));
    assertThat(bindingCounts.count("default")).isEqualTo(Count.NONE);
  }

  /** What is kept up by increments is what a count of everything gives. */
  @Property
  void equalsARecountAfterAnyEvents(
      @ForAll @Size(max = 40) List<@IntRange(max = 8_999) Integer> steps) {
    // given
    BindingCountsTest world = new BindingCountsTest();

    // when
    steps.forEach(world::run);

    // then
    int all = 0;
    int allBound = 0;
    for (String namespace : List.of("team-a", "team-b")) {
      if (world.policies.containsNamespace(namespace)) {
        ObservedSecret secret = world.cache.pullSecret(namespace);
        for (ObservedServiceAccount account :
            world.cache.serviceAccounts.inNamespace(namespace).values()) {
          all++;
          allBound +=
              secret != null && secret.owned() && account.imagePullSecrets().contains(OURS) ? 1 : 0;
        }
      }
    }
    assertThat(world.bindingCounts.count("all")).isEqualTo(new Count(all, allBound));
    assertThat(world.bindingCounts.totalBound())
        .isEqualTo(allBound + world.bindingCounts.count("default").bound());
  }

  private void run(int step) {
    String namespace = step % 2 == 0 ? "team-a" : "team-b";
    String name = step / 2 % 2 == 0 ? "default" : "builder";
    switch (step / 4 % 9) {
      case 0 -> account(namespace, name, OURS);
      case 1 -> account(namespace, name, "foreign");
      case 2 -> cache.serviceAccounts.remove(namespace + "/" + name);
      case 3 -> secret(namespace, step / 36 % 2 == 0);
      case 4 -> cache.pullSecrets.remove(namespace + "/" + OURS);
      case 5 -> cache.removePullSecret(namespace, cache.pullSecret(namespace));
      case 6 -> namespace(namespace);
      case 7 -> {
        policies.removeNamespace(namespace);
        bindingCounts.markChanged(namespace);
      }
      default -> bindingCounts.count("all"); // what has been counted must be counted again
    }
  }

  @Test
  void doesNotBlockEventsDuringACount() throws Exception {
    synchronized (bindingCounts) {
      CompletableFuture.runAsync(() -> bindingCounts.markChanged("team-a"))
          .get(30, TimeUnit.SECONDS);
    }
  }

  private void namespace(String name) {
    policies.putNamespace(name, Map.of());
    bindingCounts.markChanged(name);
  }

  private void account(String namespace, String name, String... entries) {
    cache.serviceAccounts.applyReply(
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
    cache.pullSecrets.applyReply(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(OURS)
            .withResourceVersion(String.valueOf(++version))
            .addToAnnotations(ours ? Ownership.annotations(namespace) : Map.of())
            .endMetadata()
            .build());
  }
}
