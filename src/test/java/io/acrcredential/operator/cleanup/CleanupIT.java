// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorProcess.Ended;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged {@code cleanup} command with exactly the permissions of cleanup.yaml. */
@RequiresRealCluster
class CleanupIT {

  private static final String OWN = "acr-credential-operator";
  private static final String FINALIZER = "acrcredential.io/cleanup";
  private static final Predicate<String> CLEANUPS = holder -> holder.startsWith("cleanup-");
  private static final Path PERMISSIONS = Path.of("src", "main", "kubernetes", "cleanup.yaml");

  private OperatorTestEnvironment env;

  @BeforeEach
  void setUp() {
    env = OperatorTestEnvironment.create().withVariable("ACR_CREDENTIALS_NAMESPACE", OWN);
    env.client
        .resource(new NamespaceBuilder().withNewMetadata().withName(OWN).endMetadata().build())
        .create();
    for (String namespace : List.of("team-a", "team-b", "team-c")) {
      env.createNamespace(namespace, Map.of("acr", "on"));
    }
    env.createServiceAccount("team-a", "builder", "foreign-1", "foreign-2");
  }

  @AfterEach
  void tearDown() {
    env.close();
  }

  @Test
  void removesEverythingWhileTheOperatorRunsAndItIsNotRestored() {
    // given
    OperatorProcess operator = startWithTwoPolicies();
    createAcrConfiguration();
    await().atMost(PATIENCE).until(() -> policy("acr-configuration") != null);
    env.awaitReady("acr-configuration");
    awaitStateSecret();

    // when
    env.grantOnly(PERMISSIONS);
    Ended cleanup = env.runCommand("cleanup");

    // then
    assertThat(cleanup).as("%s", cleanup).returns(0, Ended::exitCode);
    assertThat(cleanup.printed())
        .contains("5 imagePullSecrets entries removed")
        .contains("4 pull Secrets removed")
        .contains("3 finalizers removed from policies")
        .contains("1 policy deleted");
    await()
        .atMost(PATIENCE)
        .until(() -> operator.get("/q/health/ready").contains("\"standby\": \"cleanup-"));
    await().atMost(PATIENCE).until(() -> operator.log().contains("The Lease is lost"));
    assertThat(operator.alive()).as("losing the Lease ends no process").isTrue();
    operator.close();
    assertNothingIsLeft();
    assertThat(env.imagePullSecrets("team-a", "builder")).containsExactly("foreign-1", "foreign-2");
    assertThat(policy("acr-configuration")).as("it is compiled from the ConfigMap").isNull();

    // when the pod is started again
    env.grantOnly(Path.of("src", "main", "kubernetes", "rbac.yaml"));
    long before = leaseRequests();
    try (OperatorProcess again = env.startAnother()) {
      await().atMost(PATIENCE).until(() -> leaseRequests() > before + 3);

      // then
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(again.get("/q/health/ready"))
                    .contains("\"leading\": false")
                    .contains("\"standby\": \"cleanup-")
                    .doesNotContain("\"status\": \"DOWN\"");
                assertThat(again.log())
                    .containsOnlyOnce("works again 5 minutes after cleanup has ended");
              });
      assertNothingIsLeft();
      assertThat(lease().getSpec().getHolderIdentity()).startsWith("cleanup-");
      assertThat(lease().getSpec().getLeaseDurationSeconds()).isEqualTo(300);
    }

    // when
    env.client.resources(AcrCredentialPolicy.class).withName("one").delete();

    // then
    assertThat(policy("one")).as("it has no finalizer").isNull();
  }

  /** {@code helm template | kubectl apply} makes the Job of the hook right after the install. */
  @Test
  void hookRemovesNothingIfKubectlMadeItsJob() {
    // given
    startWithTwoPolicies();
    JsonNode before = env.dockerAuths("team-a");
    env.create(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: own-cleanup, namespace: %s}
        spec:
          template:
            spec:
              restartPolicy: Never
              containers: [{name: cleanup, image: none}]
        """
            .formatted(OWN));

    // when
    Ended hook = env.runCommand("cleanup", "--hook-job=" + OWN + "/own-cleanup");

    // then
    assertThat(hook).as("%s", hook).returns(0, Ended::exitCode);
    assertThat(hook.printed()).contains("The Job " + OWN + "/own-cleanup was created by ");
    await()
        .atMost(PATIENCE)
        .until(() -> env.operator().get("/q/health/ready").contains("\"leading\": true"));
    assertThat(env.dockerAuths("team-a")).isEqualTo(before);

    // when it may not read its Job
    env.grantOnly(PERMISSIONS);
    Ended forbidden = env.runCommand("cleanup", "--hook-job=" + OWN + "/own-cleanup");

    // then
    assertThat(forbidden).returns(1, Ended::exitCode);
    assertThat(forbidden.printed())
        .contains("FAILED reading the Job of the hook: ", "0 pull Secrets removed");
    assertThat(env.dockerAuths("team-a")).isEqualTo(before);
  }

  /** Stopped as by the deadline of a Job, or killed as by the failure of a node. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void operatorLeadsAgainAfterAnInterruptedCleanup(boolean graceful) {
    // given
    OperatorProcess operator = startWithTwoPolicies();
    try (OperatorProcess cleanup = env.startAnother("cleanup")) {
      await().atMost(PATIENCE).until(() -> lease().getSpec().getHolderIdentity(), CLEANUPS);
      operator.kill();

      // when it is interrupted while it waits for the last writes of the operator
      if (graceful) {
        cleanup.stop();
      } else {
        cleanup.kill();
      }
    }

    // then
    assertThat(lease().getSpec().getLeaseDurationSeconds()).isEqualTo(graceful ? 1 : 20);
    env.startOperator();
    assertThat(lease().getSpec().getHolderIdentity()).matches(CLEANUPS.negate());
  }

  @Test
  void cleansUpAfterADeadOperatorAndASecondRunFindsNothing() {
    // given
    startWithTwoPolicies().kill();
    env.client.resources(AcrCredentialPolicy.class).withName("one").delete();
    assertThat(policy("one").getMetadata().getDeletionTimestamp())
        .as("its finalizer blocks the deletion")
        .isNotNull();
    env.grantOnly(PERMISSIONS);

    // when
    Ended first = env.runCommand("cleanup");

    // then
    assertThat(first).as("%s", first).returns(0, Ended::exitCode);
    assertThat(policy("one")).isNull();
    assertThat(policy("two").getFinalizers()).isEmpty();
    assertThat(policy("two").getStatus().conditions())
        .as("no operator serves it")
        .hasSize(4)
        .allMatch(condition -> condition.getStatus().equals("Unknown"))
        .allMatch(condition -> condition.getReason().equals("CleanedUp"));
    assertThat(policy("two").getStatus().registries()).isNull();
    assertNothingIsLeft();

    // when
    Ended second = env.runCommand("cleanup", "--delete-policies");

    // then
    assertThat(second).as("%s", second).returns(0, Ended::exitCode);
    assertThat(second.printed()).contains("0 pull Secrets removed").contains("1 policy deleted");
    assertThat(policy("two")).isNull();

    // when
    Ended third = env.runCommand("cleanup", "--delete-policies");

    // then
    assertThat(third).as("%s", third).returns(0, Ended::exitCode);
    assertThat(third.printed().lines()).allMatch(line -> line.matches(" +0 .*"));
  }

  @Test
  void removesSecretsAndEntriesWithoutCrdAndNamespace() {
    // given
    startWithTwoPolicies().kill();
    env.client
        .resources(AcrCredentialPolicy.class)
        .list()
        .getItems()
        .forEach(
            policy ->
                env.editPolicy(
                    policy.getMetadata().getName(), p -> p.getMetadata().setFinalizers(null)));
    var crd =
        env.client
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .withName("acrcredentialpolicies.acrcredential.io");
    crd.delete();
    await().atMost(PATIENCE).until(() -> crd.get() == null);
    // not with the permissions of cleanup.yaml: the Role is deleted with the namespace
    env.client.namespaces().withName(OWN).delete();
    await()
        .atMost(
            Duration.ofMinutes(3)) // its controller waits longer each time the CRD is in the way
        .until(() -> env.client.namespaces().withName(OWN).get() == null);

    // when
    Ended cleanup = env.runCommand("cleanup");

    // then
    assertThat(cleanup).as("%s", cleanup).returns(0, Ended::exitCode);
    assertThat(cleanup.printed()).contains("4 pull Secrets removed", "The CRD is not installed");
    assertNothingIsLeft();
  }

  @Test
  void handsOverToTheRunningCredentialHelperAndSkipsExcludedNamespaces() {
    // given
    env.withVariable("ACR_EXCLUDED_NAMESPACES", "");
    startWithTwoPolicies().kill();
    env.withVariable("ACR_EXCLUDED_NAMESPACES", "team-b");
    startCredentialHelper(1);
    env.grantOnly(PERMISSIONS);
    Secret before = env.pullSecret("team-a");

    // when
    Ended cleanup = env.runCommand("cleanup");

    // then
    assertThat(cleanup).as("%s", cleanup).returns(0, Ended::exitCode);
    assertThat(cleanup.printed())
        .contains("3 pull Secrets handed over")
        .contains("The ACK credential helper (kube-system/aliyun-acr-credential-helper) runs")
        .contains("1 excluded namespace was not changed");
    assertThat(env.imagePullSecrets("team-a", "builder"))
        .containsExactly("foreign-1", "foreign-2", OperatorTestEnvironment.PULL_SECRET);
    Secret after = env.pullSecret("team-a");
    assertThat(after.getData()).isEqualTo(before.getData());
    assertThat(after.getMetadata().getUid()).isEqualTo(before.getMetadata().getUid());
    assertThat(after.getMetadata().getLabels()).isNullOrEmpty();
    assertThat(after.getMetadata().getAnnotations()).isNullOrEmpty();
    assertThat(env.pullSecret("team-b").getMetadata().getLabels())
        .containsEntry("app.kubernetes.io/managed-by", OWN);
  }

  @Test
  void reportsANamespaceThatDeniesAccessAndReleasesTheLease() {
    // given an operator that cannot take the Lease when it is released
    startWithTwoPolicies().kill();
    env.grantOnly(PERMISSIONS);
    Edits.edit(
        env.client.rbac().clusterRoles().withName("acr-credential-operator-cleanup"),
        role -> {
          role.getRules().removeIf(rule -> rule.getResources().contains("serviceaccounts"));
          return role;
        });

    // when
    Ended cleanup = env.runCommand("cleanup");

    // then
    assertThat(cleanup).as("%s", cleanup).returns(1, Ended::exitCode);
    assertThat(cleanup.printed())
        .contains("FAILED namespace team-a:")
        .contains("serviceaccounts")
        .contains("src/main/kubernetes/cleanup.yaml")
        .contains("0 pull Secrets removed");
    assertThat(env.pullSecret("team-a")).as("entries are removed before the Secret").isNotNull();
    assertThat(lease().getSpec().getLeaseDurationSeconds()).as("released").isEqualTo(1);
  }

  @Test
  void releasesASecretThatStillHasForeignEntries() {
    // given
    Secret foreign =
        new SecretBuilder()
            .withNewMetadata()
            .withName(OperatorTestEnvironment.PULL_SECRET)
            .withNamespace("team-c")
            .addToLabels("app.kubernetes.io/managed-by", OWN)
            .addToLabels("mine", "stays")
            .addToAnnotations("acrcredential.io/kept-foreign-since", "2026-01-01T00:00:00Z")
            .addToAnnotations("acrcredential.io/written-for", "team-c")
            .endMetadata()
            .withType("kubernetes.io/dockerconfigjson")
            .addToStringData(".dockerconfigjson", "{\"auths\":{\"credential-helper.example\":{}}}")
            .withImmutable(true)
            .build();
    env.client.resource(foreign).create();
    env.createServiceAccount("team-c", "bound", OperatorTestEnvironment.PULL_SECRET);
    env.grantOnly(PERMISSIONS);

    // when
    Ended cleanup = env.runCommand("cleanup");

    // then
    assertThat(cleanup).as("%s", cleanup).returns(0, Ended::exitCode);
    assertThat(cleanup.printed()).contains("1 pull Secret handed over");
    assertThat(env.pullSecret("team-c").getMetadata().getLabels())
        .isEqualTo(Map.of("mine", "stays"));
    assertThat(env.pullSecret("team-c").getMetadata().getAnnotations()).isNullOrEmpty();
    assertThat(env.imagePullSecrets("team-c", "bound"))
        .containsExactly(OperatorTestEnvironment.PULL_SECRET);
  }

  // ---- given

  private OperatorProcess startWithTwoPolicies() {
    OperatorProcess operator = env.startOperator();
    env.createPolicy(
        "one",
        """
        registries: [{instanceId: cri-abc, region: cn-hangzhou}]
        targets: {namespaces: {names: [team-a, team-b]}, serviceAccounts: {names: ["*"]}}
        """);
    env.createPolicy(
        "two",
        """
        registries: [{region: cn-hangzhou}]
        targets: {namespaces: {names: [team-c, default]}}
        """);
    env.awaitReady("one");
    env.awaitReady("two");
    env.awaitStatus("one", status -> status.serviceAccounts() == 3);
    env.awaitStatus("two", status -> status.serviceAccounts() == 2);
    return operator;
  }

  private void createAcrConfiguration() {
    env.client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("acr-configuration")
                .withNamespace("kube-system")
                .endMetadata()
                .addToData(
                    "acr-registry-info",
                    """
                    - instanceId: cri-abc
                      regionId: cn-hangzhou
                      domains: img.example.cn
                      customAccessKey: %s
                      customAccessKeySecret: %s
                    """
                        .formatted(
                            OperatorTestEnvironment.KEY_ID, OperatorTestEnvironment.KEY_SECRET))
                .build())
        .create();
  }

  private void startCredentialHelper(int readyReplicas) {
    Deployment deployment =
        new DeploymentBuilder()
            .withNewMetadata()
            .withName("aliyun-acr-credential-helper")
            .withNamespace("kube-system")
            .endMetadata()
            .withNewSpec()
            .withNewSelector()
            .addToMatchLabels("app", "credential-helper")
            .endSelector()
            .withNewTemplate()
            .withNewMetadata()
            .addToLabels("app", "credential-helper")
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("credential-helper")
            .withImage("credential-helper")
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    env.client.resource(deployment).create();
    Edits.editStatus(
        env.client
            .apps()
            .deployments()
            .inNamespace(deployment.getMetadata().getNamespace())
            .withName(deployment.getMetadata().getName()),
        d ->
            new DeploymentBuilder(d)
                .withNewStatus()
                .withReplicas(readyReplicas)
                .withReadyReplicas(readyReplicas)
                .endStatus()
                .build());
  }

  private void awaitStateSecret() {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                env.client.secrets().inNamespace(OWN).withName("acr-credential-state-0").get()
                    != null);
  }

  // ---- then

  private void assertNothingIsLeft() {
    assertThat(
            env.client
                .secrets()
                .inAnyNamespace()
                .withLabel("app.kubernetes.io/managed-by", OWN)
                .list()
                .getItems())
        .extracting(
            secret -> secret.getMetadata().getNamespace() + "/" + secret.getMetadata().getName())
        .isEmpty();
    assertThat(env.client.serviceAccounts().inAnyNamespace().list().getItems())
        .allSatisfy(
            account ->
                assertThat(
                        env.imagePullSecrets(
                            account.getMetadata().getNamespace(), account.getMetadata().getName()))
                    .doesNotContain(OperatorTestEnvironment.PULL_SECRET));
    List<? extends HasMetadata> policies = policies();
    assertThat(policies).allSatisfy(p -> assertThat(p.getFinalizers()).doesNotContain(FINALIZER));
  }

  private List<AcrCredentialPolicy> policies() {
    try {
      return env.client.resources(AcrCredentialPolicy.class).list().getItems();
    } catch (KubernetesClientException e) {
      assertThat(e.getCode()).as("no CRD").isEqualTo(404);
      return List.of();
    }
  }

  private AcrCredentialPolicy policy(String name) {
    return env.client.resources(AcrCredentialPolicy.class).withName(name).get();
  }

  private Lease lease() {
    return env.client.leases().inNamespace(OWN).withName(OWN).get();
  }

  /** How often the operator's user has asked for the lease. */
  private long leaseRequests() {
    try (var lines = Files.lines(env.kube.auditLog().orElseThrow())) {
      return lines
          .filter(line -> line.contains("\"leases\"") && line.contains("\"acr-operator\""))
          .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
