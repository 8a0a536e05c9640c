// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.admission.AdmissionManifest;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.Finding.Level;
import io.acrcredential.operator.explain.link.Chain;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorProcess.Ended;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.Permissions;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The facts are read from a real API server, where a real operator works; the states of pods are
 * written by the test, because no kubelet runs.
 */
@RequiresRealCluster
class ExplainIT {

  private static final String HOST = "acme-registry.cn-hangzhou.cr.aliyuncs.com";
  private static final String REFUSED = "pull access denied: insufficient_scope";

  private OperatorTestEnvironment env;

  @BeforeEach
  void start() {
    env = OperatorTestEnvironment.create();
    env.createNamespace("team-a", Map.of("team", "a"));
    createPod("older", "default", "", HOST + "/team/app:1");
    env.createPolicy(
        "production",
        """
        registries: [{instanceId: cri-abc}]
        targets: {namespaces: {selector: {matchLabels: {team: a}}}}
        """);
    env.startOperator();
    env.awaitBound("team-a", "default");
    // The API server admits pods by its cache of ServiceAccounts.
    AdmissionManifest.awaitPodEntry(env.client, "team-a", PULL_SECRET);
    env.awaitReady("production");
  }

  @AfterEach
  void stop() {
    env.close();
  }

  @Test
  void findsWhatIsWrongWithAPod() {
    // given
    createPod("own", "default", "imagePullSecrets: [{name: harbor}]", HOST + "/team/app:1");
    createPod("empty", "default", "imagePullSecrets: [{}]", HOST + "/team/app:1");
    createPod("other", "default", "", "other-registry.cn-shanghai.cr.aliyuncs.com/a/b:1");
    createPod("refused", "default", "", HOST + "/team/secret:1");
    env.createServiceAccount("team-a", "builder");
    createPod("builder", "builder", "", HOST + "/team/app:1");
    env.create(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: broken, namespace: team-a}
        type: kubernetes.io/dockerconfigjson
        data: {.dockerconfigjson: %s}
        """
            .formatted(
                Base64.getEncoder()
                    .encodeToString(
                        "{\"auths\": {\"docker.io\": {\"auth\": \"no base64\"}}}"
                            .getBytes(UTF_8))));
    createPod(
        "undecodable",
        "default",
        "imagePullSecrets: [{name: broken}, {name: %s}]".formatted(PULL_SECRET),
        HOST + "/team/app:1");

    // then
    awaitFirstBroken("PodOlderThanBinding", "pod", "team-a/older");
    awaitFirstBroken("OwnImagePullSecrets", "pod", "team-a/own");
    awaitFirstBroken("OwnImagePullSecrets", "pod", "team-a/empty");
    awaitFirstBroken("HostNotInPolicy", "pod", "team-a/other");
    awaitFirstBroken("PullRefused", "pod", "team-a/refused");
    awaitFirstBroken("NotCovered", "pod", "team-a/builder");
    awaitFirstBroken("ImagePullSecretUnreadable", "pod", "team-a/undecodable");
    awaitFirstBroken("PodNotFound", "pod", "team-a/absent");
    awaitFirstBroken("ServiceAccountMissing", "serviceaccount", "team-a/absent");
    awaitFirstBroken("NamespaceMissing", "namespace", "absent");
    awaitFirstBroken("PolicyNotFound", "policy", "absent");
    awaitFine("serviceaccount", "team-a/default");
    awaitFine("namespace", "team-a");
    awaitFine("policy", "production");
    awaitFine("image", HOST + "/team/app:1");
  }

  /** The one for pods does not bind ServiceAccounts. */
  @Test
  void tellsTheAdmissionPoliciesApart() {
    // given
    assumeThat(env.client.getApiResources("admissionregistration.k8s.io/v1").getResources())
        .extracting(APIResource::getKind)
        .contains("MutatingAdmissionPolicy");
    String forPods = Manifests.shipped("inject-pods/inject-pods.yaml");
    Manifests.create(env.client, forPods);

    // when
    List<Finding> findings = explain("serviceaccount", "team-a/default");
    Manifests.delete(env.client, forPods);

    // then
    assertThat(findings).extracting(Finding::code).contains("AdmissionAbsent");
  }

  @Test
  void followsTheStateOfOperatorPolicyAndConfigMap() {
    // given an identity that loses an action
    env.acr.denyAction("1001", "cr:GetAuthorizationToken");
    env.createPolicy(
        "denied",
        """
        registries: [{instanceId: "", region: cn-hangzhou}]
        targets: {namespaces: {names: [team-a]}}
        """);
    env.awaitCondition("denied", "Ready", "False", "AccessDenied");
    awaitFirstBroken("RamDenied", "policy", "denied");

    // and a ConfigMap with a misspelt key
    env.create(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: acr-configuration, namespace: kube-system}
        data: {watch-namespaces: team-a, service-account: default}
        """);
    Awaits.soon()
        .untilAsserted(
            () ->
                assertThat(explain("policy", "acr-configuration"))
                    .extracting(Finding::code)
                    .contains("ConfigMapKeyUnknown"));

    // and a suspended policy
    env.client.resources(AcrCredentialPolicy.class).withName("denied").delete();
    env.create(
        """
        apiVersion: acrcredential.io/v1alpha1
        kind: AcrCredentialPolicy
        metadata: {name: paused}
        spec: {registries: [{instanceId: cri-abc}], suspend: true}
        """);
    awaitFirstBroken("Suspended", "policy", "paused");

