// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static io.acrcredential.operator.testkit.Plans.withEmail;
import static io.acrcredential.operator.testkit.Plans.withRefreshBefore;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.admission.AdmissionState;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.index.PullSecretContentCache;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.kubernetes.EventRecorder.EventNote;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.policy.TargetSelector;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.testkit.PullSecrets;
import io.acrcredential.operator.testkit.WorkQueues;
import io.acrcredential.operator.token.RegistryState;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the handlers of namespaces, pull Secrets, ServiceAccounts, policies and tokens enqueue. */
class EventHandlersTest {

  private static final String OURS = "pull";
  private static final Map<String, String> ON = Map.of("acr", "on");

  private final AtomicLong nanos = new AtomicLong();
  private long version;
  private final ManualTime time = new ManualTime(NOW);
  private final ClusterCache cache = new ClusterCache(OURS);
  private final PolicyIndex policies = new PolicyIndex();
  private final WorkQueue<WorkItem> queue =
      new WorkQueue<>(nanos::get, n -> Duration.ofSeconds(1), WorkItem::namespace);
  private final Map<RegistryRef, RegistryState> states = new HashMap<>();
  private final PullSecretContentCache contents =
      new PullSecretContentCache(ref -> states.getOrDefault(ref, RegistryState.NONE), time.clock());
  private final PullSecretPlanner planner = new PullSecretPlanner(contents, time.clock());
  private final PolicyStatusEventSource statusEvents = new PolicyStatusEventSource(time.timer());
  private final DriftBackoff driftBackoff = new DriftBackoff(nanos::get);
  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final HandOverTracker handOvers = new HandOverTracker(policies);
  private final PolicyDeletionTracker deletions =
      new PolicyDeletionTracker(statusEvents::reconcileNow);
  private final NamespaceEnqueuer namespaces =
      new NamespaceEnqueuer(policies, new BindingCounts(cache, policies), queue, statusEvents);
  private final BindingEnqueuer bindings =
      new BindingEnqueuer(cache, policies, queue, new BindingLag(meters));
  private final AdmissionState admission = new AdmissionState(Set.of());
  private final NamespaceEventHandler namespaceEvents =
      new NamespaceEventHandler(
          namespace -> false, cache, policies, namespaces, bindings, deletions, handOvers);
  private final List<EventNote> events = new ArrayList<>();
  private final CopiedSecretReporter copies =
      new CopiedSecretReporter(
          cache, policies, new EventRecorder(null, (kind, verb) -> {}, time.clock(), events::add));
  private final PullSecretEventHandler pullSecretEvents =
      new PullSecretEventHandler(
          cache, policies, planner, driftBackoff, namespaces, bindings, copies);
  private final ServiceAccountEventHandler serviceAccountEvents =
      new ServiceAccountEventHandler(
          cache, policies, driftBackoff, namespaces, bindings, admission);
  private final PolicyEventHandler policyEvents =
      new PolicyEventHandler(policies, contents, namespaces, bindings, queue, deletions, handOvers);
  private final TokenEventHandler tokenEvents =
      new TokenEventHandler(policies, contents, queue, namespaces, meters);

  @BeforeEach
  void serveOneNamespace() {
    policyEvents.onPolicyChanged(
        plan(
            "p",
            ALL,
            new TargetSelector(
                null, new LabelSelectorBuilder().withMatchLabels(ON).build(), Set.of()),
            Binding.Append,
            false,
            resolvedRegistry("cri-a")));
    namespace("ns", Map.of());
    cache.pullSecrets.applyReply(secret("ns"));
    new InitialSync(cache, namespaceEvents, namespaces, bindings, handOvers, copies)
        .complete(false);
    drained();
  }

  @Test
  void enqueuesPullSecretAndBindingsOfDeletedPolicy() {
    // given
    namespace("ns", ON);
    bound("ns", "app");
    drained();

    // when
    boolean completed = policyEvents.onPolicyDeleted("p", false);

    // then
    assertThat(completed).isFalse();
    assertThat(handOvers.isHandedOver("ns")).isFalse();
    assertThat(drained())
        .containsExactlyInAnyOrder(new WorkItem.PullSecret("ns"), new WorkItem.Unbind("ns", "app"));
  }

