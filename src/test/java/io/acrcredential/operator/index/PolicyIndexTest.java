// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.ref;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.withRefreshBefore;
import static java.util.stream.IntStream.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.policy.TargetSelector;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.testkit.Plans;
import io.acrcredential.operator.token.TokenDemand;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import java.time.Duration;
import java.util.AbstractList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class PolicyIndexTest {

  private sealed interface Step {
    record PutPolicy(PolicyPlan plan) implements Step {}

    record RemovePolicy(String name) implements Step {}

    record PutNamespace(String name, Map<String, String> labels) implements Step {}

    record RemoveNamespace(String name) implements Step {}
  }

  private static final List<String> NAMESPACES = List.of("n1", "n2", "n3", "n4");
  private static final List<String> POLICIES = List.of("p1", "p2", "p3");

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<TargetSelector> selections =
        Arbitraries.of(
            TargetSelector.of(List.of("n1"), null, null),
            TargetSelector.of(List.of("n1", "n2", "missing"), null, null),
            TargetSelector.of(List.of("*"), null, List.of("n2")),
            ALL,
            TargetSelector.of(
                null, new LabelSelectorBuilder().addToMatchLabels("acr", "on").build(), null),
            TargetSelector.of(
                List.of("n2", "n3"),
                new LabelSelectorBuilder().addToMatchLabels("acr", "on").build(),
                null));
    Arbitrary<TargetSelector> accounts =
        Arbitraries.of(
            ALL, TargetSelector.of(null, null, null), TargetSelector.of(List.of("x"), null, null));
    Arbitrary<Step> putPolicy =
        Combinators.combine(
                Arbitraries.of(POLICIES),
                selections,
                accounts,
                Arbitraries.of(Binding.class),
                Arbitraries.of(true, false, false),
                Arbitraries.of("cri-a", "cri-b"))
            .as(
                (name, namespaces, serviceAccounts, binding, suspended, instance) ->
                    new Step.PutPolicy(
                        plan(
                            name,
                            namespaces,
                            serviceAccounts,
                            binding,
                            suspended,
                            resolvedRegistry(instance))));
    Arbitrary<Step> putNamespace =
        Combinators.combine(
                Arbitraries.of(NAMESPACES),
                Arbitraries.of(Map.<String, String>of(), Map.of("acr", "on"), Map.of("acr", "off")))
            .as(Step.PutNamespace::new);
    return Arbitraries.oneOf(
            putPolicy,
            putNamespace,
            Arbitraries.of(POLICIES).map(Step.RemovePolicy::new),
            Arbitraries.of(NAMESPACES).map(Step.RemoveNamespace::new))
        .list()
        .ofMaxSize(40);
  }

  @Property(tries = 1_000)
  void equalsAFullScan(@ForAll("steps") List<Step> steps) {
    PolicyIndex index = new PolicyIndex();
    Map<String, PolicyPlan> plans = new TreeMap<>();
    Map<String, Map<String, String>> namespaces = new TreeMap<>();
    for (Step step : steps) {
      Map<String, List<PolicyPlan>> before = scan(plans, namespaces);
      if (step instanceof Step.PutPolicy put) {
        Set<String> affected = index.put(put.plan());
        plans.put(put.plan().name(), put.plan());
        assertThat(affected)
            .containsAll(changed(before, scan(plans, namespaces)))
            .containsAll(covered(put.plan(), namespaces));
      } else if (step instanceof Step.RemovePolicy remove) {
        Set<String> affected = index.remove(remove.name());
        plans.remove(remove.name());
        assertThat(affected).isEqualTo(changed(before, scan(plans, namespaces)));
      } else if (step instanceof Step.PutNamespace put) {
        boolean isNew = !namespaces.containsKey(put.name());
        boolean news = index.putNamespace(put.name(), put.labels());
        namespaces.put(put.name(), put.labels());
        assertThat(news).isEqualTo(isNew || !changed(before, scan(plans, namespaces)).isEmpty());
      } else if (step instanceof Step.RemoveNamespace remove) {
        index.removeNamespace(remove.name());
        namespaces.remove(remove.name());
      }
      compare(index, plans, namespaces);
    }
  }

  private static void compare(
      PolicyIndex index,
      Map<String, PolicyPlan> plans,
      Map<String, Map<String, String>> namespaces) {
    Map<String, List<PolicyPlan>> scanned = scan(plans, namespaces);
    for (String namespace : NAMESPACES) {
      assertThat(index.policies(namespace)).isEqualTo(scanned.getOrDefault(namespace, List.of()));
      assertThat(index.containsNamespace(namespace)).isEqualTo(namespaces.containsKey(namespace));
      for (String account : List.of("default", "x", "other")) {
        assertThat(index.decision(namespace, account, Map.of()))
            .isEqualTo(decision(scanned.getOrDefault(namespace, List.of()), account));
      }
    }
    for (String policy : POLICIES) {
      Set<String> covered =
          plans.containsKey(policy) ? covered(plans.get(policy), namespaces) : Set.of();
      assertThat(index.namespaces(policy)).isEqualTo(covered);
      assertThat(index.countNamespaces(policy)).isEqualTo(covered.size());
      assertThat(NAMESPACES).filteredOn(n -> index.covers(policy, n)).hasSameElementsAs(covered);
      assertThat(index.distinctPolicyLists(policy))
          .hasSameElementsAs(covered.stream().map(scanned::get).distinct().toList());
      for (String other : POLICIES) {
        assertThat(index.overlap(policy, other))
            .isEqualTo(!Collections.disjoint(index.namespaces(policy), index.namespaces(other)));
      }
    }
    assertThat(index.plans()).containsExactlyElementsOf(plans.values());
    Set<RegistryRef> refs = new HashSet<>();
    plans
        .values()
        .forEach(plan -> plan.acceptedRegistries().forEach(registry -> refs.add(registry.ref())));
    assertThat(index.demands()).containsOnlyKeys(refs);
    index
        .demands()
        .forEach(
            (ref, demand) -> {
              assertThat(demand.suspended())
                  .isEqualTo(index.plansUsing(Set.of(ref)).stream().allMatch(PolicyPlan::isFrozen));
            });
  }

  private static Map<String, List<PolicyPlan>> scan(
      Map<String, PolicyPlan> plans, Map<String, Map<String, String>> namespaces) {
    Map<String, List<PolicyPlan>> scanned = new HashMap<>();
    namespaces.forEach(
        (name, labels) ->
            scanned.put(
                name,
                plans.values().stream()
                    .filter(plan -> plan.covers(name, labels))
                    .sorted(PolicyPlan.OLDEST_FIRST)
                    .toList()));
    return scanned;
  }

  private static Set<String> covered(PolicyPlan plan, Map<String, Map<String, String>> namespaces) {
    Set<String> covered = new HashSet<>();
    namespaces.forEach(
        (name, labels) -> {
          if (plan.covers(name, labels)) {
            covered.add(name);
          }
        });
    return covered;
  }

  private static Set<String> changed(
      Map<String, List<PolicyPlan>> before, Map<String, List<PolicyPlan>> after) {
    Set<String> changed = new HashSet<>();
    after.forEach(
        (name, policies) -> {
          if (!policies.equals(before.getOrDefault(name, List.of()))) {
            changed.add(name);
          }
        });
    return changed;
  }

  /** Any Append policy beats Replace; a frozen policy keeps what is there. */
  private static BindingDecision decision(List<PolicyPlan> policies, String account) {
    List<PolicyPlan> meaning =
        policies.stream().filter(plan -> plan.serviceAccounts().matches(account, null)).toList();
    List<PolicyPlan> working = meaning.stream().filter(plan -> !plan.isFrozen()).toList();
    if (working.stream().anyMatch(plan -> plan.binding() == Binding.Append)) {
      return BindingDecision.APPEND;
    }
    if (!working.isEmpty()) {
      return BindingDecision.REPLACE;
    }
    return meaning.isEmpty() ? BindingDecision.REMOVE : BindingDecision.IGNORE;
  }

  @Example
  void sharesOneListAmongNamespacesOfTheSamePolicies() {
    // given
    PolicyIndex index = new PolicyIndex();
    index.putNamespace("n1", Map.of());
    index.putNamespace("n2", Map.of());

    // when
    index.put(plan("p1", resolvedRegistry("cri-a")));

    // then
    assertThat(index.policies("n1")).isSameAs(index.policies("n2")).hasSize(1);
  }

  @Example
  void theLargestRefreshBeforeDecidesForAllUsersOfARegistry() {
    // given
    PolicyIndex index = new PolicyIndex();
    index.put(withRefreshBefore(plan("p1", resolvedRegistry("cri-a")), Duration.ofMinutes(15)));
    index.put(
        withRefreshBefore(
            plan("p2", resolvedRegistry("cri-a"), resolvedRegistry("cri-b")),
            Duration.ofMinutes(20)));
    index.put(withRefreshBefore(plan("p3", resolvedRegistry("cri-b")), Duration.ofMinutes(20)));

    // then, of equal ones the oldest
    assertThat(index.firstToRefresh(ref("cri-a"))).map(PolicyPlan::name).hasValue("p2");
    assertThat(index.firstToRefresh(ref("cri-b"))).map(PolicyPlan::name).hasValue("p2");
    assertThat(index.demands().get(ref("cri-a")).refreshBefore()).isEqualTo(Duration.ofMinutes(20));

    // when
    index.remove("p2");

    // then
    assertThat(index.firstToRefresh(ref("cri-a"))).map(PolicyPlan::name).hasValue("p1");
    assertThat(index.firstToRefresh(ref("cri-c"))).isEmpty();
  }

  /** Every policy's status asks for them every second. */
  @Example
  void distinguishesCombinationsWithoutComparingPlans() {
    // given
    PolicyIndex index = new PolicyIndex();
    for (int i = 0; i < 100; i++) {
      index.putNamespace("n" + i, Map.of());
    }
    index.put(plan("p1", unread()));
    index.put(
        plan(
            "p2",
            TargetSelector.of(List.of("n1"), null, null),
            ALL,
            Binding.Append,
            false,
            unread()));

    // when
    Set<List<PolicyPlan>> combinations = index.distinctPolicyLists("p1");

    // then
    assertThat(combinations.stream().map(List::size)).containsExactlyInAnyOrder(1, 2);
  }

  /** One that must be neither compared nor hashed, which is slow. */
  private static PolicyPlan.ResolvedRegistry unread() {
    List<String> domains =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            return "a.cn";
          }

          @Override
          public int size() {
            return 1;
          }

          @Override
          public boolean equals(Object other) {
            throw new AssertionError("compared");
          }

          @Override
          public int hashCode() {
            throw new AssertionError("hashed");
          }
        };
    return new PolicyPlan.ResolvedRegistry(
        Plans.ref("cri-a"), domains, List.of(), "cri-a", "cn-hangzhou", List.of());
  }

  @Example
  void createsOneListPerCombinationAfterAPolicyChange() {
    // given
    PolicyIndex index = new PolicyIndex();
    for (int i = 0; i < 1_000; i++) {
      index.putNamespace("n" + i, i % 2 == 0 ? Map.of("acr", "on") : Map.of());
    }
    TargetSelector labelled =
        TargetSelector.of(
            null, new LabelSelectorBuilder().addToMatchLabels("acr", "on").build(), null);

    // when all come at start, and one changes, and one goes
    for (int i = 0; i < 50; i++) {
      index.put(plan("p" + i, i == 7 ? labelled : ALL, ALL, Binding.Append, false));
      assertThat(lists(index, 1_000)).hasSizeLessThanOrEqualTo(2);
    }
    index.put(plan("p3", resolvedRegistry("cri-a")));
    assertThat(lists(index, 1_000)).hasSize(2);
    index.remove("p4");

    // then
    assertThat(lists(index, 1_000)).hasSize(2);
    assertThat(index.policies("n0")).isSameAs(index.policies("n998")).hasSize(49);
    assertThat(index.policies("n1")).isSameAs(index.policies("n999")).hasSize(48);
    assertThat(index.distinctPolicyLists("p3")).hasSize(2);
  }

  /** The list objects of the namespaces n0, n1 and so on, each once. */
  private static Set<List<PolicyPlan>> lists(PolicyIndex index, int namespaces) {
    Set<List<PolicyPlan>> lists = Collections.newSetFromMap(new IdentityHashMap<>());
    range(0, namespaces).forEach(i -> lists.add(index.policies("n" + i)));
    return lists;
  }

  /** Or each would have a pull Secret computed for it. */
  @Example
  void sharesTheListWhicheverWayItsPoliciesWereAdded() {
    // given
    PolicyIndex index = new PolicyIndex();
    index.put(
        plan("p1", TargetSelector.of(List.of("n1", "n2"), null, null), ALL, Binding.Append, false));
    index.put(plan("p2", TargetSelector.of(List.of("n1"), null, null), ALL, Binding.Append, false));
    index.putNamespace("n1", Map.of());
    index.putNamespace("n2", Map.of());
    assertThat(index.policies("n1")).hasSize(2);

    // when
    index.put(plan("p2", TargetSelector.of(List.of("n2"), null, null), ALL, Binding.Append, false));
    index.putNamespace("n3", Map.of());
    index.put(plan("p2", resolvedRegistry("cri-a")));

    // then
    assertThat(index.policies("n1")).isSameAs(index.policies("n2")).hasSize(2);
    assertThat(index.policies("n3")).hasSize(1);
  }

  @Example
  void mergesDemandsOfOneRegistryWithTheLargestRefreshBefore() {
    // given
    PolicyIndex index = new PolicyIndex();
    index.put(plan("p1", resolvedRegistry("cri-a", "given.cn")));
    index.put(plan("p2", ALL, ALL, Binding.Append, true, resolvedRegistry("cri-a")));

    // then
    assertThat(index.demands())
        .containsExactly(
            Map.entry(
                Plans.ref("cri-a"), new TokenDemand(Duration.ofMinutes(15), "", true, false)));
  }

  /** In whatever namespaces, so that a token is the same bytes in all of them. */
  @Example
  void mergesDemandsOfOneRegistryWithTheEmailOfTheOldestPolicy() {
    // given
    PolicyIndex index = new PolicyIndex();
    index.put(Plans.withEmail(plan("b-younger", resolvedRegistry("cri-a")), "dev@example.com"));
    index.put(Plans.withEmail(plan("a-older", resolvedRegistry("cri-a")), "ops@example.com"));

    // then
    assertThat(index.demands().values())
        .extracting(TokenDemand::email)
        .containsExactly("ops@example.com");

    // when the older one sets none
    index.put(plan("a-older", resolvedRegistry("cri-a")));

    // then
    assertThat(index.demands().values()).extracting(TokenDemand::email).containsExactly("");

    // when it is deleted
    index.remove("a-older");

    // then
    assertThat(index.demands().values())
        .extracting(TokenDemand::email)
        .containsExactly("dev@example.com");
  }
}