    // and a clock of the caller that is wrong, which is no fault of the operator
    Clock fast = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(20));
    assertThat(explain(env.client, fast, "serviceaccount", "team-a/default"))
        .extracting(Finding::code)
        .doesNotContain("OperatorNotLeading", "OperatorNotRunning");

    // and an operator that is gone
    env.operator().stop();
    awaitFirstBroken("OperatorNotRunning", "serviceaccount", "team-a/default");
  }

  /** A tenant sees his namespace, without Secrets, and learns what he does not see. */
  @Test
  void usesTheRightsOfTheCaller() {
    // given
    env.create(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: tenant, namespace: team-a}
        rules:
          - apiGroups: [""]
            resources: [pods, serviceaccounts, events]
            verbs: [get, list]
        """);
    env.create(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: tenant, namespace: team-a}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tenant}
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: tenant}]
        """);

    for (String resource : List.of("pods", "serviceaccounts", "events")) {
      Permissions.await(env.client, "tenant", "list", resource, "team-a");
    }

    // when
    List<Finding> findings;
    Config tenant =
        new ConfigBuilder(env.client.getConfiguration()).withImpersonateUsername("tenant").build();
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(tenant).build()) {
      findings = explain(client, Clock.systemUTC(), "pod", "team-a/older");
    }

    // then
    assertThat(findings)
        .filteredOn(finding -> finding.code().equals("NotVisible"))
        .extracting(finding -> finding.what().english())
        .contains(
            "Not visible: list acrcredentialpolicies (forbidden).",
            "Not visible: get lease kube-system/acr-credential-operator (forbidden).");
    assertThat(findings).extracting(Finding::code).contains("PodOlderThanBinding");
  }

  @Test
  void thePackagedCommandPrintsAndExits() {
    // when
    Ended broken =
        env.runCommand(
            "explain", "pod", "team-a/older", "--operator-namespace", "kube-system", "--lang=zh");
    Ended fine =
        env.runCommand(
            "explain", "sa", "team-a/default", "--operator-namespace=kube-system", "-o", "yaml");

    // then
    assertThat(broken.exitCode()).as(broken.printed() + broken.logged()).isEqualTo(1);
    assertThat(broken.printed())
        .startsWith("Pod team-a/older\n")
        .contains("正常     策略：production 覆盖 ServiceAccount default")
        .endsWith("故障环节：Pod（PodOlderThanBinding）\n");
    assertThat(broken.logged()).isEmpty();
    assertThat(fine.exitCode()).as(fine.printed() + fine.logged()).isZero();
    assertThat(fine.printed()).contains("verdict: \"ok\"", "link: \"service-account\"");
    String password = env.dockerAuths("team-a").path(HOST).path("password").asText();
    assertThat(password).isNotEmpty();
    assertThat(broken.printed() + fine.printed()).doesNotContain(password);
  }

  private void awaitFirstBroken(String code, String kind, String name) {
    Awaits.soon()
        .untilAsserted(
            () -> {
              List<Finding> findings = explain(kind, name);
              assertThat(
                      findings.stream().filter(found -> found.level() == Level.BROKEN).findFirst())
                  .as(describe(kind + " " + name, findings))
                  .map(Finding::code)
                  .contains(code);
            });
  }

  private void awaitFine(String kind, String name) {
    Awaits.soon()
        .untilAsserted(
            () -> {
              List<Finding> findings = explain(kind, name);
              assertThat(findings)
                  .as(describe(kind + " " + name, findings))
                  .extracting(Finding::level)
                  .doesNotContain(Level.BROKEN, Level.UNKNOWN)
                  .contains(Level.OK);
            });
  }

  private List<Finding> explain(String kind, String name) {
    return explain(env.client, Clock.systemUTC(), kind, name);
  }

  private static List<Finding> explain(
      KubernetesClient client, Clock clock, String kind, String name) {
    Settings settings =
        new SmallRyeConfigBuilder()
            .withMapping(Settings.class)
            .build()
            .getConfigMapping(Settings.class);
    ExplainOptions options =
        ExplainOptions.parse(List.of(kind, name, "--operator-namespace", "kube-system"), Map.of());
    return Chain.check(
        new FactCollector(client, settings, clock)
            .collect(options.subject(), options.operatorNamespace()));
  }

  private static String describe(String subject, List<Finding> findings) {
    return findings.stream()
        .map(found -> found.level() + " " + found.code() + ": " + found.what().english())
        .collect(Collectors.joining("\n", subject + "\n", "\n"));
  }

  /** A pod that waits for its image. */
  private void createPod(String name, String account, String spec, String image) {
    Awaits.soon()
        .untilAsserted(
            () ->
                assertThat(
                        env.client.serviceAccounts().inNamespace("team-a").withName(account).get())
                    .isNotNull());
    env.create(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, namespace: team-a}
        spec:
          serviceAccountName: %s
          containers: [{name: app, image: "%s"}]
          %s
        """
            .formatted(name, account, image, spec));
    Edits.editStatus(
        env.client.pods().inNamespace("team-a").withName(name),
        (Pod pod) ->
            pod.edit()
                .editOrNewStatus()
                .addNewContainerStatus()
                .withName("app")
                .withImage(image)
                .withImageID("")
                .withReady(false)
                .withRestartCount(0)
                .withNewState()
                .withNewWaiting(REFUSED, "ImagePullBackOff")
                .endState()
                .endContainerStatus()
                .endStatus()
                .build());
  }
}
