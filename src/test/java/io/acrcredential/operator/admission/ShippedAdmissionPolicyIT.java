// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.DocPage;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The admission policy as it is shipped: whatever is wrong keeps nobody from working. */
@RequiresRealCluster
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ShippedAdmissionPolicyIT {

  private static KubeCluster kube;
  private static KubernetesClient client;
  @TempDir private static Path folder;

  @BeforeAll
  static void start() {
    kube = KubeCluster.start();
    client = kube.client();
    for (String name : List.of("good", "broken")) {
      client
          .resource(
              new NamespaceBuilder()
                  .withNewMetadata()
                  .withName(name)
                  .addToLabels("acr", "on")
                  .endMetadata()
                  .build())
          .create();
    }
  }

  @AfterAll
  static void stop() {
    if (kube != null) {
      kube.close();
    }
  }

  private static List<String> entries(String namespace) {
    return AdmissionManifest.dryRun(client, namespace, "app", Map.of());
  }

  @Order(1)
  @Test
  void blocksNobodyBeforeTheCrdExists() {
    // when
    Manifests.create(client, Manifests.shipped("admission/bind-at-creation.yaml"));

    // then
    Awaits.steady().until(() -> entries("good").isEmpty());
  }

  /** The CRD refuses such a selector; an older one, or an API server without CEL, does not. */
  @Order(2)
  @Test
  void aSelectorThatCannotBeEvaluatedAffectsItsOwnPolicyAlone() {
    // given
    Manifests.create(
        client,
        Manifests.replace(
            Manifests.shipped("crd.yaml"),
            "self.operator in ['In', 'NotIn'] == (has(self.values) && size(self.values) > 0)",
            "true"));

    // when
    Awaits.soon()
        .ignoreException(KubernetesClientException.class)
        .until(
            () -> {
              Manifests.create(client, policy("broken", "operator: In"));
              return true;
            });
    Manifests.create(client, policy("good", "operator: Exists"));
    AdmissionManifest.awaitEntry(client, "good", PULL_SECRET);

    // then
    assertThat(entries("good")).containsExactly(PULL_SECRET);
    assertThat(entries("broken")).isEmpty();
  }

  private static String policy(String name, String requirement) {
    return """
    apiVersion: acrcredential.io/v1alpha1
    kind: AcrCredentialPolicy
    metadata: {name: %1$s}
    spec:
      registries: [{instanceId: cri-abc}]
      targets:
        namespaces: {names: [%1$s], selector: {matchExpressions: [{key: acr, %2$s}]}}
        serviceAccounts: {names: ['*']}
    """
        .formatted(name, requirement);
  }

  @Order(3)
  @Test
  void kubectlDiffShowsNoDifference() throws IOException {
    // given
    Path manifest = folder.resolve("account.yaml");
    Files.writeString(
        manifest,
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: app, namespace: good}
        imagePullSecrets: [{name: own}]
        """);

    for (String mode : List.of("", " --server-side")) {
      // when
      kubectl("apply" + mode + (mode.isEmpty() ? "" : " --force-conflicts") + " -f " + manifest);

      // then it exits with 1 if there is a difference
      assertThat(kubectl("diff" + mode + " -f " + manifest)).isEmpty();
      assertThat(
              AdmissionManifest.entries(
                  client.serviceAccounts().inNamespace("good").withName("app").get()))
          .contains("own", PULL_SECRET);
    }
  }

  private static String kubectl(String words) {
    return DocPage.run("kubectl " + words, folder, kube, Map.of());
  }
}
