// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.OPERATOR_USER;
import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.admission.AdmissionManifest;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.Permissions;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Pods on a real API server with the controllers of Deployments. No kubelet runs them: the test
 * writes their status. The operator has the rights of the shipped manifests on pods, and no others.
 */
@RequiresRealCluster
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HealPodsIT {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static OperatorTestEnvironment env;
  private static OperatorProcess operator;

  @BeforeAll
  static void start() {
    env = OperatorTestEnvironment.createOnNewClusterWithWorkloads();
    env.withVariable("ACR_STUCK_PODS", "heal");
    // Everything that the operator needs, except pods.
    env.replaceRights(
        "no-pods",
        new PolicyRuleBuilder()
            .withApiGroups("acrcredential.io", "apps", "coordination.k8s.io")
            .withResources("*")
            .withVerbs("*")
            .build(),
        new PolicyRuleBuilder()
            .withApiGroups("")
            .withResources(
                "secrets", "serviceaccounts", "namespaces", "nodes", "events", "configmaps")
            .withVerbs("*")
            .build());
  }

  @AfterAll
  static void stop() {
    if (env != null) {
      env.close();
    }
  }

  /** One sentence in the log, one in the status, and no request after the first. */
  @Test
  @Order(1)
  void saysOnceThatItMayNotWatchPods() {
    // given
    createNamespace("heals");
    createDeployment("heals", "web", 1);
    awaitPods("heals", 1);
    policy("all", true);

    // when
    operator = env.startOperator();

    // then
    env.awaitCondition("all", "Accepted", "True", "HealingNotAllowed");
    assertThat(env.status("all").condition("Accepted").orElseThrow().getMessage())
        .startsWith("Pods cannot be watched: pods: the operator lacks a permission");
    env.awaitBound("heals", "default");
    env.awaitNoRequests();
    assertThat(count(operator.log(), "Pods cannot be watched")).isEqualTo(1);
    assertThat(podRequests("list")).hasSizeLessThanOrEqualTo(2);
    assertThat(podRequests("watch")).isEmpty();
  }

  @Test
  @Order(2)
  void evictsAPodThatWasCreatedTooEarly() {
    // given the rights of the shipped manifest, looked for when a policy changes
    Manifests.objects(env.client, Manifests.shipped("stuck-pods/rbac.yaml"))
        .forEach(
            object ->
                env.client.resource(OperatorTestEnvironment.bindToOperatorUser(object)).create());
    Permissions.await(env.client, OPERATOR_USER, "list", "pods", null);
    Permissions.await(env.client, OPERATOR_USER, "create", "pods/eviction", null);
    Pod early = awaitPods("heals", 1).get(0);
    assertThat(early.getSpec().getImagePullSecrets()).isEmpty();
    fail(early, "ErrImagePull");

    // when
    env.editPolicy("all", policy -> policy.setSpec(withEmail(policy.getSpec())));

    // then
    Pod successor = awaitSuccessor(early);
    assertThat(successor.getSpec().getImagePullSecrets())
        .extracting(LocalObjectReference::getName)
        .containsExactly(PULL_SECRET);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(events("heals", early.getMetadata().getName()))
                  .extracting(Event::getReason)
                  .containsExactly("PodEvicted");
              assertThat(events("heals", early.getMetadata().getOwnerReferences().get(0).getName()))
                  .extracting(Event::getReason)
                  .contains("PodEvicted");
            });
    env.awaitReady("all");
    assertThat(env.status("all").condition("Accepted").orElseThrow().getReason())
        .isEqualTo("Ready");
  }

  /** Both fail in the same namespace; the one that is evicted shows that both were looked at. */
  @Test
  @Order(3)
  void doesNotEvictTheSuccessorThatFailsForAnotherReason() {
    // given
    createNamespace("again");
    createDeployment("again", "late", 1);
    env.awaitBound("again", "default");
    // The API server admits pods by its cache of ServiceAccounts.
    AdmissionManifest.awaitPodEntry(env.client, "again", PULL_SECRET);
    env.client.pods().inNamespace("again").delete();
    Pod withEntry = awaitPodWithEntry("again");
    fail(withEntry, "ErrImagePull");
    Pod early = podWithoutEntry("again", "early", "controller");

    // when
    fail(early, "ImagePullBackOff");

    // then
    await().atMost(PATIENCE).until(() -> get(early) == null);
    assertThat(get(withEntry)).isNotNull();
    assertThat(events("again", withEntry.getMetadata().getName()))
        .extracting(Event::getReason)
        .doesNotContain("PodEvicted", "PullSecretMissing");
  }

  @Test
  @Order(4)
  void tellsPodsThatAnEvictionDoesNotHelp() {
    // given
    createNamespace("tells");
    env.awaitBound("tells", "default");
    Pod own = create(pod("tells", "own", "own-secret"));
    Pod unnamed = create(pod("tells", "unnamed", (String) null));
    Pod blocked = create(pod("tells", "blocked", PULL_SECRET, "malformed"));
    Pod bare = podWithoutEntry("tells", "bare", null);

    // when
    fail(own, "ErrImagePull");
    fail(unnamed, "ErrImagePull");
    fail(blocked, "illegal base64 data at input byte 8");
    fail(bare, "ErrImagePull");

    // then
    awaitEvent(own, "OwnImagePullSecrets", "(own-secret)");
    awaitEvent(unnamed, "OwnImagePullSecrets", "(an entry without a name)");
    awaitEvent(blocked, "ImagePullSecretUnreadable", "(" + PULL_SECRET + ", malformed)");
    awaitEvent(bare, "PullSecretMissing", "delete it and create it again");
    for (Pod pod : List.of(own, unnamed, blocked, bare)) {
      assertThat(get(pod)).as(pod.getMetadata().getName()).isNotNull();
    }
  }

  @Test
  @Order(5)
  void aPolicyThatDoesNotAskForItTellsWhatToDo() {
    // given
    createNamespace("not-asked", Map.of("asked", "no"));
    createDeployment("not-asked", "web", 1);
    Pod early = awaitPods("not-asked", 1).get(0);
    env.createPolicy(
        "not-asked",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {names: [not-asked]}
          serviceAccounts: {names: ["*"]}
        """);
    env.awaitBound("not-asked", "default");

    // when
    fail(early, "ErrImagePull");

    // then
    awaitEvent(early, "PullSecretMissing", "With healPods: true in policy not-asked");
    assertThat(get(early)).isNotNull();
  }

  /** By the audit log: within any 10 seconds there are at most 5 evictions. */
  @Test
  @Order(6)
  void neverEvictsMoreThanFivePodsOfADeploymentAtATime() {
    // given
    createNamespace("many", Map.of("asked", "no"));
    createDeployment("many", "web", 50);
    List<Pod> early = awaitPods("many", 50);
    early.forEach(pod -> fail(pod, "ImagePullBackOff"));

    // when
    label("many", Map.of("asked", "yes"));
    await().atMost(PATIENCE).until(() -> evictions("many").size() >= 15);

    // then
    List<Instant> times = evictions("many");
    for (int i = EvictionBrake.PER_CONTROLLER; i < times.size(); i++) {
      assertThat(Duration.between(times.get(i - EvictionBrake.PER_CONTROLLER), times.get(i)))
          .as("evictions %s", times)
          .isGreaterThan(EvictionBrake.HOLD.minusSeconds(1));
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        env.client.pods().inNamespace("many").list().getItems().stream()
                            .filter(pod -> !pod.getSpec().getImagePullSecrets().isEmpty()))
                    .hasSizeGreaterThanOrEqualTo(10));
  }

  @Test
  @Order(7)
  void aStandbyWatchesNoPods() {
    // given
    // The leader opens its watch again from time to time. Who starts a watch lists before.
    int before = podRequests("list").size();

    // when
    OperatorProcess standby = env.startAnother();
    standby.awaitStarted();
    await().atMost(PATIENCE).until(() -> standby.probe("/q/health/ready"));

    // then
    env.awaitNoRequests();
    assertThat(podRequests("list")).hasSize(before);
    standby.close();
  }

  @Test
  @Order(8)
  void aPolicyThatIsSwitchedOffStopsIt() {
    // given
    createNamespace("off", Map.of("asked", "off"));
    createDeployment("off", "web", 1);
    Pod early = awaitPods("off", 1).get(0);
    env.client.resources(AcrCredentialPolicy.class).withName("not-asked").delete();
    env.editPolicy("all", policy -> policy.setSpec(suspended(policy.getSpec())));
    env.awaitCondition("all", "Ready", "False", "Suspended");

    // when
    fail(early, "ErrImagePull");
    label("off", Map.of("asked", "yes"));
    env.awaitNoRequests();

    // then
    assertThat(get(early)).isNotNull();
    assertThat(events("off", early.getMetadata().getName()))
        .extracting(Event::getSource)
        .noneMatch(source -> "acr-credential-operator".equals(source.getComponent()));
  }

  private static AcrCredentialPolicySpec withEmail(AcrCredentialPolicySpec spec) {
    return new AcrCredentialPolicySpec(
        spec.registries(),
        spec.targets(),
        spec.binding(),
        spec.refreshBefore(),
        "team@example.com",
        spec.bindAtCreation(),
        spec.injectPods(),
        spec.healPods(),
        false);
  }

  private static AcrCredentialPolicySpec suspended(AcrCredentialPolicySpec spec) {
    return new AcrCredentialPolicySpec(
        spec.registries(),
        spec.targets(),
        spec.binding(),
        spec.refreshBefore(),
        spec.email(),
        spec.bindAtCreation(),
        spec.injectPods(),
        spec.healPods(),
        true);
  }

  // ---- the cluster

  private static void policy(String name, boolean healPods) {
    env.createPolicy(
        name,
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {selector: {matchLabels: {asked: "yes"}}}
          serviceAccounts: {names: ["*"]}
        healPods: %s
        """
            .formatted(healPods));
  }

  private static void createNamespace(String name) {
    createNamespace(name, Map.of("asked", "yes"));
  }

  private static void createNamespace(String name, Map<String, String> labels) {
    env.createNamespace(name, labels);
  }

  private static void label(String namespace, Map<String, String> labels) {
    Edits.edit(
        env.client.namespaces().withName(namespace),
        found -> {
          found.getMetadata().getLabels().putAll(labels);
          return found;
        });
  }

  private static void createDeployment(String namespace, String name, int replicas) {
    env.create(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %2$s, namespace: %1$s}
        spec:
          replicas: %3$d
          selector: {matchLabels: {app: %2$s}}
          template:
            metadata: {labels: {app: %2$s}}
            spec:
              containers:
                - {name: app, image: "%4$s"}
        """
            .formatted(namespace, name, replicas, image()));
  }

  private static String image() {
    return "acme-registry.cn-hangzhou.cr.aliyuncs.com/team/app:1";
  }

  private static List<Pod> awaitPods(String namespace, int count) {
    await()
        .atMost(PATIENCE)
        .until(() -> env.client.pods().inNamespace(namespace).list().getItems().size() == count);
    return env.client.pods().inNamespace(namespace).list().getItems();
  }

  private static Pod awaitPodWithEntry(String namespace) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                env.client.pods().inNamespace(namespace).list().getItems().stream()
                    .anyMatch(pod -> !pod.getSpec().getImagePullSecrets().isEmpty()));
    return env.client.pods().inNamespace(namespace).list().getItems().stream()
        .filter(pod -> !pod.getSpec().getImagePullSecrets().isEmpty())
        .findFirst()
        .orElseThrow();
  }

  private static Pod awaitSuccessor(Pod early) {
    String namespace = early.getMetadata().getNamespace();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              List<Pod> pods = env.client.pods().inNamespace(namespace).list().getItems();
              return pods.size() == 1
                  && !pods.get(0).getMetadata().getUid().equals(early.getMetadata().getUid());
            });
    return env.client.pods().inNamespace(namespace).list().getItems().get(0);
  }

  private static PodBuilder pod(String namespace, String name, String... secrets) {
    PodBuilder pod =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(name)
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("app")
            .withImage(image())
            .endContainer()
            .endSpec();
    for (String secret : secrets) {
      pod.editSpec().addNewImagePullSecret(secret).endSpec();
    }
    return pod;
  }

  private static Pod create(PodBuilder pod) {
    return env.client.resource(pod.build()).create();
  }

  /**
   * A pod that lost the race: created while its ServiceAccount has no entry, which it gets back at
   * once.
   *
   * @param controller a ConfigMap to be created that controls the pod; null = nothing does
   */
  private static Pod podWithoutEntry(String namespace, String name, String controller) {
    PodBuilder builder = pod(namespace, name);
    if (controller != null) {
      // A ReplicaSet would release a pod without its labels, and delete one that is too many.
      var configMap =
          env.client
              .configMaps()
              .inNamespace(namespace)
              .resource(
                  new ConfigMapBuilder()
                      .withNewMetadata()
                      .withName(controller)
                      .endMetadata()
                      .build())
              .create();
      builder
          .editMetadata()
          .addNewOwnerReference()
          .withApiVersion("v1")
          .withKind("ConfigMap")
          .withName(controller)
          .withUid(configMap.getMetadata().getUid())
          .withController(true)
          .endOwnerReference()
          .endMetadata();
    }
    for (int attempt = 0; attempt < 50; attempt++) {
      Edits.edit(
          env.client.serviceAccounts().inNamespace(namespace).withName("default"),
          account -> {
            account.setImagePullSecrets(List.of());
            return account;
          });
      Pod created = create(builder);
      if (created.getSpec().getImagePullSecrets().isEmpty()) {
        env.awaitBound(namespace, "default");
        return created;
      }
      env.client.resource(created).withGracePeriod(0).delete();
      await().atMost(PATIENCE).until(() -> get(created) == null);
    }
    throw new AssertionError("the operator is always faster");
  }

  private static Pod get(Pod pod) {
    Pod found =
        env.client
            .pods()
            .inNamespace(pod.getMetadata().getNamespace())
            .withName(pod.getMetadata().getName())
            .get();
    return found != null && found.getMetadata().getUid().equals(pod.getMetadata().getUid())
        ? found
        : null;
  }

  /** What kubelet would report. */
  private static void fail(Pod pod, String reason) {
    Edits.editStatus(
        env.client
            .pods()
            .inNamespace(pod.getMetadata().getNamespace())
            .withName(pod.getMetadata().getName()),
        found -> Pods.waiting(new PodBuilder(found), reason));
  }

  private static List<Event> events(String namespace, String name) {
    return env
        .client
        .v1()
        .events()
        .inNamespace(namespace)
        .withInvolvedObject(new ObjectReference(null, null, null, name, namespace, null, null))
        .list()
        .getItems()
        .stream()
        .filter(event -> "acr-credential-operator".equals(event.getSource().getComponent()))
        .toList();
  }

  private static void awaitEvent(Pod pod, String reason, String part) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(events(pod.getMetadata().getNamespace(), pod.getMetadata().getName()))
                    .anySatisfy(
                        event -> {
                          assertThat(event.getReason()).isEqualTo(reason);
                          assertThat(event.getMessage()).contains(part);
                        }));
  }

  // ---- the audit log

  private static List<JsonNode> podRequests(String verb) {
    return env.kube.audited(OPERATOR_USER).stream()
        .filter(entry -> entry.path("objectRef").path("resource").asText().equals("pods"))
        .filter(entry -> entry.path("objectRef").path("subresource").asText().isEmpty())
        .filter(entry -> entry.path("verb").asText().equals(verb))
        .toList();
  }

  private static List<Instant> evictions(String namespace) {
    return env.kube.audited(OPERATOR_USER).stream()
        .filter(entry -> entry.path("objectRef").path("subresource").asText().equals("eviction"))
        .filter(entry -> entry.path("objectRef").path("namespace").asText().equals(namespace))
        .map(entry -> Instant.parse(entry.path("requestReceivedTimestamp").asText()))
        .sorted()
        .toList();
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }
}
