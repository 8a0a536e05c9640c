// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.ManagedFields;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorProcess.Ended;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The operator and {@code cleanup} on an API server with the admission policy. */
@RequiresRealCluster
class BindAtCreationIT {

  private static OperatorTestEnvironment env;
  private static String installed;
  private OperatorProcess operator;

  @BeforeAll
  static void start() {
    env = OperatorTestEnvironment.createOnNewCluster(setup -> {});
    install(AdmissionManifest.strict());
    // until it knows its parameter kind, the policy refuses every request
    env.createNamespace("first", Map.of());
    policy("first", "first", "cri-abc");
    AdmissionManifest.awaitEntry(env.client, "first", PULL_SECRET);
  }

  @AfterAll
  static void stop() {
    if (env != null) {
      env.close();
    }
  }

  @AfterEach
  void removePolicies() {
    if (operator != null) {
      operator.stop();
    }
    for (AcrCredentialPolicy policy :
        env.client.resources(AcrCredentialPolicy.class).list().getItems()) {
      env.editPolicy(policy.getMetadata().getName(), p -> p.getMetadata().setFinalizers(null));
      env.client.resource(policy).delete();
    }
  }

  private static void install(String text) {
    Manifests.create(env.client, text);
    installed = text;
  }

  @Test
  void bindsInTheRequestThatCreatesWhileNoOperatorRuns() {
    // given
    env.createNamespace("no-operator", Map.of());
    for (String policy : List.of("one", "two", "three")) {
      policy(policy, "no-operator", "cri-abc");
    }
    AdmissionManifest.awaitEntry(env.client, "no-operator", PULL_SECRET);

    // when
    ServiceAccount created = apply("no-operator", "app", "own");

    // then
    assertThat(AdmissionManifest.entries(created)).containsExactly("own", PULL_SECRET);

    // when it is applied again, with another list and without one
    assertThat(AdmissionManifest.entries(apply("no-operator", "app", "other")))
        .containsExactly("other", PULL_SECRET);
    assertThat(AdmissionManifest.entries(apply("no-operator", "app"))).containsExactly(PULL_SECRET);
  }

  @Test
  void bindsExistingServiceAccountsAndLeavesTheirListToItsOwner() {
    // given
    env.createNamespace("existing", Map.of());
    apply("existing", "app", "own");
    List<ManagedFieldsEntry> owners = owners("existing", "app");
    policy("existing", "existing", "cri-abc");

    // when
    operator = env.startOperator();
    env.awaitBound("existing", "app");

    // then
    assertThat(env.imagePullSecrets("existing", "app")).containsExactly("own", PULL_SECRET);
    // a ServiceAccount that is bound while another one tries the policy is given back right after
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(owners("existing", "app")).isEqualTo(owners));
    AdmissionManifest.awaitEntry(env.client, "existing", PULL_SECRET);
    assertThat(AdmissionManifest.entries(apply("existing", "app", "other")))
        .containsExactly("other", PULL_SECRET);

    // and it says so
    env.awaitStatus(
        "existing",
        status ->
            status.conditions().get(0).getMessage().endsWith("; new ones are bound at admission"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(operator.log()).contains("Binding at admission works");
              assertThat(operator.get("/q/metrics")).contains("acr_admission_policy_active 1.0");
            });

    // when the admission policy is removed
    Manifests.delete(env.client, installed);
    await()
        .atMost(PATIENCE)
        .until(() -> AdmissionManifest.dryRun(env.client, "existing", "probe", Map.of()).isEmpty());
    env.createServiceAccount("existing", "late");

    // then
    env.awaitBound("existing", "late");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(env.status("existing").conditions().get(0).getMessage())
                    .contains("does not work any more"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(operator.get("/q/metrics")).contains("acr_admission_policy_active 0.0"));

    // when it is there again
    install(installed);
    AdmissionManifest.awaitEntry(env.client, "existing", PULL_SECRET);
    env.createServiceAccount("existing", "later");

