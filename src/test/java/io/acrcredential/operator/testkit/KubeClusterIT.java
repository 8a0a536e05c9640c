// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static io.acrcredential.operator.testkit.Awaits.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class KubeClusterIT {

  private static final PatchContext JSON_PATCH = PatchContext.of(PatchType.JSON);

  private static KubeCluster cluster;
  private static KubernetesClient client;

  @BeforeAll
  static void start() {
    cluster = KubeCluster.start();
    client = cluster.client();
    System.err.println(cluster);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void createsTheDefaultServiceAccountOfANamespace() {
    // when
    createNamespace("with-service-account");

    // then
    soon().until(() -> defaultServiceAccount("with-service-account") != null);
  }

  @Test
  void rejectsAJsonPatchWithAnOldResourceVersion() {
    // given
    createNamespace("patched");
    soon().until(() -> defaultServiceAccount("patched") != null);
    ServiceAccount read = defaultServiceAccount("patched");
    String add =
        """
        [{"op": "test", "path": "/metadata/resourceVersion", "value": "%s"},
         {"op": "add", "path": "/imagePullSecrets", "value": [{"name": "%s"}]}]
        """;
    client
        .resource(read)
        .patch(JSON_PATCH, add.formatted(read.getMetadata().getResourceVersion(), "first"));

    // when / then
    assertThatThrownBy(
            () ->
                client
                    .resource(read)
                    .patch(
                        JSON_PATCH,
                        add.formatted(read.getMetadata().getResourceVersion(), "second")))
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(422));
    assertThat(defaultServiceAccount("patched").getImagePullSecrets())
        .singleElement()
        .satisfies(secret -> assertThat(secret.getName()).isEqualTo("first"));
  }

  @Test
  void servesAClusterScopedCustomResourceWithStatus() {
    // given
    CustomResourceDefinition definition = policyDefinition();
    client.resource(definition).create();
    Manifests.awaitServed(client, definition);
    var policies =
        client.genericKubernetesResources(
            new ResourceDefinitionContext.Builder()
                .withGroup("acrcredential.io")
                .withVersion("v1alpha1")
                .withKind("AcrCredentialPolicy")
                .withPlural("acrcredentialpolicies")
                .withNamespaced(false)
                .build());
    List<Watcher.Action> actions = new CopyOnWriteArrayList<>();
    Watcher<GenericKubernetesResource> watcher =
        new Watcher<>() {
          @Override
          public void eventReceived(Action action, GenericKubernetesResource policy) {
            actions.add(action);
          }

          @Override
          public void onClose(WatcherException cause) {}
        };

    try (var watch = policies.watch(watcher)) {
      // when
      GenericKubernetesResource policy =
          policies
              .resource(
                  new GenericKubernetesResourceBuilder()
                      .withApiVersion("acrcredential.io/v1alpha1")
                      .withKind("AcrCredentialPolicy")
                      .withNewMetadata()
                      .withName("all")
                      .endMetadata()
                      .addToAdditionalProperties("spec", Map.of("region", "cn-hangzhou"))
                      .addToAdditionalProperties("status", Map.of("namespaces", 7))
                      .build())
              .create();
      policies
          .resource(policy)
          .subresource("status")
          .patch(
              JSON_PATCH,
              "[{\"op\": \"add\", \"path\": \"/status\", \"value\": {\"namespaces\": 1}}]");

      // then
      GenericKubernetesResource now = policies.withName("all").get();
      assertThat(policy.<Map<String, Object>>get("status")).as("is ignored at creation").isNull();
      assertThat(now.<Integer>get("status", "namespaces")).isEqualTo(1);
      assertThat(now.getMetadata().getGeneration()).as("the status does not count").isEqualTo(1);
      soon().until(() -> actions.equals(List.of(Watcher.Action.ADDED, Watcher.Action.MODIFIED)));
    }
  }

  @Test
  @RequiresRealCluster
  void deniesTheOperatorEverythingByDefault() {
    try (KubernetesClient operator = clientOf(cluster.operatorKubeconfig())) {
      assertThatThrownBy(() -> operator.namespaces().list())
          .isInstanceOfSatisfying(
              KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(403));
    }
  }

  @Test
  @RequiresRealCluster
  void auditLogRecordsUserAndRequest() {
    // when
    createNamespace("audited");

    // then
    // a moment after the answer
    soon()
        .untilAsserted(
            () ->
                assertThat(Files.readAllLines(cluster.auditLog().orElseThrow()))
                    .filteredOn(
                        line ->
                            line.contains("\"name\":\"audited\"")
                                && line.contains("\"verb\":\"create\""))
                    .filteredOn(
                        line ->
                            line.contains("\"username\":\"admin\"")
                                && line.contains("\"resource\":\"namespaces\""))
                    .hasSize(1));
  }

  @Test
  @RequiresRealCluster
  void leavesNoProcessAfterClose() throws IOException {
    // given
    KubeCluster another = KubeCluster.start();
    List<ProcessHandle> processes =
        Files.readAllLines(another.kubeconfig().resolveSibling("pids")).stream()
            .filter(line -> !line.startsWith("start ")) // the script that has ended
            .map(line -> ProcessHandle.of(Long.parseLong(line.split(" ")[1])).orElseThrow())
            .toList();
    assertThat(processes)
        .as("etcd, apiserver, controller-manager, watchdog")
        .hasSize(4)
        .allMatch(KubeClusterIT::runs);

    // when
    another.close();

    // then
    soon().until(() -> processes.stream().noneMatch(KubeClusterIT::runs));
  }

  @Test
  void isolatesClusters() {
    try (KubeCluster another = KubeCluster.start()) {
      createNamespace("not-elsewhere");
      assertThat(another.client().namespaces().withName("not-elsewhere").get()).isNull();
    }
  }

  /**
   * A process that has ended lingers where nobody waits for orphans, as in many a container; then
   * it has no command.
   */
  private static boolean runs(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }

  private static void createNamespace(String name) {
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
  }

  private static ServiceAccount defaultServiceAccount(String namespace) {
    return client.serviceAccounts().inNamespace(namespace).withName("default").get();
  }

  private static KubernetesClient clientOf(Path kubeconfig) {
    return new KubernetesClientBuilder()
        .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
        .build();
  }

  private static CustomResourceDefinition policyDefinition() {
    return new CustomResourceDefinitionBuilder()
        .withNewMetadata()
        .withName("acrcredentialpolicies.acrcredential.io")
        .endMetadata()
        .withNewSpec()
        .withGroup("acrcredential.io")
        .withScope("Cluster")
        .withNewNames()
        .withKind("AcrCredentialPolicy")
        .withListKind("AcrCredentialPolicyList")
        .withPlural("acrcredentialpolicies")
        .withSingular("acrcredentialpolicy")
        .endNames()
        .addNewVersion()
        .withName("v1alpha1")
        .withServed(true)
        .withStorage(true)
        .withNewSubresources()
        .withNewStatus()
        .endStatus()
        .endSubresources()
        .withNewSchema()
        .withNewOpenAPIV3Schema()
        .withType("object")
        .withXKubernetesPreserveUnknownFields(true)
        .endOpenAPIV3Schema()
        .endSchema()
        .endVersion()
        .endSpec()
        .build();
  }
}
