// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.admission.AdmissionManifest;
import io.acrcredential.operator.admission.CoverageCases;
import io.acrcredential.operator.admission.CoverageCases.Account;
import io.acrcredential.operator.admission.CoverageCases.Case;
import io.acrcredential.operator.admission.PodAccounts;
import io.acrcredential.operator.admission.PodCoverageCases;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The webhook for pods as it is shipped, and a real API server of any version. */
@RequiresRealCluster
class WebhookPodsIT {

  private static KubeCluster kube;
  private static KubernetesClient client;
  private static WebhookReplica replica;

  @BeforeAll
  static void start() {
    kube = KubeCluster.start();
    client = kube.client();
    Manifests.create(client, PodCoverageCases.olderCrd());
    PodAccounts.create(client);
    int port = FreePort.next();
    Manifests.create(client, WebhookReplica.configurationWithPods(port));
    replica =
        new WebhookReplica(
            client, port, Clock.systemUTC(), Set.of(AdmissionManifest.EXCLUDED), Set.of());
    createAndAwait(CoverageCases.policy("first", "injectPods: true"));
    AdmissionManifest.awaitPodEntry(client, "default", PULL_SECRET);
  }

  @AfterAll
  static void stop() {
    if (replica != null) {
      replica.close();
    }
    if (kube != null) {
      kube.close();
    }
  }

  @AfterEach
  void deletePolicies() {
    client.resources(AcrCredentialPolicy.class).delete();
    Awaits.soon().until(() -> replica.webhook.policies().isEmpty());
  }

  private static void createAndAwait(AcrCredentialPolicy policy) {
    client.resource(policy).create();
    Awaits.soon().until(() -> replica.webhook.policies().contains(policy.getMetadata().getName()));
  }

  private static List<String> create(PodBuilder pod) {
    Pod created = client.resource(pod.build()).create();
    client.resource(created).withGracePeriod(0).delete();
    return AdmissionManifest.entries(created);
  }

  private static PodBuilder pod(String... list) {
    PodBuilder pod = AdmissionManifest.pod("default", "app");
    for (String name : list) {
      pod.editSpec().addNewImagePullSecret(name).endSpec();
    }
    return pod;
  }

  private static double reviews() {
    return replica.meters.find("acr_admission_webhook_requests").counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  @Test
  void agreesOnNamedCases() {
    for (Case each : PodCoverageCases.ALL) {
      // given
      Account account = each.account();
      createAndAwait(each.policy());

      // then
      assertThat(
              AdmissionManifest.dryRunPod(client, account.namespace(), account.name())
                  .contains(PULL_SECRET))
          .as("%s", each)
          .isEqualTo(each.covered());
      client.resource(each.policy()).delete();
      Awaits.soon().until(() -> !replica.webhook.policies().contains(each.policyName()));
    }
  }

  @Test
  void appendsTheEntryLastAndOnce() {
    // given
    for (String policy : List.of("one", "two")) {
      createAndAwait(
          CoverageCases.policy(
              policy, "injectPods: true, targets: {serviceAccounts: {names: [app]}}"));
    }

    // then
    assertThat(create(pod("own"))).containsExactly("own", PULL_SECRET);
    assertThat(create(pod("b", "a"))).containsExactly("b", "a", PULL_SECRET);
    assertThat(create(pod((String) null))).containsExactly("", PULL_SECRET);
    assertThat(create(pod())).containsExactly(PULL_SECRET);
    assertThat(create(AdmissionManifest.pod("default", "builder"))).isEmpty();
  }

  /** Most pods have it from their ServiceAccounts: they cost no call. */
  @Test
  void isNotCalledForAPodThatHasTheEntryNorForAMirror() {
    // given
    createAndAwait(
        CoverageCases.policy(
            "calls", "injectPods: true, targets: {serviceAccounts: {names: ['*']}}"));
    double before = reviews();
    PodBuilder mirror =
        AdmissionManifest.pod("default", null)
            .editMetadata()
            .addToAnnotations("kubernetes.io/config.mirror", "hash")
            .endMetadata()
            .editSpec()
            .withNodeName("node")
            .endSpec();

    // when
    List<String> withEntry = create(pod(PULL_SECRET, "own"));
    List<String> ofMirror = create(mirror);

    // then
    assertThat(withEntry).containsExactly(PULL_SECRET, "own");
    assertThat(ofMirror).isEmpty();
    assertThat(reviews()).isEqualTo(before);
    assertThat(create(pod("own"))).containsExactly("own", PULL_SECRET);
    assertThat(reviews()).isEqualTo(before + 1);
  }
}
