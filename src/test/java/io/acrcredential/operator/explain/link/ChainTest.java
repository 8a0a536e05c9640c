// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import static io.acrcredential.operator.explain.link.ExampleFacts.HOST;
import static io.acrcredential.operator.explain.link.ExampleFacts.SPEC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.acrcredential.operator.explain.facts.Read;
import io.acrcredential.operator.explain.facts.Subject;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.facts.WorkloadFacts.AccountFacts;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.Finding.Level;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    return new AccountFacts(name, Map.of(), List.of(secrets), List.of());
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

  /** Edits of the policy that is compiled from the ConfigMap are reverted. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"NO_POLICY", "CONFIG_MAP_UNREADABLE"}) // these have no policy
  void thePolicyOfTheConfigMapIsChangedInTheConfigMap(Scenario scenario) {
    // given
    ExampleFacts facts = scenario.facts();
    facts.policies.replaceAll(
        policy -> policy.replaceFirst("name: (production|shared),", "name: acr-configuration,"));
    if (facts.policies.size() > 1) {
      facts.policies.remove(0);
    }

    // then
    assertThat(Chain.check(facts.facts()))
        .extracting(Finding::advice)
        .noneMatch(
            advice ->
                (advice.english() + advice.chinese())
                    .matches(
                        "(?s).*((edit|patch) acrpol|spec\\.registries|spec\\.targets|region: ).*"));
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "NOT_COVERED_BY_NAME",
        "SUSPENDED",
        "POLICY_INVALID",
        "INSTANCE_IN_OTHER_REGION",
        "HOST_NOT_IN_POLICY",
        "REPOSITORY_NOT_COVERED"
      })
  void theAdviceNamesTheConfigMap(Scenario scenario) {
    // given
    ExampleFacts facts = scenario.facts();
    facts.policies.replaceAll(
        policy -> policy.replaceFirst("name: production,", "name: acr-configuration,"));

    // then
    assertThat(Chain.check(facts.facts()))
        .filteredOn(found -> found.code().equals(scenario.code))
        .singleElement()
        .satisfies(
            found ->
                assertThat(found.advice().english())
                    .isEqualTo(
                        "Change the ConfigMap, because edits of this policy are reverted: kubectl"
                            + " -n kube-system edit configmap acr-configuration"
                            + " (docs/configmap.md)"));
  }

  /** What kubelet says decides, whatever digits and quotes are in it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Back-off pulling image "host/team/app:20240115"                       | PullBackOff
          Get "https://host/v2/": dial tcp 10.0.0.1:443: i/o timeout            | RegistryUnreachable
          Get "https://host/v2/": context deadline exceeded                     | RegistryUnreachable
          request canceled (Client.Timeout exceeded while awaiting headers)     | RegistryUnreachable
          Get "https://host/v2/": net/http: TLS handshake timeout               | RegistryUnreachable
          dial tcp 10.0.0.1:443: connect: network is unreachable                | RegistryUnreachable
          read tcp 10.0.0.2:5-10.0.0.1:443: read: connection reset by peer      | RegistryUnreachable
          lookup host on 10.96.0.10:53: server misbehaving                      | RegistryUnreachable
          failed to fetch token: invalid character '<' looking for beginning    | PullBackOff
          """)
  void theMessageOfKubeletIsUnderstood(String message, String code) {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.message = message;

    // then
    assertThat(Chain.check(facts.facts()))
        .filteredOn(found -> found.link() == LinkName.POD)
        .extracting(Finding::code)
        .containsExactly(code);
  }

  /** Kubelet writes the error of the decoder where the reason belongs. */
  @Test
  void aSecretThatKubeletCannotDecodeIsInTheReason() {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.waitingFor = "invalid character 'x' looking for beginning of value";
    facts.message = "";

    // then
    assertThat(Chain.check(facts.facts()))
        .filteredOn(found -> found.link() == LinkName.POD)
        .extracting(Finding::code)
        .containsExactly("ImagePullSecretUnreadable");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
        "CrashLoopBackOff",
        "ContainerCreating"
      })
  void aContainerThatWaitsForSomethingElseHasItsImage(String reason) {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.waitingFor = reason;
    facts.podSecrets = List.of();

    // then
    List<Finding> findings = Chain.check(facts.facts());
    assertThat(findings).as(describe(findings)).extracting(Finding::level).containsOnly(Level.OK);
  }

  @Test
  void anInvalidNameOfAnImageIsNotPulled() {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.image = HOST + "/Team/App:1";
    facts.waitingFor = "InvalidImageName";
    facts.message = "couldn't parse image name: repository name must be lowercase";

    // then
    assertThat(Chain.check(facts.facts()))
        .filteredOn(found -> found.link() == LinkName.POD)
        .extracting(Finding::code)
        .containsExactly("ImageNotFound");
  }

  /** A running pod with a public image needs no policy. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "NO_POLICY",
        "NOT_COVERED_BY_LABEL",
        "NOT_COVERED_BY_NAME",
        "HOST_NOT_IN_POLICY",
        "HOST_IN_OTHER_POLICY",
        "REPOSITORY_NOT_COVERED",
        "DOMAIN_WITHOUT_ENDPOINT"
      })
  void aPodThatHasItsImagesNeedsNoPolicy(Scenario scenario) {
    // given
    ExampleFacts facts = scenario.facts();
    facts.waitingFor = "";

    // then
    List<Finding> findings = Chain.check(facts.facts());
    assertThat(findings)
        .as(describe(findings))
        .extracting(Finding::level)
        .doesNotContain(Level.BROKEN, Level.UNKNOWN);
    assertThat(findings)
        .filteredOn(found -> found.code().equals(scenario.code))
        .extracting(Finding::level)
        .containsExactly(Level.NOTE);
  }

  /**
   * A Secret of its own, and one that is older than the binding, are right for another registry.
   */
  @ParameterizedTest
  @EnumSource(names = {"OWN_PULL_SECRETS", "POD_OLDER_THAN_BINDING", "PULL_REFUSED"})
  void thePullSecretDoesNotMatterForAnotherRegistry(Scenario scenario) {
    // given
    ExampleFacts facts = scenario.facts();
    facts.image = "harbor.example/team/app:1";

    // then
    List<Finding> findings = Chain.check(facts.facts());
    assertThat(findings)
        .as(describe(findings))
        .filteredOn(found -> found.level() == Level.BROKEN)
        .extracting(Finding::code)
        .containsExactly("ImageOfOtherRegistry");
  }

  @Test
  void aHostForVpcsIsNoReasonToChangeTheImage() {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.image = ExampleFacts.VPC_HOST + "/team/app:1";

    // then
    assertThat(Chain.check(facts.facts()))
        .filteredOn(found -> found.code().equals("VpcHost"))
        .extracting(Finding::advice)
        .containsExactly(Text.NONE);
  }

  @Test
  void domainsThatAreNotKnownYetDecideNothing() {
    // given a policy that the operator has not seen, beside one with the host
    ExampleFacts facts = Scenario.HOST_IN_OTHER_POLICY.facts();
    facts.policies.set(0, ExampleFacts.policy("production", SPEC, ""));

    // then
    assertThat(Chain.check(facts.facts()))
        .filteredOn(found -> found.link() == LinkName.DOMAIN)
        .extracting(Finding::code, Finding::level)
        .containsExactly(tuple("DomainsUnknown", Level.UNKNOWN));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PartlyAccepted", "SecretTooLarge", "DomainConflict"})
  void aPolicyWorksWithoutTheItemsThatAreLeftOut(String reason) {
    // given
    ExampleFacts facts = new ExampleFacts();
    String invalid =
        ExampleFacts.registry(
            "Invalid", "[]", ExampleFacts.error("Invalid", "instanceId is wrong", "Correct it"));
    facts.with(
        ExampleFacts.policy(
            "production",
            SPEC.replace("cn-hangzhou}", "cn-hangzhou}, {instanceId: x, region: cn-hangzhou}"),
            ExampleFacts.status(
                ExampleFacts.freshRegistry() + ", " + invalid,
                "Accepted",
                reason + ": spec.registries[1] is wrong")));

    // then
    List<Finding> findings = Chain.check(facts.facts());
    assertThat(findings)
        .as(describe(findings))
        .filteredOn(found -> found.link() != LinkName.POD)
        .extracting(Finding::level)
        .doesNotContain(Level.BROKEN, Level.UNKNOWN);
    assertThat(findings)
        .filteredOn(found -> found.link() == LinkName.POLICY)
        .extracting(Finding::code)
        .containsExactly("Ok", reason);
  }

  @Test
  void theAckCredentialHelperMattersOnlyToThePolicyOfTheConfigMap() {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.credentialHelper = new Read.Found<>(true);

    // then
    assertThat(Chain.check(facts.facts()))
        .extracting(Finding::code)
        .doesNotContain("CredentialHelperRunning");

    // and a subject that the policy does not cover has another cause
    facts.policies.add(
        ExampleFacts.policy(
            "acr-configuration",
            SPEC.replace("team: a", "team: z"),
            ExampleFacts.status(ExampleFacts.freshRegistry(), "", "")));
    facts.namespaceLabels = Map.of("team", "b");
    List<Finding> findings = Chain.check(facts.facts());
    assertThat(findings)
        .as(describe(findings))
        .filteredOn(found -> found.level() == Level.BROKEN)
        .extracting(Finding::code)
        .startsWith("NotCovered");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ServiceUnavailable", "InternalError"})
  void anErrorThatTheOperatorRetriesIsInconclusive(String code) {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.withRegistry(ExampleFacts.failed(code, "Try again", "No action is needed."));

    // then
    assertThat(Chain.check(facts.facts()))
        .filteredOn(found -> found.link() == LinkName.REGISTRY)
        .extracting(Finding::code, Finding::level)
        .containsExactly(tuple(code, Level.UNKNOWN));
  }

  @Test
  void anExcludedNamespaceIsToBeRemovedFromExclude() {
    // given
    ExampleFacts facts = new ExampleFacts();
    facts.with(
        ExampleFacts.policy(
            "production",
            SPEC.replace("namespaces: {", "namespaces: {exclude: [team-a], "),
            ExampleFacts.status(ExampleFacts.freshRegistry(), "", "")));

    // then
    assertThat(Chain.check(facts.facts()))
        .filteredOn(found -> found.code().equals("NotCovered"))
        .extracting(found -> found.advice().english())
        .containsExactly("Remove it from exclude: kubectl edit acrpol production");
  }

  @Test
  void textsNameWhatIsUnknown() {
    // given a registry whose region is not known, and no owner of the Secrets
    ExampleFacts facts = Scenario.TWO_OPERATORS.facts();
    facts.ownership = new Read.Absent<>();
    facts.withRegistry(
        "{state: Pending, domains: [%s], region: \"\"}".formatted(ExampleFacts.HOST));

    // then
    assertThat(Chain.check(facts.facts()))
        .extracting(found -> found.what().english())
        .anyMatch(text -> text.contains("only one of them writes"))
        .anyMatch(text -> text.startsWith("Personal Edition in an unknown region of policy"));
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
