// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.ManagedFields;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Who applied a list of imagePullSecrets keeps owning it, on an API server without an admission
 * policy: server-side apply, as Helm 4 and Flux use it, meets no conflict.
 */
@RequiresRealCluster
class ListOwnerIT {

  private final OperatorTestEnvironment env = OperatorTestEnvironment.create();

  @AfterEach
  void stop() {
    env.close();
  }

  @Test
  void applyMeetsNoConflictAfterBindingAndUnbinding() {
    // given
    env.createNamespace("team", Map.of());
    apply("with-list", "own");
    apply("without-list");
    List<ManagedFieldsEntry> owners = owners("with-list");
    env.createPolicy(
        "team",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {names: [team]}
          serviceAccounts: {names: ["*"]}
        """);

    // when
    env.startOperator();
    env.awaitBound("team", "with-list");
    env.awaitBound("team", "without-list");

    // then
    await()
        .atMost(Awaits.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(owners("with-list")).isEqualTo(owners);
              assertThat(owners("without-list"))
                  .extracting(ManagedFieldsEntry::getManager)
                  .containsExactly("helm");
            });
    assertThat(env.imagePullSecrets("team", "with-list")).containsExactly("own", PULL_SECRET);

    // when both are applied with another list, which the operator owns no more
    awaitListGivenBack();
    apply("with-list", "other");
    apply("without-list", "first");

    // then
    env.awaitBound("team", "with-list");
    env.awaitBound("team", "without-list");
    assertThat(env.imagePullSecrets("team", "with-list")).containsExactly("other", PULL_SECRET);
    awaitListGivenBack();

    // when
    env.client.resources(AcrCredentialPolicy.class).withName("team").delete();
    await()
        .atMost(Awaits.PATIENCE)
        .until(
            () -> env.client.resources(AcrCredentialPolicy.class).withName("team").get() == null);

    // then
    assertThat(env.imagePullSecrets("team", "with-list")).containsExactly("other");
    awaitListGivenBack();
    apply("with-list", "last");
    apply("without-list");
    assertThat(env.imagePullSecrets("team", "with-list")).containsExactly("last");
    assertThat(env.imagePullSecrets("team", "without-list")).isEmpty();
  }

  private void awaitListGivenBack() {
    Awaits.soon()
        .untilAsserted(
            () -> {
              assertListIsGivenBack(env.client, "team", "with-list");
              assertListIsGivenBack(env.client, "team", "without-list");
            });
  }

  /**
   * The operator writes the list, which makes it an owner, and then the owners as they were. In
   * between, an apply of another owner meets a conflict.
   */
  static void assertListIsGivenBack(KubernetesClient client, String namespace, String name) {
    List<ManagedFieldsEntry> owners = ManagedFields.ofServiceAccount(client, namespace, name);
    if (owners.stream().anyMatch(owner -> owner.getOperation().equals("Apply"))) {
      assertThat(owners)
          .extracting(ManagedFieldsEntry::getManager)
          .doesNotContain(JsonPatch.FIELD_MANAGER);
    }
  }

  private void apply(String name, String... entries) {
    ServiceAccountBuilder account =
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withNamespace("team")
            .withName(name)
            .addToLabels("app.kubernetes.io/managed-by", "Helm")
            .endMetadata();
    for (String entry : entries) {
      account.addNewImagePullSecret(entry);
    }
    env.client.resource(account.build()).fieldManager("helm").serverSideApply();
  }

  private List<ManagedFieldsEntry> owners(String name) {
    return ManagedFields.ofServiceAccount(env.client, "team", name);
  }
}
