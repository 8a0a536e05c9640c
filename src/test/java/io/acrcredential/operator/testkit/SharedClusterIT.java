// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** No test sees what an earlier one has left in the shared cluster. */
@RequiresRealCluster
class SharedClusterIT {

  @Test
  void removesEverythingThatATestLeft() {
    // given
    KubernetesClient client;
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      client = env.kube.client();

      // when a test adds, changes and deletes
      env.createNamespace("left", Map.of());
      env.createKeySecret("left", "keys", "id", "secret");
      env.createPolicy("left", "registries: [{instanceId: cri-abc}]");
      env.editPolicy(
          "left",
          policy -> policy.getMetadata().setFinalizers(List.of("acrcredential.io/cleanup")));
      env.createServiceAccount("kube-system", "left", "left");
      Edits.edit(
          client.serviceAccounts().inNamespace("kube-system").withName("default"),
          account -> {
            account.setImagePullSecrets(List.of(new LocalObjectReference("left")));
            return account;
          });
      env.createKeySecret("kube-system", "alibaba-addon-secret", "other", "other");
      env.startOperator();
      env.operator().kill(); // which leaves its Lease
      assertThat(env.requests()).isNotEmpty();
      env.createNamespace("acr-credential-operator", Map.of());
      env.grantOnly(Path.of("src", "main", "kubernetes", "rbac.yaml"));
    }

    // then the next one has the same cluster as at first
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      assertThat(env.kube.client()).as("the cluster is shared").isSameAs(client);
      assertThat(client.namespaces().withName("left").get()).isNull();
      assertThat(client.resources(AcrCredentialPolicy.class).list().getItems()).isEmpty();
      assertThat(client.leases().inNamespace("kube-system").list().getItems())
          .noneMatch(lease -> lease.getMetadata().getName().contains("acr-credential"));
      assertThat(client.v1().events().inAnyNamespace().list().getItems()).isEmpty();
      assertThat(client.serviceAccounts().inNamespace("kube-system").withName("left").get())
          .isNull();
      assertThat(env.imagePullSecrets("kube-system", "default")).isEmpty();
      assertThat(
              client
                  .secrets()
                  .inNamespace("kube-system")
                  .withName("alibaba-addon-secret")
                  .get()
                  .getData())
          .containsEntry("access-key-id", "TFRBSTV0Q2FuYXJ5S2V5SWQwMDAx");
      assertThat(client.rbac().clusterRoleBindings().withName("test-operator").get().getRoleRef())
          .extracting("name")
          .isEqualTo("cluster-admin");
      assertThat(client.rbac().clusterRoleBindings().list().getItems())
          .noneMatch(binding -> binding.getMetadata().getName().startsWith("acr-credential"));
      assertThat(env.requests()).isEmpty();
    }
  }

  @Test
  void startsANewClusterAfterATestThatChangedTheApiServer() {
    // given
    KubernetesClient client;
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      client = env.kube.client();

      // when
      client.apiextensions().v1().customResourceDefinitions().delete();
    }

    // then
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      assertThat(env.kube.client()).isNotSameAs(client);
      assertThat(env.kube.client().resources(AcrCredentialPolicy.class).list().getItems())
          .isEmpty();
    }
  }
}
