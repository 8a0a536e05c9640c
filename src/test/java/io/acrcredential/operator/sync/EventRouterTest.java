package io.acrcredential.operator.sync;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.policy.TargetSelector;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.token.RegistryState;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventRouterTest {

  private static final String OURS = "pull";
  private static final Map<String, String> ON = Map.of("acr", "on");

  private final AtomicLong nanos = new AtomicLong();
  private long version;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ManualTime time = new ManualTime(NOW);
  private final ClusterCache view = new ClusterCache(OURS);
  private final PolicyIndex coverage = new PolicyIndex();
  private final WorkQueue<WorkItem> queue = new WorkQueue<>(nanos::get, n -> Duration.ofSeconds(1));
  private final PullSecretContentCache contents =
      new PullSecretContentCache(ref -> RegistryState.NONE, time.clock());
  private final EventRouter engine =
      new EventRouter(
          view,
          coverage,
          contents,
          new BindingCounts(view, coverage),
          queue,
          new DriftBackoff(nanos::get),
          namespace -> false,
          new PolicyStatusEventSource(timer),
          time.clock());

  @BeforeEach
  void serveOneNamespace() {
    engine.policy(
        plan(
            "p",
            ALL,
            new TargetSelector(
                null, new LabelSelectorBuilder().withMatchLabels(ON).build(), Set.of()),
            Binding.Append,
            false,
            wanted("cri-a")));
    namespace("ns", Map.of());
    view.pullSecrets.seen(secret("ns"));
    engine.start(false);
    drained();
  }

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  @Test
  void whatADeletedPolicyPutThereIsRemoved() {
    // given
    namespace("ns", ON);
    bound("ns", "app");
    drained();

    // when
    boolean gone = engine.policyGone("p", false);

    // then
    assertThat(gone).isFalse();
    assertThat(engine.handsOver("ns")).isFalse();
    assertThat(drained())
        .containsExactlyInAnyOrder(new WorkItem.PullSecret("ns"), new WorkItem.Unbind("ns", "app"));
  }

  @Test
  void whatIsHandedOverIsNotUnbound() {
    // given
    namespace("ns", ON);
    bound("ns", "app");
    drained();

    // when
    boolean gone = engine.policyGone("p", true);

    // then
    assertThat(gone).isFalse();
    assertThat(engine.handsOver("ns")).isTrue();
    assertThat(drained()).containsExactly(new WorkItem.PullSecret("ns"));

    // when
    engine.handOverDone("ns");
    engine.done(new WorkItem.PullSecret("ns"));

    // then
    assertThat(engine.policyGone("p", true)).isTrue();
    assertThat(engine.handsOver("ns")).isFalse();
  }

  @Test
  void aNamespaceThatAnotherPolicyCoversIsNotHandedOver() {
    // given
    namespace("ns", ON);
    engine.policy(plan("other", wanted("cri-b")));

    // when
    engine.policyGone("p", true);

    // then
    assertThat(engine.handsOver("ns")).isFalse();
  }

  /** What is blocked is not retried: nothing else would clear it. */
  @Test
  void aNamespaceThatIsGoneIsLookedAtOnceMoreSoThatItsTroublesEnd() {
    // given
    namespace("ns", ON);
    drained();

    // when
    view.namespaces.remove("/ns");
    engine.namespaceGone("ns");

    // then
    assertThat(drained()).containsExactly(new WorkItem.PullSecret("ns"));
  }

  @Test
  void manyServiceAccountsLabelledAtOnceAreAllBoundAtOnce() {
    // when
    for (int i = 0; i < 20; i++) {
      engine.serviceAccountChanged("ns", "app-" + i, account(Map.of()), account(ON));
    }

    // then
    assertThat(drained()).hasSize(20);
  }

  /** Or a kill among the namespaces would lose what some of them have already. */
  @Test
  void freshTokensAreSavedBeforeAnyNamespaceIsWritten() {
    // given
    namespace("ns", ON);
    drained();

    // when
    engine.tokens(Set.of(wanted("cri-a").ref()));

    // then
    assertThat(drained()).containsExactly(new WorkItem.SaveState(), new WorkItem.PullSecret("ns"));

    // and even where namespaces wait for other reasons
    engine.pullSecret("ns");
    engine.tokens(Set.of(wanted("cri-a").ref()));
    assertThat(drained()).first().isEqualTo(new WorkItem.SaveState());
  }

  @Test
  void whoStripsAnEntryAndTouchesTheObjectAgainIsAnsweredNoSooner() {
    // given a fight
    for (int round = 0; round < 8; round++) {
      engine.serviceAccountChanged("ns", "app", account(ON, OURS), account(ON));
    }
    drained();

    // when
    engine.serviceAccountChanged("ns", "app", account(ON, OURS), account(ON));
    engine.serviceAccountChanged("ns", "app", account(ON), account(ON, "theirs"));

    // then
    assertThat(drained()).isEmpty();
    nanos.addAndGet(Duration.ofSeconds(60).toNanos());
    assertThat(drained()).containsExactly(new WorkItem.Bind("ns", "app"));
  }

  /** The watch may be faster than the reply to our write, which is dropped then. */
  @Test
  void aPullSecretThatTheWatchShowsFirstIsBound() {
    // given
    namespace("ns", ON);
    unbound("ns", "app");
    PullSecretContent content = contents.of(coverage.policies("ns"));
    Secret written = secret("ns");
    written.getMetadata().setResourceVersion("2");
    written.setType("kubernetes.io/dockerconfigjson");
    written.setData(Map.of(".dockerconfigjson", content.encoded()));
    view.pullSecrets.put("ns/" + OURS, written);
    drained();

    // when
    engine.pullSecret("ns");

    // then
    assertThat(drained()).containsExactly(new WorkItem.Bind("ns", "app"));
  }

  /** The handler of the watch and the first reading of the view run side by side. */
  @Test
  void aNamespaceThatTheViewNoLongerHasIsNotTakenIn() {
    // given
    view.namespaces.remove("/ns");

    // when an older event comes late
    engine.namespace("ns");

    // then
    assertThat(coverage.knows("ns")).isFalse();
  }

  @Test
  void aNamespaceThatWasDeletedAndIsThereAgainIsLookedAtAgain() {
    // when the view has the new one before the deletion of the old one is handled
    engine.namespaceGone("ns");

    // then
    assertThat(coverage.knows("ns")).isTrue();
    assertThat(drained()).containsExactly(new WorkItem.PullSecret("ns"));
  }

  private void namespace(String name, Map<String, String> labels) {
    view.namespaces.put(
        "/" + name,
        new NamespaceBuilder()
            .withNewMetadata()
            .withName(name)
            .withResourceVersion(String.valueOf(++version))
            .withLabels(labels)
            .endMetadata()
            .build());
    engine.namespace(name);
  }

  private static Secret secret(String namespace) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(OURS)
        .withResourceVersion("1")
        .addToLabels(Ownership.LABELS)
        .endMetadata()
        .build();
  }

  private static ObservedServiceAccount account(Map<String, String> labels, String... entries) {
    return new ObservedServiceAccount("1", labels, List.of(entries));
  }

  private void bound(String namespace, String name) {
    view.serviceAccounts.seen(serviceAccount(namespace, name).addNewImagePullSecret(OURS).build());
  }

  private void unbound(String namespace, String name) {
    view.serviceAccounts.seen(serviceAccount(namespace, name).build());
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

  private List<WorkItem> drained() {
    List<WorkItem> all = new ArrayList<>();
    for (WorkItem work = queue.poll(); work != null; work = queue.poll()) {
      all.add(work);
      queue.done(work);
    }
    return all;
  }
}
