// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import static io.acrcredential.operator.testkit.Plans.NOW;
import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.resolvedRegistry;
import static io.acrcredential.operator.testkit.Plans.state;
import static io.acrcredential.operator.testkit.Plans.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.Settings.StuckPods;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.kubernetes.EventRecorder.EventNote;
import io.acrcredential.operator.kubernetes.RecordStore;
import io.acrcredential.operator.kubernetes.RetryAfterInterceptor;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.testkit.MockApiServer;
import io.acrcredential.operator.testkit.Plans;
import io.acrcredential.operator.testkit.PullSecrets;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PodHealerTest {

  private static final String OURS = "pull";
  private static final WorkItem WORK = new WorkItem.HealPods("team");

  private final KubernetesMockServer server = MockApiServer.create();
  private final ManualTime time = new ManualTime(NOW);
  private final ClusterCache cache = new ClusterCache(OURS);
  private final PolicyIndex policies = new PolicyIndex();
  private final WorkQueue<WorkItem> queue =
      new WorkQueue<>(time::nanoTime, n -> Duration.ofSeconds(1), WorkItem::namespace);
  private final PendingPods pending = new PendingPods();
  private final RecordStore<Pod, ObservedPod> pods = pending.clear();
  private final List<EventNote> notes = new ArrayList<>();
  private final PodAccess access = new PodAccess(StuckPods.HEAL, true, () -> {});
  private boolean leading = true;
  private KubernetesClient client;
  private PodHealer healer;

  @BeforeEach
  void start() {
    server.init();
    client = RetryAfterInterceptor.withoutRetries(server.createClient());
    WriteFence fence =
        (kind, verb) -> {
          if (!leading) {
            throw new NotLeadingException();
          }
        };
    healer =
        new PodHealer(
            pending,
            cache,
            policies,
            new CoveredImages(
                policies,
                ref -> state(token("password", NOW.plus(Duration.ofDays(1)))),
                access,
                time.clock()),
            new PodEvictor(client, fence, access),
            new PodEvents(new EventRecorder(client, fence, time.clock(), notes::add), time.clock()),
            queue,
            time::nanoTime);
    policies.putNamespace("team", Map.of());
    policies.put(Plans.withHealPods(plan("p", resolvedRegistry("cri-abc", Pods.HOST))));
    cache.pullSecrets.put("team/" + OURS, PullSecrets.owned("team", OURS).build());
    cache.serviceAccounts.put(
        "team/default",
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withNamespace("team")
            .withName("default")
            .withResourceVersion("1")
            .endMetadata()
            .addNewImagePullSecret(OURS)
            .build());
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  @Test
  void evictsThePodAsItWasObserved() throws InterruptedException {
    // given
    observe("web-abc-1");
    answer("web-abc-1", 201, new Status());

    // when
    healer.heal("team");

    // then
    assertThat(server.getLastRequest().getBody().readUtf8())
        .contains("\"resourceVersion\":\"7\"", "\"uid\":\"uid-of-web-abc-1\"")
        .doesNotContain("gracePeriodSeconds");
    assertThat(notes)
        .extracting(note -> note.reason() + " " + note.regarding().getKind())
        .containsExactly("PodEvicted Pod", "PodEvicted ReplicaSet");
    assertThat(notes.get(1).regarding().getUid()).isEqualTo("uid-of-web-abc");
    assertThat(notes.get(1).message()).doesNotContain("web-abc-1");
  }

  @Test
  void evictsSoManyAtATimeAndGoesOnLater() {
    // given
    for (int i = 0; i < 50; i++) {
      observe("web-abc-" + i);
      answer("web-abc-" + i, 201, new Status());
    }

    // when
    healer.heal("team");

    // then
    assertThat(server.getRequestCount()).isEqualTo(EvictionBrake.PER_CONTROLLER);
    assertThat(nextLook()).isEqualTo(EvictionBrake.HOLD);
  }

  @Test
  void aPodThatHasChangedOrIsGoneIsLeftToItsWatchEvent() {
    for (int code : List.of(404, 409)) {
      // given
      observe("web-abc-" + code);
      answer("web-abc-" + code, code, status(code, "changed"));

      // when
      healer.heal("team");

      // then
      assertThat(notes).isEmpty();
      assertThat(queue.poll()).isNull();
      pods.remove("team/web-abc-" + code);
    }
  }

  @Test
  void asksAgainLaterIfTheApiServerPostpones() {
    for (int code : List.of(429, 500)) {
      // given
      observe("web-abc-" + code);
      answer("web-abc-" + code, code, status(code, "later"));

      // when
      healer.heal("team");

      // then
      assertThat(notes).isEmpty();
      assertThat(nextLook()).isEqualTo(Duration.ofSeconds(30));
      pods.remove("team/web-abc-" + code);
    }
  }

  @Test
  void asksOnceIfTheOperatorMayNotEvict() {
    // given
    for (int i = 0; i < 3; i++) {
      observe("web-abc-" + i);
      answer("web-abc-" + i, 403, status(403, "pods is forbidden: User \"x\" cannot create"));
    }

    // when
    healer.heal("team");

    // then
    assertThat(server.getRequestCount()).isEqualTo(1);
    assertThat(nextLook()).isEqualTo(Duration.ofMinutes(5));
    PolicyPlan plan = policies.plan("p");
    assertThat(access.healingObstacle(plan))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .startsWith("Pods cannot be evicted: pod team/web-abc-0: the operator lacks"));
  }

  /** An admission rule may refuse some pods only, and a postponed request may stand for all. */
  @Test
  void podsThatCannotBeEvictedDoNotBlockTheOthers() {
    for (int code : List.of(400, 429)) {
      // given
      int limit = EvictionBrake.PER_NAMESPACE;
      for (int i = 10; i < 10 + limit; i++) {
        observe("web-" + code + "-" + i);
        answer(
            "web-" + code + "-" + i,
            code,
            status(code, "admission webhook \"pods.example.com\" denied the request: no"));
      }
      observe("web-" + code + "-99");
      answer("web-" + code + "-99", 201, new Status());
      int before = server.getRequestCount();

      // when
      healer.heal("team");

      // then
      assertThat(server.getRequestCount() - before).isEqualTo(limit);
      assertThat(notes).isEmpty();

      // when
      healer.heal("team");

      // then
      assertThat(notes).extracting(EventNote::reason).contains("PodEvicted");
      notes.clear();
      for (int i = 10; i < 10 + limit; i++) {
        pods.remove("team/web-" + code + "-" + i);
      }
      pods.remove("team/web-" + code + "-99");
      healer.heal("team");
    }
  }

  @Test
  void sendsNothingAsStandby() {
    // given
    observe("web-abc-1");
    leading = false;

    // then
    assertThatThrownBy(() -> healer.heal("team")).isInstanceOf(NotLeadingException.class);
    assertThat(server.getRequestCount()).isZero();
  }

  @Test
  void waitsUntilTheServiceAccountIsBound() {
    // given
    observe("web-abc-1");
    cache.pullSecrets.remove("team/" + OURS);

    // when
    healer.heal("team");

    // then
    assertThat(server.getRequestCount()).isZero();
    assertThat(notes).isEmpty();
    assertThat(nextLook()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void tellsEachPodOnceAnHour() {
    // given
    policies.put(plan("p", resolvedRegistry("cri-abc", Pods.HOST)));
    observe("web-abc-1");
    observe("web-abc-2");

    // when
    healer.heal("team");
    healer.heal("team");

    // then
    assertThat(notes)
        .extracting(note -> note.regarding().getName())
        .containsExactly("web-abc-1", "web-abc-2");
    assertThat(notes).extracting(EventNote::reason).containsOnly("PullSecretMissing");
    assertThat(queue.poll()).isNull();

    // when
    time.pass(Duration.ofHours(1));
    healer.heal("team");

    // then
    assertThat(notes).hasSize(4);
  }

  /** The recorder of Events remembers the last 1,000. */
  @Test
  void tellsEachOfManyPodsOnce() {
    // given
    policies.put(plan("p", resolvedRegistry("cri-abc", Pods.HOST)));
    for (int i = 0; i < 1_100; i++) {
      observe("web-abc-" + i);
    }

    // when
    healer.heal("team");
    healer.heal("team");

    // then
    assertThat(notes).hasSize(1_100);
  }

  @Test
  void aSuspendedPolicyEvictsNothing() {
    // given
    observe("web-abc-1");
    policies.put(policies.plan("p").suspend());

    // when
    healer.heal("team");

    // then
    assertThat(server.getRequestCount()).isZero();
    assertThat(notes).isEmpty();
  }

  @Test
  void evictsAPodWithAListOfItsOwnOnlyIfItsSuccessorGetsTheEntry() {
    // given
    Pod own =
        Pods.waiting(
            Pods.ofDeployment("web-abc-1", "web", "abc")
                .editSpec()
                .addNewImagePullSecret("own")
                .endSpec(),
            "ErrImagePull");
    pods.put("team/web-abc-1", own);
    answer("web-abc-1", 201, new Status());

    // when
    healer.heal("team");

    // then
    assertThat(server.getRequestCount()).isZero();
    assertThat(notes).extracting(EventNote::reason).containsExactly("OwnImagePullSecrets");

    // when
    policies.put(Plans.withInjectPods(policies.plan("p")));
    healer.heal("team");

    // then
    assertThat(server.getRequestCount()).isEqualTo(1);
    assertThat(notes).extracting(EventNote::reason).contains("PodEvicted");
  }

  @Test
  void theMostSpecificKeyDecidesWhosePodItIs() {
    // given
    policies.put(plan("q", Plans.withPrefixes(resolvedRegistry("cri-abc", Pods.HOST), "team")));
    observe("web-abc-1");

    // when
    healer.heal("team");

    // then
    assertThat(server.getRequestCount()).isZero();
    assertThat(notes)
        .singleElement()
        .extracting(EventNote::message)
        .asString()
        .contains("policy q");
  }

  private void observe(String name) {
    pods.put(
        "team/" + name, Pods.waiting(Pods.ofDeployment(name, "web", "abc"), "ImagePullBackOff"));
  }

  private void answer(String pod, int code, Status body) {
    server
        .expect()
        .post()
        .withPath("/api/v1/namespaces/team/pods/" + pod + "/eviction")
        .andReturn(code, body)
        .always();
  }

  private static Status status(int code, String message) {
    return new StatusBuilder().withCode(code).withStatus("Failure").withMessage(message).build();
  }

  private Duration nextLook() {
    for (int seconds = 0; seconds <= 300; seconds++) {
      if (WORK.equals(queue.poll())) {
        queue.done(WORK);
        return Duration.ofSeconds(seconds);
      }
      time.pass(Duration.ofSeconds(1));
    }
    return null;
  }
}
