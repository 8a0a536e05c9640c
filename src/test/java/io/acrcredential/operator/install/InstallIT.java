// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.testkit.InstallEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From an empty cluster to the first bound ServiceAccount and back to an empty one, by the commands
 * of README.md, docs/install.md and docs/uninstall.md, verbatim. The packaged operator runs in the
 * Pods that the controllers of the cluster create.
 */
@RequiresRealCluster
class InstallIT {

  private static final String OWN = "acr-credential-operator";
  private static final String PULL_SECRET = "acr-credential-secret-aggregation";
  private static final String OPERATOR = "system:serviceaccount:" + OWN + ":" + OWN;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** The objects that Kubernetes creates in every namespace, and those that README.md creates. */
  private static final List<String> NAMESPACE =
      List.of(
          "Namespace /" + OWN,
          "ConfigMap " + OWN + "/kube-root-ca.crt",
          "ServiceAccount " + OWN + "/default",
          "Secret " + OWN + "/alibaba-addon-secret");

  private static final List<String> CRD_AND_POLICY =
      List.of(
          "CustomResourceDefinition /acrcredentialpolicies.acrcredential.io",
          "APIService /v1alpha1.acrcredential.io",
          "AcrCredentialPolicy /first");

  @TempDir static Path folder;
  private static InstallEnvironment env;
  private static Map<String, Object> before;

