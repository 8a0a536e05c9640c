// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.ref;
import static io.acrcredential.operator.testkit.Plans.refused;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static io.acrcredential.operator.testkit.Plans.withGeneration;
import static io.acrcredential.operator.testkit.Plans.withProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.endpoint.ClockOffset;
import io.acrcredential.operator.index.BindingCounts.Count;
import io.acrcredential.operator.policy.FieldError;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.testkit.PolicyAssert;
import io.acrcredential.operator.token.RegistryState;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusFactoryTest {

  private final ManualTime time = new ManualTime(NOW.plusMillis(500));
  private final StatusFactory factory = new StatusFactory(time.clock());
  private final Map<RegistryRef, RegistryState> states = new HashMap<>();

  // The inputs of a policy that is ready; each test changes what it tests.
  private PolicyPlan plan = plan("p", resolvedRegistry("cri-a"), resolvedRegistry("cri-b"));
  private final Set<RegistryRef> settled = new HashSet<>(Set.of(ref("cri-a"), ref("cri-b")));
  private Count accounts = new Count(3, 3);
  private Instant unboundSince;
  private Optional<WorkFailure> failure = Optional.empty();
  private List<String> conflicts = List.of();
  private List<String> emails = List.of();
  private String leftOut = "";
  private String unreadable = "";
  private Optional<String> credentialHelper = Optional.empty();
  private boolean tooLarge;
  private PolicyPlan firstToRefresh = plan;
  private String admissionNote = "";
  private Optional<String> healingObstacle = Optional.empty();
  private Optional<String> injectionObstacle = Optional.empty();
  private List<String> missing = List.of();
  private List<String> excluded = List.of();
  private int outdated;
  private int covered = 2;
  private AcrCredentialPolicyStatus before;

  StatusFactoryTest() {
    states.put(ref("cri-a"), state(token("secret-a"), "a.cn"));
    states.put(ref("cri-b"), state(token("secret-b"), "b.cn"));
  }

  @Test
  void isReadyIfEveryConditionIsTrue() {
    // when
    AcrCredentialPolicyStatus status = status(null);

    // then
    assertThat(status.conditions())
        .extracting(Condition::getType)
        .containsExactly("Ready", "Accepted", "TokensFresh", "Bound");
    assertThat(status.conditions()).allMatch(c -> c.getStatus().equals("True"));
    assertThat(status.conditions()).allMatch(c -> c.getReason().equals("Ready"));
    assertThat(status.conditions()).allMatch(c -> c.getObservedGeneration() == 1);
    assertThat(status.conditions())
        .allMatch(c -> c.getLastTransitionTime().equals("2026-01-01T00:00:00Z"));
    assertThat(status.fresh()).isEqualTo("2/2");
    assertThat(status.bound()).isEqualTo("3/3");
    assertThat(status.namespaces()).isEqualTo(2);
    assertThat(status.serviceAccounts()).isEqualTo(3);
    RegistryStatus first = status.registries().get(0);
    assertThat(first.state()).isEqualTo(State.Fresh);
    assertThat(first.domains()).containsExactly("a.cn");
    assertThat(first.expiresAt()).isEqualTo("2026-01-01T01:00:00Z");
    assertThat(first.refreshedAt()).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(status.toString()).doesNotContain("secret-");
  }

  @Test
  void unchangedStatusStaysEqualAsTimePasses() {
    // given
    AcrCredentialPolicyStatus before = status(null);

    // when
    time.advance(Duration.ofMinutes(5));

    // then
    assertThat(status(before)).isEqualTo(before);
  }

  @Test
  void transitionTimeChangesWithTheStatusOnly() {
    // given
    AcrCredentialPolicyStatus ready = status(null);
    time.advance(Duration.ofMinutes(1));
    conflicts = List.of("a.cn is taken.");

    // when
    AcrCredentialPolicyStatus conflict = status(ready);
    time.advance(Duration.ofMinutes(1));
    leftOut = "item 3";
    AcrCredentialPolicyStatus partly = status(conflict);

    // then
    assertThat(condition(conflict, "Ready").getLastTransitionTime())
        .isEqualTo("2026-01-01T00:01:00Z");
    assertThat(condition(partly, "Ready").getReason()).isEqualTo("PartlyAccepted");
    assertThat(condition(partly, "Ready").getLastTransitionTime())
        .isEqualTo("2026-01-01T00:01:00Z");
    assertThat(condition(partly, "Bound").getLastTransitionTime())
        .isEqualTo("2026-01-01T00:00:00Z");
  }

  @Test
  void pendingTokensAreNotFresh() {
    // given
    states.clear();

    // then
    expect("TokensFresh", "False", Reason.NoneFresh, "being fetched");
    expect("Ready", "False", Reason.NoneFresh, "being fetched");
    assertThat(status(null).registries().get(0).state()).isEqualTo(State.Pending);
    assertThat(status(null).fresh()).isEqualTo("0/2");
  }

  @Test
  void reportsPartlyFreshTokens() {
    // given
    fails("cri-b", null, Reason.AccessDenied);

    // then
    expect("Ready", "False", Reason.PartlyFresh, "cri-b: AccessDenied: why (RequestId R-1). do");
    assertThat(status(null).registries().get(1).state()).isEqualTo(State.Failed);
    assertThat(status(null).fresh()).isEqualTo("1/2");
  }

  @Test
  void usesTheReasonThatAllRegistriesShare() {
    // given
    fails("cri-a", null, Reason.Throttled);
    fails("cri-b", null, Reason.Throttled);

    // then
    expect("Ready", "False", Reason.Throttled, "cri-a: ");
    fails("cri-b", null, Reason.Unreachable);
    expect("Ready", "False", Reason.NoneFresh, "cri-a: ");
  }

  /** The commonest mistake of beginners: they grant two of the three actions. */
  @Test
  void tokenWithoutDomainIsNotReadyIfTheListingIsDenied() {
    // given
    fails("cri-a", "secret-a", Reason.AccessDenied);
    fails("cri-b", "secret-b", Reason.AccessDenied);

    // then
    expect("TokensFresh", "False", Reason.AccessDenied, "cri-a: AccessDenied: why");
    expect("Ready", "False", Reason.AccessDenied, "No domain of the instance is known");
    assertThat(status(null).registries().get(0).state()).isEqualTo(State.Failed);
    assertThat(status(null).fresh()).isEqualTo("0/2");
    states.put(ref("cri-b"), state(token("secret-b"), "b.cn"));
    expect("Ready", "False", Reason.PartlyFresh, "cri-a: AccessDenied: why");
  }

  @Test
  void instanceWithoutDomainIsNotReady() {
    // given
    states.put(ref("cri-a"), state(token("secret-a")));
    states.put(ref("cri-b"), state(token("secret-b")));

    // then
    expect("Ready", "False", Reason.NoDomains, "cri-a: NoDomains: ", "Enable its public or VPC");
    RegistryStatus first = status(null).registries().get(0);
    assertThat(first.state()).isEqualTo(State.Failed);
    assertThat(first.error().code()).isEqualTo("NoDomains");
  }

  @Test
  void isReadyWithAStaleToken() {
    // given
    fails("cri-a", "secret-a", Reason.Unreachable, List.of("a.cn"));

    // then
    assertThat(status(null).registries().get(0).state()).isEqualTo(State.Stale);
    assertThat(status(null).fresh()).isEqualTo("1/2");
    String[] parts = {
      "cri-a: Unreachable: why (RequestId R-1). do",
      "Its token is valid until 2026-01-01T01:00:00Z."
    };
    expect("TokensFresh", "True", Reason.Unreachable, parts);
    expect("Ready", "True", Reason.Unreachable, parts);
    fails("cri-b", null, Reason.AccessDenied);
    expect(
        "Ready",
        "False",
        Reason.PartlyFresh,
        "cri-b: AccessDenied: why (RequestId R-1). do | cri-a");
  }

  @Test
  void invalidSpecTakesPrecedence() {
    // given
    states.clear();
    plan = withProblem(plan, new FieldError("spec.email", "x", "write an address"));

    // then
    expect("Ready", "False", Reason.Invalid, "spec.email is \"x\": write an address");
  }

  @Test
  void reportsInvalidRegistries() {
    // given
    plan = plan("p", resolvedRegistry("cri-a"), refused());

    // then
    expect("Accepted", "False", Reason.PartlyAccepted, "write an id");
    assertThat(status(null).registries().get(1).state()).isEqualTo(State.Invalid);
    plan = plan("p", refused(), refused(), refused(), refused(), refused());
    expect("Accepted", "False", Reason.Invalid, "; and 2 more");
  }

  @Test
  void reportsUnknownRegion() {
    // given
    FieldError problem =
        new FieldError(Reason.RegionUnknown, "spec.registries[0].region", "", "set ACR_REGION");
    plan =
        plan("p", new ResolvedRegistry(null, List.of(), List.of(), "cri-a", "", List.of(problem)));

    // then
    expect("Ready", "False", Reason.RegionUnknown, "set ACR_REGION");
  }

  @Test
  void staysAcceptedAndReadyIfAnEmailDiffers() {
    // given
    emails = List.of("The older policy a sets the email.");

    // then
    expect("Accepted", "True", Reason.EmailDiffers, "The older policy a");
    expect("Ready", "True", Reason.EmailDiffers, "The older policy a");
    conflicts = List.of("a.cn is taken.");
    expect("Accepted", "False", Reason.DomainConflict, "a.cn is taken.");
  }

  @Test
  void staysAcceptedAndReadyIfPodsMayNotBeHealed() {
    // given
    healingObstacle = Optional.of("ACR_STUCK_PODS is ignore");

    // then
    expect("Accepted", "True", Reason.HealingNotAllowed, "ACR_STUCK_PODS is ignore");
    expect("Ready", "True", Reason.HealingNotAllowed, "ACR_STUCK_PODS is ignore");
  }

  @Test
  void staysAcceptedAndReadyIfNothingInjectsPods() {
    // given
    healingObstacle = Optional.of("ACR_STUCK_PODS is ignore");
    injectionObstacle = Optional.of("ACR_INJECT_PODS is false");

    // then
    expect("Accepted", "True", Reason.InjectionNotInstalled, "ACR_INJECT_PODS is false");
    expect("Ready", "True", Reason.InjectionNotInstalled, "ACR_INJECT_PODS is false");
  }

  @Test
  void isStalledIfNoRegistryIsAcceptedAndOnlyAnEditCanHelp() {
    // given
    plan = plan("p", refused(), refused());

    // then
    expect("Stalled", "True", Reason.Invalid, "write an id");
    plan = plan("p", refused(), resolvedRegistry("cri-a"));
    assertThat(status(null).condition("Stalled")).isEmpty();
    plan = withProblem(plan, new FieldError("spec.email", "x", "write an address"));
    expect("Stalled", "True", Reason.Invalid, "write an address");
  }

  /** It may still be detected, and ACR_REGION can be set. */
  @Test
  void isNotStalledByAnUnknownRegion() {
    // given
    FieldError problem =
        new FieldError(Reason.RegionUnknown, "spec.registries[0].region", "", "set ACR_REGION");
    plan =
        plan("p", new ResolvedRegistry(null, List.of(), List.of(), "cri-a", "", List.of(problem)));

    // then
    assertThat(status(null).condition("Stalled")).isEmpty();
  }

  @Test
  void reportsDomainConflictsAndTooLargeSecrets() {
    conflicts = List.of("a.cn is taken.");
    expect("Accepted", "False", Reason.DomainConflict, "a.cn is taken.");
    conflicts = List.of();
    tooLarge = true;
    expect("Accepted", "False", Reason.SecretTooLarge, "900 KiB");
  }

  @Test
  void unboundServiceAccountIsToleratedForTheGracePeriod() {
    // given
    before = status(null);
    accounts = new Count(3, 2);
    unboundSince = time.now();

    // then
    expect("Bound", "Unknown", Reason.Binding, "2 of 3");
    expect("Ready", "True", Reason.Ready, "2 of 3");
    time.advance(Duration.ofSeconds(30).minusMillis(1));
    before = status(before);
    expect("Ready", "True", Reason.Ready, "2 of 3");
    time.advance(Duration.ofMillis(1));
    expect("Bound", "False", Reason.Binding, "2 of 3");
    expect("Ready", "False", Reason.Binding, "2 of 3");
  }

  @Test
  void isNotReadyBeforeEverythingIsBoundForTheFirstTime() {
    // given
    accounts = new Count(1, 0);
    unboundSince = time.now();

    // then
    expect("Bound", "Unknown", Reason.Binding, "0 of 1 ServiceAccount in 2 namespaces is bound");
    expect("Ready", "Unknown", Reason.Binding, "0 of 1");
    before = status(null);
    expect("Ready", "Unknown", Reason.Binding, "0 of 1");
  }

  @Test
  void isNotReadyBeforeEveryPullSecretIsWrittenForTheFirstTime() {
    // given
    accounts = new Count(0, 0);
    outdated = 1;
    unboundSince = time.now();

    // then
    expect("Ready", "Unknown", Reason.Binding, "; 1 pull Secret to be written");
    time.advance(Duration.ofSeconds(30));
    expect("Ready", "False", Reason.Binding, "; 1 pull Secret to be written");
  }

  /** The earlier spec may have covered less. */
  @Test
  void readinessOfAnEarlierSpecDoesNotCount() {
    // given
    before = status(null);
    plan = withGeneration(plan, 2);
    accounts = new Count(4, 3);
    unboundSince = time.now();

    // then
    expect("Ready", "Unknown", Reason.Binding, "3 of 4");
  }

  @Test
  void reportsPermanentFailureAtOnceAndTransientOneAfterTheGracePeriod() {
    // given
    unboundSince = time.now();
    failure = Optional.of(new WorkFailure(Reason.SecretOccupied, "another type", true));

    // then
    expect("Ready", "False", Reason.SecretOccupied, "another type");
    failure = Optional.of(new WorkFailure(Reason.BindingFailed, "500", false));
    expect("Ready", "True", Reason.Ready, "3 of 3");
    time.advance(Duration.ofSeconds(30));
    expect("Bound", "False", Reason.BindingFailed, "500");
  }

  @Test
  void isNotReadyIfANamedNamespaceDoesNotExist() {
    // given
    missing = List.of("team-x", "team-y");

    // then
    expect("Bound", "False", Reason.NamespaceMissing, "2 namespaces do not exist: team-x, team-y");
    expect("Ready", "False", Reason.NamespaceMissing, "3 of 3", "Create them, or correct");
    missing = List.of("team-x");
    expect("Ready", "False", Reason.NamespaceMissing, "1 namespace does not exist: team-x. Create");
  }

  @Test
  void namesExcludedNamespacesAndStaysReady() {
    // given
    excluded = List.of("kube-system");

    // then
    expect("Ready", "True", Reason.Ready, "excluded by ACR_EXCLUDED_NAMESPACES: kube-system");
  }

  @Test
  void countsInSingularAndPlural() {
    // given
    accounts = new Count(1, 1);
    covered = 1;

    // then
    expect("Bound", "True", Reason.Ready, "1 of 1 ServiceAccount in 1 namespace is bound");
  }

  @Test
  void saysThatNothingIsCovered() {
    // given
    accounts = new Count(0, 0);
    covered = 2;

    // then
    expect("Bound", "True", Reason.Ready, "No ServiceAccount of 2 namespaces matches spec.targets");
    covered = 0;
    expect("Bound", "True", Reason.Ready, "No namespace is covered: none matches spec.targets");
    excluded = List.of("kube-system");
    expect("Bound", "True", Reason.Ready, "No namespace is covered; excluded by ACR_EXCLUDED");
    missing = List.of("team-x");
    expect(
        "Bound", "False", Reason.NamespaceMissing, "team-x. Create it", "No namespace is covered");
  }

  @Test
  void saysThatBindingWaitsForAToken() {
    // given
    states.clear();
    accounts = new Count(1, 0);
    unboundSince = time.now();

    // then
    expect("Bound", "Unknown", Reason.Binding, "; there is no token yet, see TokensFresh");
  }

  @Test
  void endsTheMessageOfAServiceWithOneFullStop() {
    // given
    states.put(
        ref("cri-a"),
        new RegistryState(
            null,
            "",
            List.of(),
            NOW,
            new AlibabaCloudException(
                Reason.AccessDenied, "Forbidden.RAM", "User not authorized.", "Add it.", "R-1"),
            NOW,
            NOW.plusSeconds(60)));

    // then
    expect(
        "TokensFresh",
        "False",
        Reason.PartlyFresh,
        "cri-a: Forbidden.RAM: User not authorized (RequestId R-1). Add it.");
  }

  /** The API server rejects a longer message, and the status would stay outdated. */
  @Test
  void truncatesMessagesToTheLimitOfTheCrd() {
    // given
    List<String> many = Collections.nCopies(2_000, "n".repeat(60));
    missing = many;
    conflicts = many;

    // then
    expect("Bound", "False", Reason.NamespaceMissing, ", and 1997 more");
    expect("Accepted", "False", Reason.DomainConflict, " and 1997 more");
    leftOut = String.join("; ", many);
    assertThat(status(null).conditions()).allMatch(c -> c.getMessage().length() <= 32_768);
  }

  @ParameterizedTest
  @CsvSource({"840, 840, 840", "-7200, -7200, -7200", "0, 840, ", "0, 0, "})
  void showsTheOffsetOfTheClockOnceItIsAgreedOn(long least, long most, Long shown) {
    // given
    states.put(
        ref("cri-a"),
        state(
            new RegistryToken(
                "u",
                SensitiveString.of("t"),
                NOW,
                NOW.plusSeconds(3_600),
                "key",
                new ClockOffset(Duration.ofSeconds(least), Duration.ofSeconds(most))),
            "a.cn"));

    // when, then
    assertThat(status(null).registries().get(0).clockOffsetSeconds()).isEqualTo(shown);
  }

  @Test
  void namesThePolicyThatDecidesWhenTheTokenIsDue() {
    // given
    firstToRefresh = plan("other", resolvedRegistry("cri-a"));
    RegistryState fetched = states.get(ref("cri-a"));

    // when nothing is planned yet
    assertThat(status(null).registries().get(0).refreshBeforePolicy()).isNull();

    // when it is
    states.put(
        ref("cri-a"),
        new RegistryState(
            fetched.token(), "", fetched.domains(), NOW, null, null, NOW.plusSeconds(60)));

    // then
    assertThat(status(null).registries().get(0).nextRefreshAt()).isEqualTo("2026-01-01T00:01:00Z");
    assertThat(status(null).registries().get(0).refreshBeforePolicy()).isEqualTo("other");
  }

  @Test
  void suspendedPolicyIsNotReady() {
    // given
    plan = plan("p", ALL, ALL, Binding.Append, true, resolvedRegistry("cri-a"));

    // then
    expect("Ready", "False", Reason.Suspended, "spec.suspend");
    assertThat(status(null).registries().get(0).state()).isEqualTo(State.Suspended);
    assertThat(status(null).nextRefreshAt()).isNull();
  }

  @Test
  void reportsUnreadableConfigMapWhileTheLastGoodOneStaysInForce() {
    // given
    leftOut = "item 3";
    unreadable = "acr-registry-info, line 2, column 3: a quote is not closed";

    // then
    expect("Accepted", "False", Reason.Invalid, "line 2, column 3");
    expect("Ready", "False", Reason.Invalid, "line 2, column 3");
    expect("TokensFresh", "True", Reason.Ready, "valid token");
    expect("Bound", "True", Reason.Ready, "3 of 3");
  }

  @Test
  void yieldsToTheCredentialHelper() {
    // given
    credentialHelper = Optional.of("it runs: scale it to 0");
    plan = plan.suspend();
    states.clear();
    accounts = new Count(3, 0);
    unboundSince = time.now();
    time.advance(Duration.ofHours(1));

    // then
    expect("Ready", "False", Reason.CredentialHelperRunning, "scale it to 0");
    expect("Accepted", "True", Reason.Ready, "accepted");
    expect("TokensFresh", "False", Reason.CredentialHelperRunning, "Nothing is fetched");
    expect("Bound", "Unknown", Reason.CredentialHelperRunning, "0 of 3");
  }

  @Test
  void readySaysWhetherNewServiceAccountsAreBoundAtAdmission() {
    // given
    admissionNote = "; new ones are bound at admission";

    // then
    expect("Ready", "True", Reason.Ready, "are bound; new ones are bound at admission");
    assertThat(condition(status(null), "Bound").getMessage()).endsWith("are bound");
  }

  /** A process that is killed before leaves the request to the next one. */
  @Test
  void recordsARequestForNewTokensWhenAllOfThemAreThere() {
    // given
    before = status(null);
    assertThat(before.refreshRequestedAt()).isNull();
    plan = plan.withRefreshRequest("1");
    settled.remove(ref("cri-b"));

    // then
    assertThat(status(before).refreshRequestedAt()).isNull();

    // when
    settled.add(ref("cri-b"));
    before = status(before);

    // then
    assertThat(before.refreshRequestedAt()).isEqualTo("1");

    // when a later renewal begins
    settled.clear();

    // then
    assertThat(status(before).refreshRequestedAt()).isEqualTo("1");

    // when
    plan = plan.withRefreshRequest("2");

    // then
    assertThat(status(before).refreshRequestedAt()).as("of the request before").isEqualTo("1");

    // when
    plan = plan.withRefreshRequest("");

    // then
    assertThat(status(before).refreshRequestedAt()).isNull();
  }

  @Test
  void recordsNoRequestForNewTokensWhileSuspended() {
    // given
    plan = plan.withRefreshRequest("1").suspend();

    // then
    assertThat(status(null).refreshRequestedAt()).isNull();
  }

  @Test
  void usesOnlyReasonsOfTheApi() {
    // given
    List<Runnable> changes =
        List.of(
            () -> states.clear(),
            () -> conflicts = List.of("x"),
            () -> tooLarge = true,
            () -> accounts = new Count(3, 0));
    List<String> reasons = new ArrayList<>();

    // when
    for (Runnable change : changes) {
      change.run();
      status(null).conditions().forEach(condition -> reasons.add(condition.getReason()));
    }

    // then
    assertThat(reasons).allSatisfy(reason -> assertThat(Reason.valueOf(reason)).isNotNull());
  }

  private void fails(String instanceId, String token, Reason reason) {
    fails(instanceId, token, reason, List.of());
  }

  private void fails(String instanceId, String token, Reason reason, List<String> domains) {
    states.put(
        ref(instanceId),
        new RegistryState(
            token == null ? null : token(token),
            "",
            domains,
            NOW,
            new AlibabaCloudException(reason, reason.name(), "why", "do", "R-1"),
            NOW,
            NOW.plusSeconds(60)));
  }

  private void expect(String type, String status, Reason reason, String... messageParts) {
    PolicyAssert.assertThat(status(before)).hasCondition(type, status, reason.name(), messageParts);
  }

  private static Condition condition(AcrCredentialPolicyStatus status, String type) {
    return status.conditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  private AcrCredentialPolicyStatus status(AcrCredentialPolicyStatus before) {
    return factory.status(
        before,
        new StatusInputs(
            new StatusInputs.Spec(plan, conflicts, emails, tooLarge),
            new StatusInputs.Tokens(
                ref -> states.getOrDefault(ref, RegistryState.NONE),
                Identity::describe,
                ref -> Optional.of(firstToRefresh),
                settled::contains),
            new StatusInputs.Bindings(
                new StatusInputs.Coverage(covered, missing, excluded, outdated),
                accounts,
                unboundSince,
                failure),
            new StatusInputs.ConfigMap(leftOut, unreadable, credentialHelper),
            admissionNote,
            healingObstacle,
            injectionObstacle));
  }
}