  /** Their status names the policies that set the email and the due time. */
  @Test
  void aPolicyNotifiesThoseThatShareARegistryWithIt() {
    // given
    Set<String> notified = recordNotifiedPolicies();
    PolicyPlan older = only("a-older", "one");
    policyEvents.onPolicyChanged(only("b-younger", "two"));
    policyEvents.onPolicyChanged(only("c-other", "three", resolvedRegistry("cri-other")));
    assertNotified(notified, "b-younger", "c-other");

    // when an older policy appears
    policyEvents.onPolicyChanged(older);

    // then
    assertNotified(notified, "a-older", "b-younger");

    // when its email changes
    policyEvents.onPolicyChanged(withEmail(older, "ops@example.com"));

    // then
    assertNotified(notified, "a-older", "b-younger");
    assertThat(drained()).as("the email changes with the token").isEmpty();

    // when the email of a policy changes that decides nothing
    policyEvents.onPolicyChanged(withEmail(only("b-younger", "two"), "dev@example.com"));

    // then
    assertNotified(notified);

    // when another refreshBefore decides
    policyEvents.onPolicyChanged(
        withRefreshBefore(only("b-younger", "two"), Duration.ofMinutes(20)));

    // then
    assertNotified(notified, "a-older", "b-younger");

    // when the older one is gone
    policyEvents.onPolicyDeleted("a-older", false);

    // then
    assertNotified(notified, "b-younger");
  }

  private static PolicyPlan only(String name, String namespace) {
    return only(name, namespace, resolvedRegistry("cri-shared", "shared.cn"));
  }

  private static PolicyPlan only(String name, String namespace, ResolvedRegistry registry) {
    return plan(
        name,
        TargetSelector.of(List.of(namespace), null, null),
        ALL,
        Binding.Append,
        false,
        registry);
  }

  /** They were added at admission, before the first token. */
  @Test
  void unbindsServiceAccountsOfADeletedPolicyThatNeverHadAToken() {
    // given
    namespace("ns", ON);
    bound("ns", "app");
    cache.removePullSecret("ns", cache.pullSecret("ns"));
    drained();

    // when
    policyEvents.onPolicyDeleted("p", false);

    // then
    assertThat(drained())
        .containsExactlyInAnyOrder(new WorkItem.PullSecret("ns"), new WorkItem.Unbind("ns", "app"));
  }

  @Test
  void leavesEntriesThatNameASecretOfAnotherComponent() {
    // given
    namespace("ns", ON);
    bound("ns", "app");
    Secret foreign = secret("ns");
    foreign.getMetadata().setLabels(Map.of());
    foreign.getMetadata().setAnnotations(Map.of());
    foreign.getMetadata().setResourceVersion("2");
    cache.pullSecrets.put("ns/" + OURS, foreign);
    drained();

    // when
    policyEvents.onPolicyDeleted("p", false);

    // then
    assertThat(drained()).containsExactly(new WorkItem.PullSecret("ns"));
  }

  /** A pod that is created together with its namespace needs it at once. */
  @Test
  void writesThePullSecretOfANamespaceBeforeItHasAServiceAccount() {
    // when
    namespace("new", ON);

    // then
    assertThat(cache.serviceAccounts.inNamespace("new")).isEmpty();
    assertThat(drained()).containsExactly(new WorkItem.PullSecret("new"));
  }

  @Test
  void unbindsAtStartWhatAPolicyWithoutATokenLeftBehind() {
    // given an entry that no policy covers, and no pull Secret
    policies.remove("p");
    cache.removePullSecret("ns", cache.pullSecret("ns"));
    bound("ns", "app");

    // when
    new InitialSync(cache, namespaceEvents, namespaces, bindings, handOvers, copies)
        .complete(false);

    // then
    assertThat(drained()).contains(new WorkItem.Unbind("ns", "app"));
  }

  @Test
  void doesNotUnbindWhatIsHandedOver() {
    // given
    namespace("ns", ON);
    bound("ns", "app");
    drained();

    // when
    boolean completed = policyEvents.onPolicyDeleted("p", true);

    // then
    assertThat(completed).isFalse();
    assertThat(handOvers.isHandedOver("ns")).isTrue();
    assertThat(drained()).containsExactly(new WorkItem.PullSecret("ns"));

    // when
    handOvers.stop("ns");
    deletions.onWorkDone(new WorkItem.PullSecret("ns"));

    // then
    assertThat(policyEvents.onPolicyDeleted("p", true)).isTrue();
    assertThat(handOvers.isHandedOver("ns")).isFalse();
  }

  @Test
  void doesNotHandOverNamespaceThatAnotherPolicyCovers() {
    // given
    namespace("ns", ON);
    policyEvents.onPolicyChanged(plan("other", resolvedRegistry("cri-b")));

    // when
    policyEvents.onPolicyDeleted("p", true);

    // then
    assertThat(handOvers.isHandedOver("ns")).isFalse();
  }

