// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.install;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.PodAdmission;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packaged operator works with the rights of the manifests and has no others. */
@RequiresRealCluster
class RbacIT {

  private static final String OWN = "acr-credential-operator";
  private static final String PULL_SECRET = "acr-credential-secret-aggregation";
  private static KubeCluster cluster;
  private static KubernetesClient client;

  @BeforeAll
  static void install() {
    cluster = KubeCluster.start();
    client = cluster.client();
    RbacManifests.files().stream()
        .flatMap(file -> RbacManifests.load(file).stream())
        .map(OperatorTestEnvironment::bindToOperatorUser)
        .forEach(object -> client.resource(object).create());
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> client.resources(AcrCredentialPolicy.class).list() != null);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void worksWithTheShippedRightsOnly() {
    try (AcrSimulator acr =
        AcrSimulator.start(
            setup ->
                setup
                    .account("1001")
                    .accessKey("LTAIfirst", "first-secret")
                    .enterprise("cri-one", "cn-hangzhou", "one")
                    .account("1002")
                    .accessKey("LTAIsecond", "second-secret")
                    .enterprise("cri-two", "cn-beijing", "two"))) {
      // given
      createKeySecret(OWN, "account-b", "LTAIsecond", "second-secret");
      createKeySecret("kube-system", "alibaba-addon-secret", "LTAIfirst", "first-secret");
      namespace("team-a");
      namespace("team-b");
      serviceAccount("team-a", "builder", "foreign");
      createPullSecretOfTheCredentialHelper("team-a");

      Map<String, String> environment = new HashMap<>(acr.environment());
      environment.put("ACR_CREDENTIALS_NAMESPACE", OWN);
      try (OperatorProcess operator =
          OperatorProcess.startAndAwait(cluster.operatorKubeconfig(), environment)) {
        // when
        AcrCredentialPolicy policy =
            Serialization.unmarshal(
                """
                apiVersion: acrcredential.io/v1alpha1
                kind: AcrCredentialPolicy
                metadata:
                  name: production
                spec:
                  registries:
                    - {instanceId: cri-one, region: cn-hangzhou}
                    - instanceId: cri-two
                      region: cn-beijing
                      credentials: {secretRef: {name: account-b}}
                  targets:
                    namespaces: {names: [team-a, team-b]}
                    serviceAccounts: {names: ["*"]}
                """,
                AcrCredentialPolicy.class);
        client.resource(policy).create();

        // then
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(ready()).isTrue());
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  assertThat(entries("team-a", "builder")).containsExactly("foreign", PULL_SECRET);
                  assertThat(entries("team-b", "default")).containsExactly(PULL_SECRET);
                  assertThat(auths("team-a"))
                      .contains("one-registry.cn-hangzhou.cr.aliyuncs.com")
                      .contains("two-registry-vpc.cn-beijing.cr.aliyuncs.com")
                      .doesNotContain("registry.of.the.credential.helper");
                });
        assertThat(client.leases().inNamespace(OWN).withName(OWN).get()).isNotNull();
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    client.secrets().inNamespace(OWN).withName("acr-credential-state-0").get()
                        != null);
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(client.v1().events().inNamespace("default").list().getItems())
                        .filteredOn(event -> event.getReason().equals("Ready"))
                        .extracting(RbacIT::involvedObject)
                        .contains("production"));

        // when objects drift, a refresh is requested, and the ConfigMap acr-configuration is
        // created
        Edits.edit(
            client.serviceAccounts().inNamespace("team-a").withName("builder"),
            a -> new ServiceAccountBuilder(a).withImagePullSecrets(ref("foreign")).build());
        client.secrets().inNamespace("team-b").withName(PULL_SECRET).delete();
        String before = auths("team-a");
        client
            .resources(AcrCredentialPolicy.class)
            .withName("production")
            // Not edit(), which fails if the operator writes the status meanwhile.
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"metadata\":{\"annotations\":{\"%s\":\"now\"}}}"
                    .formatted(AcrCredentialPolicy.REFRESH_REQUESTED_AT));
        client
            .resource(
                new ConfigMapBuilder()
                    .withNewMetadata()
                    .withName("acr-configuration")
                    .withNamespace("kube-system")
                    .endMetadata()
                    .addToData("acr-registry-info", "- [")
                    .build())
            .create();

        // then
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  assertThat(entries("team-a", "builder")).containsExactly("foreign", PULL_SECRET);
                  assertThat(pullSecret("team-b")).isNotNull();
                  assertThat(auths("team-a")).isNotEqualTo(before);
                });

        // when
        client.configMaps().inNamespace("kube-system").withName("acr-configuration").delete();
        client.resources(AcrCredentialPolicy.class).withName("production").delete();

        // then
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  assertThat(client.resources(AcrCredentialPolicy.class).list().getItems())
                      .isEmpty();
                  assertThat(pullSecret("team-a")).isNull();
                  assertThat(pullSecret("team-b")).isNull();
                  assertThat(entries("team-a", "builder")).containsExactly("foreign");
                  assertThat(entries("team-b", "default")).isEmpty();
                });
        assertThat(operator.log()).doesNotContainIgnoringCase("forbidden");
        assertThat(operator.stop()).isIn(0, 143);
      }

      // then
      assertThat(audited().filter(RbacIT::denied).map(RbacIT::request).distinct()).isEmpty();
      assertThat(audited().map(RbacIT::request))
          .as("without entries of others, a write is one request, not a read and a write")
          .noneMatch(request -> request.matches("get .*/team-a/serviceaccounts/default.*"))
          .anyMatch(
              request -> request.startsWith("patch ") && request.contains("/serviceaccounts/"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "get,    secrets,         team-x,                  registry-password",
    "list,   secrets,         team-x,                  ",
    "watch,  secrets,         ,                        ",
    "list,   secrets,         ,                        ",
    "delete, secrets,         team-x,                  registry-password",
    "update, secrets,         team-x,                  registry-password",
    "get,    secrets,         kube-system,             acr-credential-state-0",
    "get,    secrets,         kube-system,             etcd-keys",
    "list,   secrets,         kube-system,             ",
    "update, secrets,         kube-system,             alibaba-addon-secret",
    "update, secrets,         acr-credential-operator, account-b",
    "delete, secrets,         acr-credential-operator, account-b",
    "update, configmaps,      kube-system,             acr-configuration",
    "get,    configmaps,      kube-system,             kubeadm-config",
    "delete, serviceaccounts, team-x,                  default",
    "create, serviceaccounts, team-x,                  ",
    "create, pods,            team-x,                  ",
    "update, namespaces,      ,                        team-x",
  })
  void deniesAccessToOtherObjects(String verb, String resource, String namespace, String name) {
    // when
    boolean allowed = allowed(verb, resource, namespace, name);

    // then
    assertThat(allowed).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "get,   secrets,         team-x,                  acr-credential-secret-aggregation",
    "watch, secrets,         ,                        acr-credential-secret-aggregation",
    "get,   secrets,         acr-credential-operator, account-b",
    "patch, serviceaccounts, team-x,                  default",
  })
  void allowsAccessToRequiredObjects(String verb, String resource, String namespace, String name) {
    assertThat(allowed(verb, resource, namespace, name)).isTrue();
  }

  @Test
  void admitsThePodToItsRestrictedNamespace() {
    // given
    Deployment deployment = client.apps().deployments().inNamespace(OWN).withName(OWN).get();
    Pod pod = PodAdmission.pod(OWN, deployment.getSpec().getTemplate());

    // when
    Pod admitted = PodAdmission.dryRun(client, pod);

    // then
    assertThat(admitted.getSpec().getContainers()).hasSize(1);
    pod.getSpec().getContainers().get(0).getSecurityContext().setAllowPrivilegeEscalation(true);
    assertThatThrownBy(() -> PodAdmission.dryRun(client, pod))
        .hasMessageContaining("violates PodSecurity");
  }

  private static boolean allowed(String verb, String resource, String namespace, String name) {
    SubjectAccessReview review =
        client
            .authorization()
            .v1()
            .subjectAccessReview()
            .create(
                new SubjectAccessReviewBuilder()
                    .withNewSpec()
                    .withUser(OperatorTestEnvironment.OPERATOR_USER)
                    .withNewResourceAttributes()
                    .withVerb(verb)
                    .withResource(resource)
                    .withNamespace(namespace)
                    .withName(name)
                    .endResourceAttributes()
                    .endSpec()
                    .build());
    return review.getStatus().getAllowed();
  }

  // ---- the audit log

  private static Stream<JsonNode> audited() {
    return cluster.audited(OperatorTestEnvironment.OPERATOR_USER).stream();
  }

  private static boolean denied(JsonNode event) {
    return event.at("/responseStatus/code").asInt() == 403
        || event.at("/annotations/authorization.k8s.io~1decision").asText().equals("forbid");
  }

  private static String request(JsonNode event) {
    return event.path("verb").asText() + " " + event.path("requestURI").asText();
  }

  // ---- the cluster

  private static boolean ready() {
    AcrCredentialPolicy policy =
        client.resources(AcrCredentialPolicy.class).withName("production").get();
    return policy.getStatus() != null
        && Objects.equals(policy.getStatus().serviceAccounts(), 3)
        && policy.getStatus().conditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  private static void namespace(String name) {
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
    await()
        .atMost(PATIENCE)
        .until(() -> client.serviceAccounts().inNamespace(name).withName("default").get() != null);
  }

  private static void serviceAccount(String namespace, String name, String entry) {
    client
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withImagePullSecrets(ref(entry))
                .build())
        .create();
  }

  private static void createKeySecret(String namespace, String name, String id, String secret) {
    OperatorTestEnvironment.createKeySecret(
        client, namespace, name, id.getBytes(UTF_8), secret.getBytes(UTF_8));
  }

  private static LocalObjectReference ref(String name) {
    return new LocalObjectReference(name);
  }

  private static void createPullSecretOfTheCredentialHelper(String namespace) {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(PULL_SECRET)
                .withNamespace(namespace)
                .endMetadata()
                .withType("kubernetes.io/dockerconfigjson")
                .withImmutable(true)
                .addToStringData(
                    ".dockerconfigjson", "{\"auths\":{\"registry.of.the.credential.helper\":{}}}")
                .build())
        .create();
  }

  private static Secret pullSecret(String namespace) {
    return client.secrets().inNamespace(namespace).withName(PULL_SECRET).get();
  }

  private static String auths(String namespace) {
    return new String(
        Base64.getDecoder().decode(pullSecret(namespace).getData().get(".dockerconfigjson")),
        UTF_8);
  }

  private static List<String> entries(String namespace, String name) {
    ServiceAccount account = client.serviceAccounts().inNamespace(namespace).withName(name).get();
    return account.getImagePullSecrets().stream().map(LocalObjectReference::getName).toList();
  }

  private static String involvedObject(Event event) {
    return event.getInvolvedObject().getName();
  }
}
