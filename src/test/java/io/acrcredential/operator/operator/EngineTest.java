package io.acrcredential.operator.operator;

import static io.acrcredential.operator.testkit.Plans.ALL;
import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.binding.ObservedServiceAccount;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.policy.Selection;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.token.RegistryState;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
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

class EngineTest {

  private static final String OURS = "pull";
  private static final Map<String, String> ON = Map.of("acr", "on");

  private final AtomicLong nanos = new AtomicLong();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ManualTime time = new ManualTime(NOW);
  private final ClusterView view = new ClusterView(OURS);
  private final Coverage coverage = new Coverage();
  private final WorkQueue<Work> queue = new WorkQueue<>(nanos::get, n -> Duration.ofSeconds(1));
  private final Engine engine =
      new Engine(
          view,
          coverage,
          new Contents(ref -> RegistryState.NONE, time.clock()),
          new Tally(view, coverage),
          queue,
          new Fights(nanos::get),
          namespace -> false,
          new PolicySignals(timer),
          time.clock());

  @BeforeEach
  void serveOneNamespace() {
    engine.policy(
        plan(
            "p",
            ALL,
            new Selection(null, new LabelSelectorBuilder().withMatchLabels(ON).build(), Set.of()),
            Binding.Append,
            false,
            wanted("cri-a")));
    engine.namespace("ns", Map.of(), false);
    view.pullSecrets.seen(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace("ns")
            .withName(OURS)
            .withResourceVersion("1")
            .addToLabels(ObservedSecret.MANAGED_BY, ObservedSecret.OPERATOR)
            .endMetadata()
            .build());
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
    engine.namespace("ns", ON, false);
    bound("ns", "app");
    drained();

    // when
    boolean gone = engine.policyGone("p", false);

    // then
    assertThat(gone).isFalse();
    assertThat(engine.handsOver("ns")).isFalse();
    assertThat(drained())
        .containsExactlyInAnyOrder(new Work.PullSecret("ns"), new Work.Unbind("ns", "app"));
  }

  @Test
  void whatIsHandedOverIsNotUnbound() {
    // given
    engine.namespace("ns", ON, false);
    bound("ns", "app");
    drained();

    // when
    boolean gone = engine.policyGone("p", true);

    // then
    assertThat(gone).isFalse();
    assertThat(engine.handsOver("ns")).isTrue();
    assertThat(drained()).containsExactly(new Work.PullSecret("ns"));

    // when
    engine.handOverDone("ns");
    engine.done(new Work.PullSecret("ns"));

    // then
    assertThat(engine.policyGone("p", true)).isTrue();
    assertThat(engine.handsOver("ns")).isFalse();
  }

  @Test
  void aNamespaceThatAnotherPolicyCoversIsNotHandedOver() {
    // given
    engine.namespace("ns", ON, false);
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
    engine.namespace("ns", ON, false);
    drained();

    // when
    engine.namespaceGone("ns");

    // then
    assertThat(drained()).containsExactly(new Work.PullSecret("ns"));
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
    engine.namespace("ns", ON, false);
    drained();

    // when
    engine.tokens(Set.of(wanted("cri-a").ref()));

    // then
    assertThat(drained()).containsExactly(new Work.SaveState(), new Work.PullSecret("ns"));

    // and even where namespaces wait for other reasons
    engine.pullSecret("ns");
    engine.tokens(Set.of(wanted("cri-a").ref()));
    assertThat(drained()).first().isEqualTo(new Work.SaveState());
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
    assertThat(drained()).containsExactly(new Work.Bind("ns", "app"));
  }

  private static ObservedServiceAccount account(Map<String, String> labels, String... entries) {
    return new ObservedServiceAccount("1", labels, List.of(entries));
  }

  private void bound(String namespace, String name) {
    view.serviceAccounts.seen(
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(name)
            .withResourceVersion("1")
            .withLabels(ON)
            .endMetadata()
            .addNewImagePullSecret(OURS)
            .build());
  }

  private List<Work> drained() {
    List<Work> all = new ArrayList<>();
    for (Work work = queue.poll(); work != null; work = queue.poll()) {
      all.add(work);
      queue.done(work);
    }
    return all;
  }
}