  /** Blocked work is not retried, so nothing else would clear its failure. */
  @Test
  void enqueuesDeletedNamespaceOnceMoreToClearItsFailures() {
    // given
    namespace("ns", ON);
    drained();

    // when
    cache.namespaces.remove("/ns");
    namespaceEvents.delete("ns");

    // then
    assertThat(drained()).containsExactly(new WorkItem.PullSecret("ns"));
  }

  @Test
  void bindsManyServiceAccountsLabelledAtOnceWithoutWaiting() {
    // when
    for (int i = 0; i < 20; i++) {
      serviceAccountEvents.onUpdated("ns", "app-" + i, account(Map.of()), account(ON));
    }

    // then
    assertThat(drained()).hasSize(20);
  }

  /** If the process is killed while it writes them, the next one needs the same tokens. */
  @Test
  void savesFreshTokensBeforeWritingNamespaces() {
    // given
    namespace("ns", ON);
    drained();

    // when
    tokenEvents.onTokensChanged(Set.of(resolvedRegistry("cri-a").ref()));

    // then
    assertThat(drained()).containsExactly(new WorkItem.SaveState(), new WorkItem.PullSecret("ns"));

    // and even where namespaces wait for other reasons
    pullSecretEvents.handle("ns");
    tokenEvents.onTokensChanged(Set.of(resolvedRegistry("cri-a").ref()));
    assertThat(drained()).first().isEqualTo(new WorkItem.SaveState());
  }

  @Test
  void keepsBackoffWhenDriftedServiceAccountChangesAgain() {
    // given a drift loop
    for (int round = 0; round < 8; round++) {
      serviceAccountEvents.onUpdated("ns", "app", account(ON, OURS), account(ON));
    }
    drained();

    // when
    serviceAccountEvents.onUpdated("ns", "app", account(ON, OURS), account(ON));
    serviceAccountEvents.onUpdated("ns", "app", account(ON), account(ON, "theirs"));

    // then
    assertThat(drained()).isEmpty();
    nanos.addAndGet(Duration.ofSeconds(60).toNanos());
    assertThat(drained()).containsExactly(new WorkItem.Bind("ns", "app"));
  }

  /** The watch event may arrive before the reply to our write, which is dropped then. */
  @Test
  void bindsPullSecretThatTheWatchReportsBeforeTheReply() {
    // given
    namespace("ns", ON);
    unbound("ns", "app");
    PullSecretContent content = contents.get(policies.policies("ns"));
    Secret written = secret("ns");
    written.getMetadata().setResourceVersion("2");
    written.setType("kubernetes.io/dockerconfigjson");
    written.setData(Map.of(".dockerconfigjson", content.encoded()));
    cache.pullSecrets.put("ns/" + OURS, written);
    drained();

    // when
    pullSecretEvents.handle("ns");

    // then
    assertThat(drained()).containsExactly(new WorkItem.Bind("ns", "app"));
  }

  /** A cluster of thousands of namespaces has its first usable namespace within a second. */
  @Test
  void bindsTheServiceAccountsOfAWrittenNamespaceBeforeOthersAreWritten() {
    // given
    unbound("ns", "app");
    namespaces.enqueue("ns");
    namespaces.enqueue("other");
    WorkItem first = queue.poll();

    // when its pull Secret is written
    bindings.enqueueMissing("ns");
    queue.done(first);

    // then
    assertThat(first).isEqualTo(new WorkItem.PullSecret("ns"));
    assertThat(drained())
        .containsExactly(new WorkItem.Bind("ns", "app"), new WorkItem.PullSecret("other"));
  }

  /** Otherwise the pull Secret stays, and the deletion of the policy never ends. */
  @Test
  void removesThePullSecretIfAServiceAccountIsDeletedBeforeItsUnbinding() {
    // given
    namespace("ns", ON);
    policyEvents.onPolicyDeleted("p", false);
    drained();
    ServiceAccountReconciler reconciler =
        new ServiceAccountReconciler(
            cache, policies, null, namespaces, deletions, handOvers, new BindingLag(meters));

    // when
    reconciler.unbind(new WorkItem.Unbind("ns", "deleted"));

    // then
    assertThat(drained()).containsExactly(new WorkItem.PullSecret("ns"));
  }

