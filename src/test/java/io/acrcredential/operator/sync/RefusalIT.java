// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.PolicyAssert;
import io.acrcredential.operator.testkit.Quotas;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the API server refuses is in the status with its namespace, and is not hammered. */
@RequiresRealCluster
class RefusalIT {

  private static OperatorTestEnvironment env;

  @BeforeAll
  static void start() {
    // An admission policy stays in force for a while after its deletion.
    env = OperatorTestEnvironment.createOnNewCluster(setup -> {});
    Stream.of("denied", "limited", "held", "relabelled", "unmarked", "copy", "stuck")
        .forEach(name -> env.createNamespace(name, Map.of()));
    env.create(
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata:
          name: denies
        spec:
          failurePolicy: Fail
          matchConstraints:
            resourceRules:
              - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [secrets]}
          validations:
            - expression: "object.metadata.namespace != 'denied'"
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata:
          name: denies
        spec:
          policyName: denies
          validationActions: [Deny]
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata:
          name: keeps
        spec:
          failurePolicy: Fail
          matchConstraints:
            resourceRules:
              - {apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [serviceaccounts]}
          validations:
            - expression: "object.metadata.namespace != 'stuck' || has(object.imagePullSecrets) || !has(oldObject.imagePullSecrets)"
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata:
          name: keeps
        spec:
          policyName: keeps
          validationActions: [Deny]
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: MutatingAdmissionPolicy
        metadata:
          name: rewrites
        spec:
          failurePolicy: Fail
          reinvocationPolicy: Never
          matchConstraints:
            resourceRules:
              - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [secrets]}
          matchConditions:
            - name: namespaces
              expression: "object.metadata.namespace in ['relabelled', 'unmarked']"
          mutations:
            - patchType: ApplyConfiguration
              applyConfiguration:
                expression: >-
                  object.metadata.namespace == 'relabelled'
                  ? Object{metadata: Object.metadata{labels: {'app.kubernetes.io/managed-by': 'platform'}}}
                  : Object{metadata: Object.metadata{annotations: {'acrcredential.io/written-for': 'platform'}}}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: MutatingAdmissionPolicyBinding
        metadata:
          name: rewrites
        spec:
          policyName: rewrites
        """);
    Quotas.refuseSecrets(env.client, "limited");
    Awaits.soon().until(() -> isRefused("denied") && isRefused("limited"));
    Awaits.soon().until(() -> isRewritten("relabelled"));
    env.startOperator();
  }

  @AfterAll
  static void close() {
    env.close();
  }

  @Test
  void refusalsShowWithTheirNamespaceAndBackOff() {
    // given an immutable Secret of somebody else that cannot be deleted
    env.client
        .secrets()
        .inNamespace("held")
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(OperatorTestEnvironment.PULL_SECRET)
                .addToFinalizers("example.com/hold")
                .endMetadata()
                .withType("kubernetes.io/dockerconfigjson")
                .withStringData(Map.of(".dockerconfigjson", "{\"auths\":{}}"))
                .withImmutable(true)
                .build())
        .create();
    Queue<String> readiness = new ConcurrentLinkedQueue<>();
    long start = System.nanoTime();

    // when
    List<String> policies = List.of("denied", "limited", "held");
    try (Watch watch = watchReadiness(policies, readiness)) {
      policies.forEach(RefusalIT::createPolicyFor);

      // then
      awaitFailure("denied", "pull Secret of namespace denied: an admission rule");
      awaitFailure("limited", "pull Secret of namespace limited: a ResourceQuota");
      awaitFailure("held", "pull Secret of namespace held", "finalizer");
      Awaits.soon().until(() -> writes("denied") > 1 && writes("limited") > 1);
      Awaits.soon().until(() -> !readiness.isEmpty());
    }
    assertThat(readiness).doesNotContain("True");
    // Each wait is twice the last one, and none is longer than a minute.
    long most = 10 + Duration.ofNanos(System.nanoTime() - start).toMinutes();
    assertThat(writes("denied")).as("in 30 s or more").isLessThanOrEqualTo(most);
    assertThat(writes("limited")).as("in 30 s or more").isLessThanOrEqualTo(most);
    assertThat(writes("held")).as("a deletion and a creation").isBetween(1L, 3L);

    // when the finalizer is removed
    Edits.edit(
        env.client.secrets().inNamespace("held").withName(OperatorTestEnvironment.PULL_SECRET),
        RefusalIT::withoutFinalizers);

    // then
    env.awaitReady("held");
    env.awaitBound("held", "default");
  }

  private static void awaitFailure(String policy, String... message) {
    env.awaitCondition(policy, "Bound", "False", "BindingFailed");
    Awaits.soon()
        .untilAsserted(
            () ->
                PolicyAssert.assertThat(env.status(policy))
                    .hasCondition("Ready", "False", "BindingFailed", message));
  }

  @Test
  void recognizesItsSecretWhateverAdmissionDoesToItsLabels() {
    // when
    createPolicyFor("relabelled");
    env.awaitReady("relabelled");

    // then
    env.awaitBound("relabelled", "default");
    assertThat(env.pullSecret("relabelled").getMetadata().getLabels())
        .containsEntry("app.kubernetes.io/managed-by", "platform");

    // when
    env.client.resources(AcrCredentialPolicy.class).withName("relabelled").delete();

    // then no live token is left behind
    Awaits.soon().until(() -> env.pullSecret("relabelled") == null);
    assertThat(env.imagePullSecrets("relabelled", "default")).isEmpty();
  }

  @Test
  void saysWhichNamespaceHasASecretThatItCannotRecognize() {
    // when
    createPolicyFor("unmarked");

    // then
    awaitFailure("unmarked", "namespace unmarked", "acrcredential.io/written-for");
  }

  @Test
  void saysWhyTheDeletionOfAPolicyWaits() {
    // given
    env.createServiceAccount("stuck", "app");
    env.createPolicy(
        "stuck",
        """
        registries: [{instanceId: cri-abc}]
        targets: {namespaces: {names: [stuck]}, serviceAccounts: {names: [app]}}
        """);
    env.awaitReady("stuck");
    Awaits.soon().until(RefusalIT::isUnbindingRefused);

    // when
    env.client.resources(AcrCredentialPolicy.class).withName("stuck").delete();

    // then
    Awaits.soon()
        .until(
            () -> events("default", "stuck"),
            messages ->
                messages.stream()
                    .anyMatch(
                        message ->
                            message.contains("deletion of the policy waits: ")
                                && message.contains(
                                    "ServiceAccount stuck/app: an admission rule")));

    // when the cause is gone
    env.client.serviceAccounts().inNamespace("stuck").withName("app").delete();

    // then
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> env.client.resources(AcrCredentialPolicy.class).withName("stuck").get() == null);
    assertThat(env.pullSecret("stuck")).isNull();
  }

  private static List<String> events(String namespace, String object) {
    return env.client.v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(event -> object.equals(event.getInvolvedObject().getName()))
        .map(Event::getMessage)
        .toList();
  }

  /** As a controller does that copies Secrets with their labels and annotations. */
  @Test
  void leavesACopyInANamespaceThatNoPolicyCoversAndReportsIt() {
    // given
    env.createNamespace("source", Map.of());
    createPolicyFor("source");
    env.awaitReady("source");

    // when
    Secret copy =
        new SecretBuilder(env.pullSecret("source"))
            .editMetadata()
            .withNamespace("copy")
            .withResourceVersion(null)
            .withUid(null)
            .endMetadata()
            .build();
    env.client.resource(copy).create();

    // then
    Awaits.soon()
        .until(
            () ->
                env.client.v1().events().inNamespace("copy").list().getItems().stream()
                    .anyMatch(event -> event.getReason().equals("SecretCopied")));
    Awaits.steady().until(() -> env.pullSecret("copy") != null);
    assertThat(writes("copy")).isZero();
  }

  private static void createPolicyFor(String namespace) {
    env.createPolicy(
        namespace,
        "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [%s]}}"
            .formatted(namespace));
  }

  private static Secret withoutFinalizers(Secret secret) {
    return new SecretBuilder(secret).editMetadata().withFinalizers().endMetadata().build();
  }

  private static boolean isRefused(String namespace) {
    try {
      env.client.secrets().inNamespace(namespace).resource(probe()).dryRun(true).create();
      return false;
    } catch (KubernetesClientException e) {
      return true;
    }
  }

  private static boolean isUnbindingRefused() {
    try {
      env.client
          .serviceAccounts()
          .inNamespace("stuck")
          .withName("app")
          .dryRun(true)
          .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"imagePullSecrets\": null}");
      return false;
    } catch (KubernetesClientException e) {
      return true;
    }
  }

  private static boolean isRewritten(String namespace) {
    return "platform"
        .equals(
            env.client
                .secrets()
                .inNamespace(namespace)
                .resource(probe())
                .dryRun(true)
                .create()
                .getMetadata()
                .getLabels()
                .get("app.kubernetes.io/managed-by"));
  }

  private static Secret probe() {
    return new SecretBuilder()
        .withNewMetadata()
        .withName("probe")
        .addToLabels("app.kubernetes.io/managed-by", "test")
        .endMetadata()
        .build();
  }

  /** Other tests' policies may be ready. */
  private static Watch watchReadiness(List<String> policies, Queue<String> readiness) {
    return env.client
        .resources(AcrCredentialPolicy.class)
        .watch(
            new Watcher<>() {
              @Override
              public void eventReceived(Action action, AcrCredentialPolicy policy) {
                if (policies.contains(policy.getMetadata().getName())
                    && policy.getStatus() != null) {
                  policy
                      .getStatus()
                      .condition("Ready")
                      .map(Condition::getStatus)
                      .ifPresent(readiness::add);
                }
              }

              @Override
              public void onClose(WatcherException cause) {}
            });
  }

  /** The operator's writes of Secrets in the namespace, accepted or refused. */
  private static long writes(String namespace) {
    return env.kube.audited(OperatorTestEnvironment.OPERATOR_USER).stream()
        .filter(entry -> object(entry, "resource").equals("secrets"))
        .filter(entry -> object(entry, "namespace").equals(namespace))
        .filter(entry -> !entry.path("verb").asText().matches("get|list|watch"))
        .count();
  }

  private static String object(JsonNode entry, String field) {
    return entry.path("objectRef").path(field).asText("");
  }
}
