// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.explain.facts.Read;
import io.acrcredential.operator.explain.facts.Subject;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.facts.WorkloadFacts.AccountFacts;
import io.acrcredential.operator.explain.link.Finding.Level;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each thing that can be wrong leads to its own finding, and to no other cause before it. */
class ChainTest {

  @ParameterizedTest
  @EnumSource(Scenario.class)
  void findsTheBrokenLink(Scenario scenario) {
    // when
    List<Finding> findings = Chain.check(scenario.facts().facts());

    // then
    assertThat(findings)
        .as(describe(findings))
        .anyMatch(found -> found.code().equals(scenario.code) && found.level() == scenario.level);
    if (scenario.level == Level.BROKEN) {
      Optional<Finding> first =
          findings.stream().filter(found -> found.level() == Level.BROKEN).findFirst();
      assertThat(first.map(Finding::code)).as(describe(findings)).contains(expectedFirst(scenario));
    }
  }

  /** An operator that does not run is the cause of an expired token. */
  private static String expectedFirst(Scenario scenario) {
    return scenario == Scenario.TOKEN_EXPIRED ? "OperatorNotLeading" : scenario.code;
  }

  @ParameterizedTest
  @EnumSource(Scenario.class)
  void bothLanguagesSayTheSame(Scenario scenario) {
    Pattern name = Pattern.compile("[a-z]+-[a-z0-9.-]*[a-z0-9]|\\d{4}-\\d\\d-\\d\\dT\\S+Z");
    for (Finding found : Chain.check(scenario.facts().facts())) {
      for (Text text : List.of(found.what(), found.advice())) {
        assertThat(text.english())
            .doesNotContain("%", "null")
            .doesNotContainPattern("[\\u3400-\\u9fff]");
        assertThat(text.chinese()).doesNotContain("%", "null");
        assertThat(text.chinese().isEmpty()).isEqualTo(text.isEmpty());
      }
      assertThat(names(name, found.what().chinese()))
          .as("names and times in: " + found.what().english())
          .containsAll(names(name, found.what().english()));
    }
  }

  private static TreeSet<String> names(Pattern name, String text) {
    return name.matcher(text)
        .results()
        .map(match -> match.group())
        // Words of English with a hyphen.
        .filter(found -> !List.of("back-off").contains(found))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void aPodThatWaitsForNothingIsFine() {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.waitingFor = "";

    // then
    List<Finding> findings = Chain.check(facts.facts());
    assertThat(findings).as(describe(findings)).extracting(Finding::level).containsOnly(Level.OK);
    assertThat(findings)
        .extracting(Finding::link)
        .contains(
            LinkName.OPERATOR,
            LinkName.POLICY,
            LinkName.REGISTRY,
            LinkName.DOMAIN,
            LinkName.SECRET,
            LinkName.SERVICE_ACCOUNT,
            LinkName.POD);
  }

  /** What tenants may see: their own namespace, and no Secrets. */
  @Test
  void aTenantLearnsWhatHeMayNotSee() {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.policyRead = new Read.Unreadable<>("list acrcredentialpolicies (forbidden)");
    facts.operatorPods = new Read.Unreadable<>("list pods (forbidden)");
    facts.lease = new Read.Unreadable<>("get lease (forbidden)");
    facts.secrets.put(ExampleFacts.PULL_SECRET, new Read.Unreadable<>("get secret (forbidden)"));
    facts.podSecrets = List.of();

    // then it is still told that the pod is older than the binding
    List<Finding> findings = Chain.check(facts.facts());
    assertThat(findings)
        .as(describe(findings))
        .extracting(Finding::code)
        .contains("NotVisible", "PodOlderThanBinding");

    // and nothing unseen counts for a pod that runs
    facts.waitingFor = "";
    assertThat(Chain.check(facts.facts()))
        .extracting(Finding::level)
        .doesNotContain(Level.UNKNOWN, Level.BROKEN);
  }

  @Test
  void aSecondPolicyMakesUpForASuspendedOne() {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.policies.add(ExampleFacts.policy("old", ExampleFacts.SPEC + "suspend: true\n", ""));

    // then
    List<Finding> findings = Chain.check(facts.facts());
    assertThat(findings)
        .as(describe(findings))
        .filteredOn(found -> found.code().equals("Suspended"))
        .extracting(Finding::level)
        .containsExactly(Level.NOTE);
  }

  @Test
  void aFailingRegistryThatServesAnotherHostIsANote() {
    // given a registry of another instance, whose last token is still valid
    ExampleFacts facts = new ExampleFacts();
    facts.policies.add(
        ExampleFacts.policy(
            "other",
            ExampleFacts.SPEC,
            ExampleFacts.status(
                ExampleFacts.registry(
                    "Failed",
                    "[other-registry.cn-hangzhou.cr.aliyuncs.com]",
                    ExampleFacts.error("Forbidden.RAM", "denied", "lacks cr:X")),
                "",
                "")));

    // then
    assertThat(Chain.check(facts.facts()))
        .filteredOn(found -> found.code().equals("RamDenied"))
        .extracting(Finding::level)
        .containsExactly(Level.NOTE);
  }

  @Test
  void aNamespaceShowsItsUnboundServiceAccounts() {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.subject = new Subject(Kind.NAMESPACE, "team-a", "team-a");
    facts.accounts =
        new Read.Found<>(
            List.of(
                account("default", ExampleFacts.PULL_SECRET),
                account("builder"), // not covered
                account("other")));
    facts.with(
        ExampleFacts.policy(
            "production",
            ExampleFacts.SPEC.replace(
                "targets: {", "targets: {serviceAccounts: {names: [default, other]}, "),
            ExampleFacts.status(ExampleFacts.freshRegistry(), "", "")));

    // then
    List<Finding> findings = Chain.check(facts.facts());
    assertThat(findings)
        .as(describe(findings))
        .filteredOn(found -> found.link() == LinkName.SERVICE_ACCOUNT)
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.code()).isEqualTo("NotBoundYet");
              assertThat(found.what().english())
                  .isEqualTo(
                      "1 of 2 covered ServiceAccounts list the pull Secret. Without it: other.");
            });
  }

  private static AccountFacts account(String name, String... secrets) {
    return new AccountFacts(name, Map.of(), List.of(secrets), List.of(), ExampleFacts.NOW);
  }

  @Test
  void anImageIsExplainedWithoutANamespace() {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.subject = new Subject(Kind.IMAGE, "", ExampleFacts.HOST + "/team/app:1");

    // then
    List<Finding> findings = Chain.check(facts.facts());
    assertThat(findings).as(describe(findings)).extracting(Finding::level).containsOnly(Level.OK);
    assertThat(findings)
        .extracting(Finding::link)
        .containsExactly(LinkName.OPERATOR, LinkName.REGISTRY, LinkName.DOMAIN);
  }

  /** A code that no scenario shows would be one that no test sees. */
  @Test
  void everyLinkHasAScenario() {
    assertThat(
            Arrays.stream(Scenario.values())
                .flatMap(scenario -> Chain.check(scenario.facts().facts()).stream())
                .filter(found -> found.level() != Level.OK)
                .map(Finding::link))
        .contains(LinkName.values());
  }

  private static String describe(List<Finding> findings) {
    return findings.stream()
        .map(found -> found.level() + " " + found.code() + ": " + found.what().english())
        .collect(Collectors.joining("\n", "\n", "\n"));
  }
}