    // then
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(operator.get("/q/metrics")).contains("acr_admission_policy_active 1.0"));
  }

  /** Its entries are there before the first token, and its finalizer waits until they are gone. */
  @Test
  void deletionOfAPolicyWithoutATokenRestoresTheServiceAccounts() {
    // given
    env.createNamespace("no-token", Map.of());
    Map<String, Object> before = accountsOf("no-token");
    policy("no-token", "no-token", "cri-unknown");
    operator = env.startOperator();
    env.awaitCondition("no-token", "TokensFresh", "False", "InstanceNotFound");
    apply("no-token", "app", "own");
    Awaits.soon()
        .untilAsserted(
            () -> assertThat(env.imagePullSecrets("no-token", "app")).contains(PULL_SECRET));
    assertThat(env.pullSecret("no-token")).isNull();

    // when
    env.client.resources(AcrCredentialPolicy.class).withName("no-token").delete();
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                env.client.resources(AcrCredentialPolicy.class).withName("no-token").get() == null);

    // then
    assertThat(env.imagePullSecrets("no-token", "app")).containsExactly("own");
    env.client.serviceAccounts().inNamespace("no-token").withName("app").delete();
    assertThat(accountsOf("no-token")).isEqualTo(before);
  }

  /** The policies stay, and so does the admission policy. */
  @Test
  void cleanupRemovesWhatAdmissionAdded() {
    // given
    for (String namespace : List.of("with-token", "without-token")) {
      env.createNamespace(namespace, Map.of());
    }
    Map<String, Object> before = accountsOf("with-token");
    policy("with-token", "with-token", "cri-abc");
    policy("without-token", "without-token", "cri-unknown");
    operator = env.startOperator();
    env.awaitBound("with-token", "default");
    for (String namespace : List.of("with-token", "without-token")) {
      AdmissionManifest.awaitEntry(env.client, namespace, PULL_SECRET);
    }
    apply("with-token", "app", "own");
    apply("without-token", "app", "own");
    assertThat(env.imagePullSecrets("without-token", "app")).containsExactly("own", PULL_SECRET);

    // when
    Ended cleanup = env.runCommand("cleanup");

    // then
    assertThat(cleanup).as("%s", cleanup).returns(0, Ended::exitCode);
    assertThat(env.imagePullSecrets("with-token", "app")).containsExactly("own");
    assertThat(env.imagePullSecrets("without-token", "app")).containsExactly("own");
    env.client.serviceAccounts().inNamespace("with-token").withName("app").delete();
    assertThat(accountsOf("with-token")).isEqualTo(before);
    assertThat(env.client.resources(AcrCredentialPolicy.class).withName("with-token").get())
        .isNotNull();
  }

  @Test
  void cleanupBySomebodyElseReportsThatAdmissionAddsTheEntriesAgain() {
    // given
    env.createNamespace("somebody", Map.of());
    policy("somebody", "somebody", "cri-unknown");
    AdmissionManifest.awaitEntry(env.client, "somebody", PULL_SECRET);
    apply("somebody", "app");

    // when
    Ended cleanup = OperatorProcess.run(env.kube.kubeconfig(), env.acr.environment(), "cleanup");

    // then
    assertThat(cleanup).as("%s", cleanup).returns(1, Ended::exitCode);
    assertThat(cleanup.printed())
        .contains(
            "FAILED namespace somebody: an admission policy added the entry of ServiceAccount"
                + " somebody/app again: delete the MutatingAdmissionPolicy");
  }

  private static void policy(String name, String namespace, String instance) {
    env.createPolicy(
        name,
        """
        registries: [{instanceId: %s}]
        targets:
          namespaces: {names: [%s]}
          serviceAccounts: {names: ["*"]}
        """
            .formatted(instance, namespace));
  }

  /**
   * As Helm 4, Flux and {@code kubectl apply --server-side} do, without taking anything by force.
   */
  private static ServiceAccount apply(String namespace, String name, String... entries) {
    ServiceAccountBuilder account =
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(name)
            .addToLabels("app.kubernetes.io/managed-by", "Helm")
            .endMetadata();
    for (String entry : entries) {
      account.addNewImagePullSecret(entry);
    }
    return env.client.resource(account.build()).fieldManager("helm").serverSideApply();
  }

  private static List<ManagedFieldsEntry> owners(String namespace, String name) {
    return ManagedFields.ofServiceAccount(env.client, namespace, name);
  }

  /** Without their versions. */
  private static Map<String, Object> accountsOf(String namespace) {
    Map<String, Object> accounts = new TreeMap<>();
    for (ServiceAccount account :
        new ArrayList<>(env.client.serviceAccounts().inNamespace(namespace).list().getItems())) {
      account.getMetadata().setResourceVersion(null);
      accounts.put(account.getMetadata().getName(), account);
    }
    return accounts;
  }
}
