// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.install;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.admission.webhook.WebhookReplica;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.Eviction;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Impersonates the operator's ServiceAccount under the shipped roles, as a thief of its token would
 * act: the admission policies deny what the roles cannot, and nothing that the operator does.
 */
@RequiresRealCluster
class ConfinementIT {

  private static final String OPERATOR =
      "system:serviceaccount:acr-credential-operator:acr-credential-operator";
  private static final String TEAM = "team-a";

  private static KubeCluster cluster;
  private static KubernetesClient admin;
  private static KubernetesClient thief;

  @BeforeAll
  static void install() {
    cluster = KubeCluster.start();
    admin = cluster.client();
    Stream.concat(
            RbacManifests.files().stream(),
            Stream.of(
                "admission-webhook/webhook.yaml",
                "admission-webhook/rbac.yaml",
                "stuck-pods/rbac.yaml"))
        .flatMap(file -> RbacManifests.load(file).stream())
        .forEach(object -> admin.resource(object).create());
    thief = impersonate(OPERATOR);
    create(
        admin,
        """
        {apiVersion: v1, kind: Namespace, metadata: {name: team-a}}
        """);
    create(
        admin,
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: builder, namespace: team-a, labels: {team: a}, annotations: {owner: a}}
        secrets: [{name: mountable}]
        imagePullSecrets: [{name: foreign}]
        """);
    create(
        admin,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: acr-credential-secret-aggregation, namespace: team-a}
        type: kubernetes.io/dockerconfigjson
        stringData: {.dockerconfigjson: '{"auths":{}}', note: from the ACK credential helper}
        """);
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(() -> create(admin, policy("production")));
    create(
        admin,
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, namespace: team-a}
        spec: {serviceAccountName: builder, containers: [{name: app, image: "example.com/app"}]}
        """);
    // An admission policy takes effect a moment after it was created.
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              attacks()
                  .map(attack -> refusal(thief, (Write) attack.get()[1]))
                  .forEach(refusal -> assertThat(refusal).contains("ValidatingAdmissionPolicy"));
            });
  }

  @AfterAll
  static void stop() {
    if (thief != null) {
      thief.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  /** One write, sent with {@code dryRun=All}: admission treats it like any other. */
  private record Write(String verb, String object, String patch) {

    static Write create(String yaml) {
      return new Write("create", yaml, null);
    }

    /**
     * @param deleteOptions with {@code %s} for the UID of the pod {@code web} and its version
     */
    static Write evict(String deleteOptions) {
      return new Write("evict", deleteOptions, null);
    }

    static Write patch(String type, String name, String jsonPatch) {
      String namespace = type.equals("AcrCredentialPolicy") ? "" : ", namespace: " + TEAM;
      String version = type.equals("AcrCredentialPolicy") ? "acrcredential.io/v1alpha1" : "v1";
      return new Write(
          "patch",
          "{apiVersion: %s, kind: %s, metadata: {name: %s%s}}"
              .formatted(version, type, name, namespace),
          jsonPatch);
    }
  }

  /** The identity of the pod {@code web}, in the order in which the texts name its parts. */
  private static Object[] pod() {
    Pod pod = admin.pods().inNamespace(TEAM).withName("web").get();
    return new Object[] {pod.getMetadata().getUid(), pod.getMetadata().getResourceVersion()};
  }

  static Stream<Arguments> attacks() {
    return Stream.of(
        Arguments.of(
            "secrets: the token of a ServiceAccount in the pull Secret",
            Write.create(
                """
                apiVersion: v1
                kind: Secret
                metadata:
                  name: acr-credential-secret-aggregation
                  namespace: kube-system
                  annotations: {kubernetes.io/service-account.name: clusterrole-aggregation-controller}
                type: kubernetes.io/service-account-token
                """)),
        Arguments.of(
            "secrets: the token of a ServiceAccount in the Secret of the webhook",
            Write.create(
                """
                apiVersion: v1
                kind: Secret
                metadata:
                  name: acr-credential-webhook
                  namespace: acr-credential-operator
                  annotations: {kubernetes.io/service-account.name: default}
                type: kubernetes.io/service-account-token
                """)),
        Arguments.of(
            "secrets: the Secret of the webhook elsewhere",
            Write.create(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: acr-credential-webhook, namespace: team-a}
                type: kubernetes.io/tls
                data: {tls.crt: "", tls.key: ""}
                """)),
        Arguments.of(
            "webhook: all objects",
            webhook("[{'op':'add','path':'/webhooks/0/rules/0/resources/-','value':'secrets'}]")),
        Arguments.of(
            "webhook: all namespaces",
            webhook("[{'op':'remove','path':'/webhooks/0/namespaceSelector'}]")),
        Arguments.of(
            "webhook: Fail",
            webhook("[{'op':'add','path':'/webhooks/0/failurePolicy','value':'Fail'}]")),
        Arguments.of(
            "webhook: another server",
            webhook(
                "[{'op':'replace','path':'/webhooks/0/clientConfig','value':{'url':'https://thief.example'}}]")),
        Arguments.of(
            "webhook: another port",
            webhook("[{'op':'add','path':'/webhooks/0/clientConfig/service/port','value':8443}]")),
        Arguments.of(
            "webhook: a second one",
            webhook(
                "[{'op':'copy','from':'/webhooks/0','path':'/webhooks/-'},{'op':'replace','path':'/webhooks/1/name','value':'b.example.com'}]")),
        Arguments.of("webhook: none", webhook("[{'op':'replace','path':'/webhooks','value':[]}]")),
        Arguments.of(
            "webhook: a label", webhook("[{'op':'add','path':'/metadata/labels/a','value':'b'}]")),
        Arguments.of(
            "secrets: the token of a ServiceAccount in a state Secret",
            Write.create(
                """
                apiVersion: v1
                kind: Secret
                metadata:
                  name: acr-credential-state-7
                  namespace: acr-credential-operator
                  annotations: {kubernetes.io/service-account.name: acr-credential-operator}
                type: kubernetes.io/service-account-token
                """)),
        Arguments.of(
            "secrets: a bootstrap token",
            Write.create(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: bootstrap-token-abcdef, namespace: kube-system}
                type: bootstrap.kubernetes.io/token
                stringData: {token-id: abcdef, token-secret: 0123456789abcdef, usage-bootstrap-authentication: "true"}
                """)),
        Arguments.of(
            "secrets: another name",
            Write.create(
                """
                {apiVersion: v1, kind: Secret, metadata: {name: tls, namespace: team-a}, type: Opaque}
                """)),
        Arguments.of(
            "secrets: a generated name",
            Write.create(
                """
                {apiVersion: v1, kind: Secret, metadata: {generateName: x-, namespace: team-a}, type: Opaque}
                """)),
        Arguments.of(
            "secrets: state in another namespace",
            Write.create(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: acr-credential-state-0, namespace: team-a}
                type: acrcredential.io/state
                """)),
        Arguments.of(
            "secrets: another key in a pull Secret",
            Write.patch(
                "Secret",
                "acr-credential-secret-aggregation",
                "[{'op':'add','path':'/data/ssh-privatekey','value':'eA=='}]")),
        Arguments.of(
            "serviceaccounts: labels",
            Write.patch(
                "ServiceAccount",
                "builder",
                "[{'op':'add','path':'/metadata/labels/admin','value':'yes'}]")),
        Arguments.of(
            "serviceaccounts: removed label",
            Write.patch(
                "ServiceAccount", "builder", "[{'op':'remove','path':'/metadata/labels/team'}]")),
        Arguments.of(
            "serviceaccounts: the role of a cloud provider",
            Write.patch(
                "ServiceAccount",
                "builder",
                "[{'op':'add','path':'/metadata/annotations/pod-identity.alibabacloud.com~1role-name',"
                    + "'value':'admin'}]")),
        Arguments.of(
            "serviceaccounts: removed annotations",
            Write.patch(
                "ServiceAccount", "builder", "[{'op':'remove','path':'/metadata/annotations'}]")),
        Arguments.of(
            "serviceaccounts: a finalizer",
            Write.patch(
                "ServiceAccount",
                "builder",
                "[{'op':'add','path':'/metadata/finalizers','value':['example.com/x']}]")),
        Arguments.of(
            "serviceaccounts: an owner",
            Write.patch(
                "ServiceAccount",
                "builder",
                "[{'op':'add','path':'/metadata/ownerReferences','value':[{'apiVersion':'v1',"
                    + "'kind':'ConfigMap','name':'x','uid':'1-1'}]}]")),
        Arguments.of(
            "serviceaccounts: mountable Secrets",
            Write.patch(
                "ServiceAccount",
                "builder",
                "[{'op':'add','path':'/secrets/-','value':{'name':'stolen'}}]")),
        Arguments.of(
            "serviceaccounts: automount",
            Write.patch(
                "ServiceAccount",
                "builder",
                "[{'op':'add','path':'/automountServiceAccountToken','value':true}]")),
        Arguments.of(
            "serviceaccounts: the entry of somebody else",
            Write.patch(
                "ServiceAccount",
                "builder",
                "[{'op':'add','path':'/imagePullSecrets/-','value':{'name':'stolen'}}]")),
        Arguments.of("policies: another policy", Write.create(policy("more"))),
        Arguments.of(
            "policies: the spec of a user",
            Write.patch(
                "AcrCredentialPolicy",
                "production",
                "[{'op':'replace','path':'/spec/registries/0/instanceId','value':'cri-other'}]")),
        Arguments.of(
            "policies: a forced refresh",
            Write.patch(
                "AcrCredentialPolicy",
                "production",
                "[{'op':'add','path':'/metadata/annotations',"
                    + "'value':{'acrcredential.io/refresh-requested-at':'now'}}]")),
        Arguments.of(
            "policies: the finalizer of somebody else",
            Write.patch(
                "AcrCredentialPolicy",
                "production",
                "[{'op':'add','path':'/metadata/finalizers','value':['example.com/x']}]")),
        Arguments.of(
            "events: in the name of kubelet", Write.create(event("kubelet", "ServiceAccount"))),
        Arguments.of(
            "events: about a node", Write.create(event("acr-credential-operator", "Node"))),
        Arguments.of("evictions: of whatever has this name", Write.evict("{}")),
        Arguments.of(
            "evictions: of a pod whatever its state", Write.evict("{preconditions: {uid: %s}}")),
        Arguments.of(
            "evictions: at once",
            Write.evict(
                "{gracePeriodSeconds: 0, preconditions: {uid: %s, resourceVersion: '%s'}}")),
        Arguments.of(
            "leases: of the scheduler", Write.create(lease("acr-credential-operator", "other"))),
        Arguments.of(
            "leases: of another controller",
            Write.create(lease("kube-system", "acr-credential-operator"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("attacks")
  void deniesWhatTheOperatorDoesNotDo(String name, Write write) {
    assertThat(refusal(thief, write))
        .contains("ValidatingAdmissionPolicy 'acr-credential-operator-")
        .contains("the operator ");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("attacks")
  void aDeniedWriteIsNotDeniedByAnythingElse(String name, Write write) {
    // given somebody who may do everything and is not the operator
    // then
    assertThatCode(() -> send(admin, write)).doesNotThrowAnyException();
  }

  static Stream<Arguments> work() {
    return Stream.of(
        Arguments.of(
            "a pull Secret",
            Write.create(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: acr-credential-secret-aggregation, namespace: default}
                type: kubernetes.io/dockerconfigjson
                stringData: {.dockerconfigjson: '{"auths":{}}'}
                """)),
        Arguments.of(
            "an adopted pull Secret",
            Write.patch(
                "Secret",
                "acr-credential-secret-aggregation",
                "[{'op':'add','path':'/metadata/labels','value':"
                    + "{'app.kubernetes.io/managed-by':'acr-credential-operator'}},"
                    + "{'op':'replace','path':'/data/.dockerconfigjson','value':'e30='}]")),
        Arguments.of(
            "a state Secret",
            Write.create(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: acr-credential-state-0, namespace: acr-credential-operator}
                type: acrcredential.io/state
                """)),
        Arguments.of(
            "the certificate of the webhook",
            Write.create(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: acr-credential-webhook, namespace: acr-credential-operator}
                type: kubernetes.io/tls
                data: {tls.crt: "", tls.key: ""}
                """)),
        Arguments.of(
            "the CA of the webhook",
            webhook(
                "[{'op':'add','path':'/webhooks/0/clientConfig/caBundle','value':'"
                    + WebhookReplica.caBundleOfSomebody()
                    + "'}]")),
        Arguments.of(
            "keys of the ConfigMap",
            Write.create(
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: acr-configuration-keys, namespace: acr-credential-operator}
                type: Opaque
                """)),
        Arguments.of(
            "the entry",
            Write.patch(
                "ServiceAccount",
                "builder",
                "[{'op':'add','path':'/imagePullSecrets/-',"
                    + "'value':{'name':'acr-credential-secret-aggregation'}}]")),
        Arguments.of(
            "the only entry",
            Write.patch(
                "ServiceAccount",
                "builder",
                "[{'op':'replace','path':'/imagePullSecrets',"
                    + "'value':[{'name':'acr-credential-secret-aggregation'}]}]")),
        Arguments.of(
            "field managers",
            Write.patch(
                "ServiceAccount",
                "builder",
                "[{'op':'replace','path':'/metadata/managedFields','value':[{}]}]")),
        Arguments.of("nothing", Write.patch("ServiceAccount", "builder", "[]")),
        Arguments.of(
            "the finalizer",
            Write.patch(
                "AcrCredentialPolicy",
                "production",
                "[{'op':'add','path':'/metadata/finalizers',"
                    + "'value':['"
                    + AcrCredentialPolicy.FINALIZER
                    + "']}]")),
        Arguments.of("the ConfigMap's policy", Write.create(policy("acr-configuration"))),
        Arguments.of("an Event", Write.create(event("acr-credential-operator", "ServiceAccount"))),
        Arguments.of(
            "an Event about its Lease", Write.create(event("acr-credential-operator", "Lease"))),
        Arguments.of("an Event about a pod", Write.create(event("acr-credential-operator", "Pod"))),
        Arguments.of(
            "an Event about a controller of pods",
            Write.create(event("acr-credential-operator", "ReplicaSet"))),
        Arguments.of(
            "an eviction", Write.evict("{preconditions: {uid: %s, resourceVersion: '%s'}}")),
        Arguments.of(
            "the Lease", Write.create(lease("acr-credential-operator", "acr-credential-operator"))),
        Arguments.of(
            "the ownership Lease",
            Write.create(lease("kube-system", "acr-credential-secret-aggregation-owner"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("work")
  void admitsWhatTheOperatorDoes(String name, Write write) {
    assertThatCode(() -> send(thief, write)).doesNotThrowAnyException();
  }

  @Test
  void compilesWithoutAWarning() {
    // A warning of the type checker is an expression that fails at run time.
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        admin
                            .genericKubernetesResources(
                                "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy")
                            .list()
                            .getItems())
                    .hasSize(7)
                    .allSatisfy(
                        policy ->
                            assertThat(
                                    policy.<Object>get(
                                        "status", "typeChecking", "expressionWarnings"))
                                .as(policy.getMetadata().getName())
                                .isNull()));
  }

  private static Write webhook(String jsonPatch) {
    return new Write(
        "patch",
        "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration,"
            + " metadata: {name: acr-credential-operator}}",
        jsonPatch);
  }

  // ---- writes

  private static String refusal(KubernetesClient client, Write write) {
    KubernetesClientException refused =
        catchThrowableOfType(KubernetesClientException.class, () -> send(client, write));
    return refused == null ? "admitted" : refused.getMessage();
  }

  private static void send(KubernetesClient client, Write write) {
    if (write.verb().equals("evict")) {
      String eviction =
          """
          apiVersion: policy/v1
          kind: Eviction
          metadata: {name: web, namespace: %s}
          deleteOptions: %s
          """
              .formatted(TEAM, write.object().formatted(pod()));
      client.raw(
          "/api/v1/namespaces/" + TEAM + "/pods/web/eviction?dryRun=All",
          "POST",
          Serialization.unmarshal(eviction, Eviction.class));
      return;
    }
    HasMetadata object = object(write.object());
    if (write.patch() == null) {
      client.resource(object).dryRun().create();
      return;
    }
    PatchContext dryRun =
        new PatchContext.Builder().withPatchType(PatchType.JSON).withDryRun(List.of("All")).build();
    client.resource(object).patch(dryRun, write.patch().replace('\'', '"'));
  }

  private static String policy(String name) {
    return """
        apiVersion: acrcredential.io/v1alpha1
        kind: AcrCredentialPolicy
        metadata: {name: %s}
        spec: {registries: [{instanceId: cri-abc, region: cn-hangzhou}]}
        """
        .formatted(name);
  }

  private static String event(String component, String kind) {
    return """
        apiVersion: v1
        kind: Event
        metadata: {name: e.1, namespace: team-a}
        involvedObject: {apiVersion: v1, kind: %s, name: builder, namespace: team-a}
        reason: Bound
        message: x
        type: Normal
        source: {component: %s}
        reportingComponent: acrcredential.io/operator
        reportingInstance: x
        """
        .formatted(kind, component);
  }

  private static String lease(String namespace, String name) {
    return """
        {apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: %s, namespace: %s}, spec: {}}
        """
        .formatted(name, namespace);
  }

  /** The marker keeps fabric8 from taking YAML in braces for JSON. */
  private static HasMetadata object(String yaml) {
    return Serialization.unmarshal("---\n" + yaml, GenericKubernetesResource.class);
  }

  private static void create(KubernetesClient client, String yaml) {
    client.resource(object(yaml)).create();
  }

  private static KubernetesClient impersonate(String user) {
    Config config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
    config.setImpersonateUsername(user);
    return new KubernetesClientBuilder().withConfig(config).build();
  }
}
