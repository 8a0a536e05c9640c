// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The admission policy for pods on a real API server with the controllers of Deployments. No
 * operator runs before the last test.
 */
@RequiresRealCluster
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class InjectPodsIT {

  private static OperatorTestEnvironment env;

  @BeforeAll
  static void start() {
    env = OperatorTestEnvironment.createOnNewClusterWithWorkloads();
    Manifests.create(env.client, AdmissionManifest.strictForPods());
    for (String namespace : List.of("team", "other", AdmissionManifest.EXCLUDED)) {
      env.createNamespace(namespace, Map.of());
    }
    env.createServiceAccount("team", "app");
    env.createServiceAccount("team", "bound", "x", PULL_SECRET);
    env.createServiceAccount("team", "uncovered");
    for (String policy : List.of("one", "two", "three")) {
      policy(policy, "team, " + AdmissionManifest.EXCLUDED);
    }
    AdmissionManifest.awaitPodEntry(env.client, "team", PULL_SECRET);
  }

  @AfterAll
  static void stop() {
    if (env != null) {
      env.close();
    }
  }

  private static void policy(String name, String namespaces) {
    env.createPolicy(
        name,
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {names: [%s]}
          serviceAccounts: {names: [default, app, bound]}
        injectPods: true
        """
            .formatted(namespaces));
  }

  private static PodBuilder pod(String namespace, String account, String... list) {
    return AdmissionManifest.pod(namespace, account)
        .editSpec()
        .withImagePullSecrets(Arrays.stream(list).map(LocalObjectReference::new).toList())
        .endSpec();
  }

  private static List<String> create(PodBuilder pod) {
    return AdmissionManifest.entries(env.client.resource(pod.build()).create());
  }

  @Test
  void appendsTheEntryLastAndOnceHoweverManyPoliciesCover() {
    assertThat(create(pod("team", "app", "own"))).containsExactly("own", PULL_SECRET);
    assertThat(create(pod("team", "app", "b", "a"))).containsExactly("b", "a", PULL_SECRET);
    assertThat(create(pod("team", "app", (String) null))).containsExactly("", PULL_SECRET);
    assertThat(create(pod("team", "app"))).containsExactly(PULL_SECRET);
    assertThat(create(pod("team", "default", "own"))).containsExactly("own", PULL_SECRET);
    assertThat(create(pod("team", null, "own"))).containsExactly("own", PULL_SECRET);
  }

  @Test
  void leavesAListThatHasTheEntry() {
    assertThat(create(pod("team", "app", PULL_SECRET, "own"))).containsExactly(PULL_SECRET, "own");
    assertThat(create(pod("team", "bound"))).containsExactly("x", PULL_SECRET);
  }

  @Test
  void leavesPodsAloneThatNoPolicyCovers() {
    assertThat(create(pod("team", "uncovered"))).isEmpty();
    assertThat(create(pod("team", "uncovered", "own"))).containsExactly("own");
    assertThat(create(pod("other", "default", "own"))).containsExactly("own");
    assertThat(create(pod(AdmissionManifest.EXCLUDED, "default", "own"))).containsExactly("own");
  }

  /** The API server refuses a mirror of a static pod that refers to a Secret. */
  @Test
  void leavesMirrorsOfStaticPodsAlone() {
    // given
    PodBuilder mirror = pod("team", null);
    mirror
        .editMetadata()
        .addToAnnotations("kubernetes.io/config.mirror", "hash")
        .endMetadata()
        .editSpec()
        .withNodeName("node")
        .endSpec();

    // then
    assertThat(create(mirror)).isEmpty();
  }

  @Test
  void changesNothingInADryRun() {
    // when
    Pod pod =
        env.client
            .resource(
                pod("team", "app", "own")
                    .editMetadata()
                    .withGenerateName("dry-run-")
                    .endMetadata()
                    .build())
            .dryRun(true)
            .create();

    // then
    assertThat(AdmissionManifest.entries(pod)).containsExactly("own", PULL_SECRET);
    assertThat(env.client.pods().inNamespace("team").list().getItems())
        .noneMatch(each -> each.getMetadata().getName().startsWith("dry-run-"));
  }

  @Test
  void leavesTheTemplateOfADeploymentAlone() {
    // when
    env.create(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: team}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              imagePullSecrets: [{name: own}]
              containers: [{name: app, image: registry.example.com/app:1}]
        """);

    // then
    Awaits.soon().until(() -> podsOf("web").size() == 3);
    assertThat(podsOf("web"))
        .extracting(AdmissionManifest::entries)
        .containsOnly(List.of("own", PULL_SECRET));
    assertThat(
            env.client
                .apps()
                .deployments()
                .inNamespace("team")
                .withName("web")
                .get()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getImagePullSecrets())
        .extracting(LocalObjectReference::getName)
        .containsExactly("own");
  }

  private static List<Pod> podsOf(String app) {
    return env.client.pods().inNamespace("team").withLabel("app", app).list().getItems();
  }

  /** As Flux and {@code kubectl apply --server-side} do, without taking anything by force. */
  @Test
  void aPodCanBeAppliedAgain() {
    // given
    PodBuilder pod =
        pod("team", "app", "own")
            .editMetadata()
            .withGenerateName(null)
            .withName("applied")
            .endMetadata();
    env.client.resource(pod.build()).fieldManager("helm").serverSideApply();

    // when
    Pod again =
        env.client
            .resource(pod.editMetadata().addToLabels("new", "label").endMetadata().build())
            .fieldManager("helm")
            .serverSideApply();

    // then
    assertThat(AdmissionManifest.entries(again)).containsExactly("own", PULL_SECRET);
    assertThat(again.getMetadata().getLabels()).containsEntry("new", "label");
  }

  @Test
  void aPolicyCanStopIt() {
    // given
    env.createNamespace("stops", Map.of());
    policy("stops", "stops");
    AdmissionManifest.awaitPodEntry(env.client, "stops", PULL_SECRET);

    // when
    env.patchPolicy("stops", "spec: {injectPods: false}");

    // then
    Awaits.soon().until(() -> create(pod("stops", "default", "own")).equals(List.of("own")));
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void theStatusSaysWhetherTheInstallationInjectsPods() {
    // when
    OperatorProcess operator = env.startOperator();

    // then
    env.awaitCondition("one", "Ready", "True", "InjectionNotInstalled");
    assertThat(env.status("one").condition("Accepted").orElseThrow().getMessage())
        .startsWith("injectPods has no effect, because ACR_INJECT_PODS is false")
        .contains("admission.injectPods");
    operator.stop();

    // when
    env.withVariable("ACR_INJECT_PODS", "true").startOperator();

    // then
    env.awaitCondition("one", "Ready", "True", "Ready");
    assertThat(env.imagePullSecrets("team", "app")).containsExactly(PULL_SECRET);
    assertThat(create(pod("team", "app", "own"))).containsExactly("own", PULL_SECRET);
  }
}