  @Test
  void policyIsReconciledWhenWorkThatItsDeletionWaitsForFails() {
    // given
    namespace("ns", ON);
    bound("ns", "app");
    List<String> reconciled = new ArrayList<>();
    PolicyDeletionTracker tracker = new PolicyDeletionTracker(reconciled::add);
    tracker.start("p", Set.of(new WorkItem.Unbind("ns", "app")));

    // when
    tracker.onWorkFailed(new WorkItem.Unbind("ns", "other"));
    assertThat(reconciled).isEmpty();
    tracker.onWorkFailed(new WorkItem.Unbind("ns", "app"));

    // then
    assertThat(reconciled).containsExactly("p");
    assertThat(tracker.pendingNamespaces("p")).containsExactly("ns");
    assertThat(tracker.pendingNamespaces("q")).isEmpty();
  }

  /** As a controller that copies Secrets makes it: with the same labels and annotations. */
  @Test
  void reportsACopyInANamespaceThatNoPolicyCoversAndLeavesIt() {
    // given
    policyEvents.onPolicyDeleted("p", false);
    cache.pullSecrets.put("ns/" + OURS, copyFrom("source"));
    drained();

    // when
    pullSecretEvents.handle("ns");
    pullSecretEvents.handle("ns");

    // then
    assertThat(drained()).isEmpty();
    assertThat(events).hasSize(1);
    assertThat(events.get(0).reason()).isEqualTo("SecretCopied");
    assertThat(events.get(0).message()).contains("namespace source", "No policy covers");
    assertThat(events.get(0).regarding().getNamespace()).isEqualTo("ns");
  }

  @Test
  void reportsAndReplacesACopyInACoveredNamespaceWithBackoff() {
    // given
    cache.pullSecrets.put("ns/" + OURS, copyFrom("source"));
    RegistryState fresh = state(token("secret"), "a.cn");
    states.put(resolvedRegistry("cri-a").ref(), fresh);
    contents.clear();

    // when
    for (int round = 0; round < 6; round++) {
      pullSecretEvents.handle("ns");
      drained();
    }
    pullSecretEvents.handle("ns");

    // then
    assertThat(drained()).as("waits").isEmpty();
    assertThat(events).hasSize(1);
    assertThat(events.get(0).message()).contains("namespace source", "is restored");
  }

  private static Secret copyFrom(String namespace) {
    return PullSecrets.owned(namespace, OURS)
        .editMetadata()
        .withNamespace("ns")
        .withResourceVersion("5")
        .endMetadata()
        .build();
  }

  /** Watch events and the initial sync run in parallel. */
  @Test
  void ignoresLateEventOfNamespaceThatIsNotInTheCache() {
    // given
    cache.namespaces.remove("/ns");

    // when an older event comes late
    namespaceEvents.update("ns");

    // then
    assertThat(policies.containsNamespace("ns")).isFalse();
  }

  @Test
  void enqueuesNamespaceThatWasRecreatedBeforeItsDeletionIsHandled() {
    // when the cache has the new one before the deletion of the old one is handled
    namespaceEvents.delete("ns");

    // then
    assertThat(policies.containsNamespace("ns")).isTrue();
    assertThat(drained()).containsExactly(new WorkItem.PullSecret("ns"));
  }

  private void namespace(String name, Map<String, String> labels) {
    cache.namespaces.put(
        "/" + name,
        new NamespaceBuilder()
            .withNewMetadata()
            .withName(name)
            .withResourceVersion(String.valueOf(++version))
            .withLabels(labels)
            .endMetadata()
            .build());
    namespaceEvents.update(name);
  }

  private static Secret secret(String namespace) {
    return PullSecrets.owned(namespace, OURS).build();
  }

  private static ObservedServiceAccount account(Map<String, String> labels, String... entries) {
    return new ObservedServiceAccount("1", labels, List.of(entries));
  }

  private void bound(String namespace, String name) {
    cache.serviceAccounts.applyReply(
        serviceAccount(namespace, name).addNewImagePullSecret(OURS).build());
  }

  private void unbound(String namespace, String name) {
    cache.serviceAccounts.applyReply(serviceAccount(namespace, name).build());
  }

  private static ServiceAccountBuilder serviceAccount(String namespace, String name) {
    return new ServiceAccountBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withResourceVersion("1")
        .withLabels(ON)
        .endMetadata();
  }

  private Set<String> recordNotifiedPolicies() {
    Set<String> notified = new HashSet<>();
    statusEvents.setEventHandler(
        event -> notified.add(event.getRelatedCustomResourceID().getName()));
    statusEvents.start();
    time.advance(Duration.ofSeconds(2));
    notified.clear();
    return notified;
  }

  private void assertNotified(Set<String> notified, String... policies) {
    time.advance(Duration.ofSeconds(2));
    assertThat(notified).containsExactlyInAnyOrder(policies);
    notified.clear();
  }

  private List<WorkItem> drained() {
    return WorkQueues.drained(queue);
  }
}
