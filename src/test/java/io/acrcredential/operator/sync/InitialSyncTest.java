// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.admission.AdmissionCheck;
import io.acrcredential.operator.admission.AdmissionState;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.index.PullSecretContentCache;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.policy.TargetSelector;
import io.acrcredential.operator.pullsecret.PullSecretWriter;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkItem.Bind;
import io.acrcredential.operator.queue.WorkItem.PullSecret;
import io.acrcredential.operator.queue.WorkItem.Unbind;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.testkit.PullSecrets;
import io.acrcredential.operator.testkit.WorkQueues;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is done while namespaces and ServiceAccounts are being listed, and what waits. */
class InitialSyncTest {

  private static final String OURS = "pull";
  private static final Map<String, String> ON = Map.of("acr", "on");

  private final AtomicLong nanos = new AtomicLong();
  private final ManualTime time = new ManualTime(NOW);
  private final ClusterCache cache = new ClusterCache(OURS);
  private final PolicyIndex policies = new PolicyIndex();
  private final WorkQueue<WorkItem> queue =
      new WorkQueue<>(nanos::get, n -> Duration.ofSeconds(1), WorkItem::namespace);
  private final PullSecretContentCache contents =
      new PullSecretContentCache(ref -> state(token("secret"), "a.cn"), time.clock());
  private final PolicyStatusEventSource statusEvents = new PolicyStatusEventSource(time.timer());
  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final BindingLag lag = new BindingLag(meters);
  private final HandOverTracker handOvers = new HandOverTracker(policies);
  private final PolicyDeletionTracker deletions =
      new PolicyDeletionTracker(statusEvents::reconcileNow);
  private final NamespaceEnqueuer namespaces =
      new NamespaceEnqueuer(policies, new BindingCounts(cache, policies), queue, statusEvents);
  private final BindingEnqueuer bindings = new BindingEnqueuer(cache, policies, queue, lag);
  private final AdmissionState admission = new AdmissionState(Set.of());
  private final NamespaceEventHandler namespaceEvents =
      new NamespaceEventHandler(
          namespace -> false, cache, policies, namespaces, bindings, deletions, handOvers);
  private final ServiceAccountEventHandler serviceAccountEvents =
      new ServiceAccountEventHandler(
          cache, policies, new DriftBackoff(() -> 0), namespaces, bindings, admission);
  private final PullSecretReconciler reconciler =
      new PullSecretReconciler(
          cache,
          policies,
          new PullSecretPlanner(contents, time.clock()),
          new PullSecretWriter(null, OURS, InitialSyncTest::refuse, time.clock()),
          namespaces,
          bindings,
          deletions,
          handOvers);
  private final InitialSync initialSync =
      new InitialSync(
          cache,
          namespaceEvents,
          namespaces,
          bindings,
          handOvers,
          new CopiedSecretReporter(
              cache,
              policies,
              new EventRecorder(null, (kind, verb) -> {}, time.clock(), note -> {})));

  @BeforeEach
  void coverNamespaces() {
    policies.put(
        plan(
            "p",
            new TargetSelector(
                null, new LabelSelectorBuilder().withMatchLabels(ON).build(), Set.of()),
            ALL,
            Binding.Append,
            false,
            resolvedRegistry("cri-a")));
    new AdmissionCheck(null, cache, policies, null, admission, queue, false, () -> {});
    namespace("first", ON);
    namespace("other", Map.of());
    listed("first", "app", "5");
    listed("other", "app", "6");
    initialSync.indexNamespaces();
    assertThat(drained()).isEmpty();
  }

  @Test
  void beginsWithNamespacesWhoseServiceAccountsAreKnown() {
    // given
    namespace("second", ON);
    initialSync.indexNamespaces();
    assertThat(initialSync.isAnyServiceAccountCovered()).isTrue();

    // when
    initialSync.begin();

    // then
    assertThat(drained()).containsExactly(new PullSecret("first"));

    // when
    listed("second", "app", "7");

    // then
    assertThat(drained()).containsExactly(new PullSecret("second"));

    // when
    initialSync.complete(false);

    // then
    assertThat(drained())
        .containsExactlyInAnyOrder(
            new PullSecret("first"), new PullSecret("second"), new PullSecret("other"));
  }

  @Test
  void bindsAServiceAccountThatIsListedBeforeItsNamespace() {
    // given
    initialSync.begin();
    drained();

    // when
    listed("late", "app", "7");

    // then
    assertThat(drained()).isEmpty();

    // when
    namespace("late", ON);
    namespaceEvents.update("late");

    // then
    assertThat(drained()).containsExactly(new PullSecret("late"));
  }