  /**
   * Every test ends by showing that the cluster is as empty as before; one that failed does not.
   */
  @BeforeEach
  void emptyCluster() throws IOException {
    if (env != null && InstallEnvironment.differences(before, env.everything()).isEmpty()) {
      env.reset();
      return;
    }
    close();
    env = InstallEnvironment.create(Files.createTempDirectory(folder, "user"));
    before = env.everything();
    // The controllers create the objects of a new cluster asynchronously.
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ofSeconds(1))
        .pollInterval(Duration.ofSeconds(1))
        .during(Duration.ofSeconds(5))
        .until(
            () -> {
              Map<String, Object> earlier = before;
              before = env.everything();
              return before.equals(earlier);
            });
  }

  @AfterAll
  static void close() {
    if (env != null) {
      env.close();
    }
  }

  @Test
  void helmInstallsUpgradesRollsBackAndUninstalls() throws IOException {
    // given: no release exists yet, so the one before is this chart under an older version
    env.chartVersion("0.0.1");

    // when
    long start = System.nanoTime();
    String notes = env.run("README.md", "helm install");
    String policies = env.run("README.md", "kubectl wait acrpol/first");
    awaitBound();
    report("helm install", start, notes + policies);

    // then
    assertWorksUnderItsOwnRightsAlone();
    OwnerReference owner = awaitLeaseOwner();
    assertThat(owner.getUid())
        .isEqualTo(
            env.client
                .serviceAccounts()
                .inNamespace(OWN)
                .withName(OWN)
                .get()
                .getMetadata()
                .getUid());

    // given
    Secret pullSecret = pullSecret();
    int calls = env.acr.calls().size();
    String holder = lease().getSpec().getHolderIdentity();
    env.run("docs/install.md", "kubectl label namespace");

    // when
    env.chartVersion("0.1.0");
    env.run("docs/install.md", "helm upgrade");
    awaitAnotherLeads(holder);

    // then
    assertThat(env.helm("list", "--output", "json")).contains("acr-credential-operator-0.1.0");
    assertThat(pullSecret()).isEqualTo(pullSecret);
    assertThat(env.acr.calls()).hasSize(calls);

    // when
    String second = lease().getSpec().getHolderIdentity();
    env.run("docs/install.md", "helm rollback");
    awaitAnotherLeads(second);

    // then
    assertThat(env.helm("list", "--output", "json")).contains("acr-credential-operator-0.0.1");
    assertThat(pullSecret()).isEqualTo(pullSecret);
    assertThat(env.acr.calls()).hasSize(calls);
    assertThat(awaitLeaseOwner()).as("renewed many times since").isEqualTo(owner);

    // when
    env.run("docs/install.md", "helm uninstall");

    // then
    assertThat(env.kubelet.logs(OWN + "-cleanup"))
        .singleElement()
        .asString()
        .contains("1 pull Secret removed");
    awaitLeft(NAMESPACE, CRD_AND_POLICY);

    // when
    env.run("docs/install.md", "kubectl delete crd");

    // then
    awaitLeft();
  }

  @Test
  void helmDeletesPoliciesIfTheCrdIsNotKept() throws IOException {
    // given
    env.value("crds", Map.of("keep", false));
    env.run("README.md", "helm install");
    env.run("README.md", "kubectl wait acrpol/first");

    // when
    env.run("docs/install.md", "helm uninstall");

    // then
    awaitLeft(NAMESPACE);
    assertThat(env.kubelet.logs(OWN + "-cleanup"))
        .singleElement()
        .asString()
        .contains("1 policy deleted");

    // when
    env.kubectl("delete namespace " + OWN);

    // then
    awaitLeft();
  }

  @Test
  void kubectlInstallsAndUninstalls() throws IOException {
    // when
    long start = System.nanoTime();
    String applied = env.run("README.md", "kubectl apply -k");
    String policies = env.run("README.md", "kubectl wait acrpol/first");
    awaitBound();
    report("kubectl apply -k", start, applied + policies);

    // then
    assertThat(applied).doesNotContain("Warning");
    assertWorksUnderItsOwnRightsAlone();
    awaitLeaseOwner();

    // when the Job of the chart's hook is applied by hand
    Secret pullSecret = pullSecret();
    String hook = "template " + OWN + " ./helm --show-only templates/cleanup.yaml";
    env.helm(hook, "| kubectl apply -f -");
    env.kubectl(
        "-n " + OWN + " wait --for=condition=Complete --timeout=5m job/" + OWN + "-cleanup");

    // then
    assertThat(env.kubelet.logs(OWN + "-cleanup"))
        .singleElement()
        .asString()
        .contains("was created by kubectl-client-side-apply, not by Helm or Flux");
    assertThat(pullSecret()).isEqualTo(pullSecret);
    env.helm(hook, "| kubectl delete -f -");

    // when
    env.run("docs/uninstall.md", "kubectl delete acrpol --all --wait");

    // then
    awaitLeft();
    assertThat(env.kubelet.logs(OWN)).allSatisfy(log -> assertThat(log).doesNotContain("ERROR"));
  }

  @Test
  void cleanupJobLeavesNothingWhileTheOperatorRuns() throws IOException {
    // given
    env.run("README.md", "kubectl apply -k");
    env.run("README.md", "kubectl wait acrpol/first");
    awaitLeaseOwner();

    // then: the namespace warns about and rejects Pods that are not restricted
    assertThat(
            env.kubectl(
                "apply --dry-run=server --validate=strict -f src/main/kubernetes/cleanup.yaml"))
        .contains("job.batch/acr-credential-operator-cleanup created")
        .doesNotContain("Warning");

    // when
    env.run("docs/uninstall.md", "--for=condition=Complete");

    // then
    assertThat(env.kubelet.logs(OWN + "-cleanup"))
        .singleElement()
        .asString()
        .contains("1 pull Secret removed");
    assertThat(pullSecret()).isNull();
    assertThat(lease().getSpec().getHolderIdentity()).startsWith("cleanup-");
    assertThat(lease().getMetadata().getOwnerReferences()).as("taken, not disowned").hasSize(1);

    // when
    env.run("docs/uninstall.md", "kubectl delete --ignore-not-found -f");

    // then
    awaitLeft();
  }

  @Test
  void cleanupRepairsAnUninstallInTheWrongOrder() throws IOException {
    // given
    env.run("README.md", "kubectl apply -k");
    env.run("README.md", "kubectl wait acrpol/first");
    awaitBound();

    // when the operator is deleted first; if deleted together with the CRD, it could still clean up
    env.kubectl("delete namespace " + OWN);
    env.kubectl("delete --ignore-not-found --wait=false -k src/main/kubernetes");

    // then: the API server marks the objects of the CRD asynchronously after the CRD
    await()
        .alias("marked for deletion, and its finalizer stays")
        .atMost(PATIENCE)
        .until(
            () -> env.kubectl("get acrpol first -o jsonpath={.metadata.deletionTimestamp}"),
            marked -> !marked.isBlank());
    assertThat(pullSecret()).isNotNull();

    // when
    env.run("docs/uninstall.md", "--for=condition=Complete");
    env.run("docs/uninstall.md", "kubectl delete --ignore-not-found -f");

    // then
    awaitLeft();
  }

  // ---- then

  private void awaitBound() {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () ->
                env
                    .client
                    .serviceAccounts()
                    .inNamespace("default")
                    .withName("default")
                    .get()
                    .getImagePullSecrets()
                    .stream()
                    .map(LocalObjectReference::getName)
                    .anyMatch(PULL_SECRET::equals));
  }

  private static void report(String way, long start, String said) {
    System.out.printf(
        "%s%n%s to the first bound ServiceAccount: %.1f s (the aim is 60 s)%n",
        said, way, (System.nanoTime() - start) / 1e9);
  }

  private void assertWorksUnderItsOwnRightsAlone() {
    // The API server may write to the audit log after it has answered.
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(env.kube.audited(OPERATOR))
                    .filteredOn(entry -> entry.path("verb").asText().equals("create"))
                    .anyMatch(entry -> entry.at("/objectRef/name").asText().equals(PULL_SECRET)));
    assertThat(env.kube.audited(OPERATOR))
        .noneMatch(entry -> entry.at("/responseStatus/code").asInt() == 403);
  }

  private OwnerReference awaitLeaseOwner() {
    await().atMost(PATIENCE).until(() -> lease().getMetadata().getOwnerReferences().size() == 1);
    return lease().getMetadata().getOwnerReferences().get(0);
  }

  private void awaitAnotherLeads(String holder) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> lease().getSpec().getHolderIdentity(),
            now -> now != null && !now.isEmpty() && !now.equals(holder));
    String pod = lease().getSpec().getHolderIdentity();
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                env.kubelet.logs(pod).stream()
                    .anyMatch(log -> log.contains("Reconciling 1 policies")));
  }

  @SafeVarargs
  private void awaitLeft(List<String>... left) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () ->
                assertThat(InstallEnvironment.differences(before, env.everything()))
                    .containsExactlyInAnyOrderElementsOf(
                        List.of(left).stream()
                            .flatMap(List::stream)
                            .map("added "::concat)
                            .toList()));
  }

  private Secret pullSecret() {
    return env.client.secrets().inNamespace("default").withName(PULL_SECRET).get();
  }

  private Lease lease() {
    return env.client.leases().inNamespace(OWN).withName(OWN).get();
  }
}