  /** Otherwise thousands of them would go before the work that is urgent. */
  @Test
  void onlyServiceAccountsCreatedFromNowOnAreNew() {
    // given
    ownPullSecret("first");
    initialSync.begin();
    drained();
    queue.add(new Bind("other", "before"), Priority.FOLLOW_UP);

    // when
    listed("first", "listed", "7");

    // then
    assertThat(drained()).containsExactly(new Bind("other", "before"), new Bind("first", "listed"));
    nanos.addAndGet(Duration.ofSeconds(5).toNanos());
    assertThat(drained()).as("says nothing of binding at admission").isEmpty();

    // given
    cache.serviceAccounts.endFirstList();
    queue.add(new Bind("other", "before"), Priority.FOLLOW_UP);

    // when
    listed("first", "new", "8");

    // then
    assertThat(drained()).containsExactly(new Bind("first", "new"), new Bind("other", "before"));
    nanos.addAndGet(Duration.ofSeconds(5).toNanos());
    assertThat(drained()).containsExactly(new WorkItem.CheckAdmission());
  }

  @Test
  void writesNoPullSecretBeforeAServiceAccountIsListed() {
    // given
    namespace("second", ON);
    initialSync.indexNamespaces();
    initialSync.begin();

    // when
    reconciler.reconcile(new PullSecret("second"));

    // then
    assertThatThrownBy(() -> reconciler.reconcile(new PullSecret("first"))).hasMessage("create");
    listed("second", "app", "7");
    assertThatThrownBy(() -> reconciler.reconcile(new PullSecret("second"))).hasMessage("create");
  }

  /** After a long outage its tokens may have expired. */
  @Test
  void renewsAPullSecretBeforeAServiceAccountIsListed() {
    // given
    namespace("second", ON);
    ownPullSecret("second");
    initialSync.indexNamespaces();
    initialSync.begin();

    // then
    assertThatThrownBy(() -> reconciler.reconcile(new PullSecret("second"))).hasMessage("patch");
  }

  /** Its ServiceAccounts may have entries, and the policy that covers it may be overlooked. */
  @Test
  void removesNothingUntilEverythingIsListed() {
    // given
    ownPullSecret("other");
    initialSync.begin();

    // when
    reconciler.reconcile(new PullSecret("other"));

    // then
    assertThat(cache.hasOwnPullSecret("other")).isTrue();

    // when
    cache.serviceAccounts.put("other/bound", account("other", "bound", "7", OURS));
    initialSync.complete(false);

    // then
    assertThat(drained()).contains(new PullSecret("other"), new Unbind("other", "bound"));
    cache.serviceAccounts.remove("other/bound");
    assertThatThrownBy(() -> reconciler.reconcile(new PullSecret("other"))).hasMessage("delete");
  }

  /** Its events are delivered later. */
  @Test
  void completesWithNamespacesThatAreNotInTheIndexYet() {
    // given
    initialSync.begin();
    namespace("late", Map.of());
    ownPullSecret("late");
    cache.serviceAccounts.put("late/bound", account("late", "bound", "7", OURS));

    // when
    initialSync.complete(false);

    // then
    assertThat(drained()).contains(new PullSecret("late"), new Unbind("late", "bound"));
  }

  private static void refuse(String kind, String verb) {
    throw new RefusedException(verb);
  }

  private void namespace(String name, Map<String, String> labels) {
    cache.namespaces.put(
        "/" + name,
        new NamespaceBuilder()
            .withNewMetadata()
            .withName(name)
            .withResourceVersion("1")
            .withLabels(labels)
            .endMetadata()
            .build());
  }

  private void ownPullSecret(String namespace) {
    cache.pullSecrets.put(namespace + "/" + OURS, PullSecrets.owned(namespace, OURS).build());
  }

  /** The informer puts each object of a page into its store before it reports it. */
  private void listed(String namespace, String name, String version) {
    ServiceAccount account = account(namespace, name, version);
    cache.serviceAccounts.put(cache.serviceAccounts.getKey(account), account);
    serviceAccountEvents.onChanged(null, account);
  }

  private static ServiceAccount account(
      String namespace, String name, String version, String... entries) {
    ServiceAccountBuilder account =
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(name)
            .withResourceVersion(version)
            .endMetadata();
    for (String entry : entries) {
      account.addNewImagePullSecret(entry);
    }
    return account.build();
  }

  private List<WorkItem> drained() {
    return WorkQueues.drained(queue);
  }

  private static final class RefusedException extends RuntimeException {
    RefusedException(String verb) {
      super(verb);
    }
  }
}
