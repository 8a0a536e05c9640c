// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static io.acrcredential.operator.chart.Chart.at;
import static io.acrcredential.operator.chart.Chart.map;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests that the chart renders from its values, and the values that it rejects. */
class ChartTest {

  private static final String DIGEST = "sha256:" + "a".repeat(64);
  private static final String HOME = "https://github.com/owner/repo";
  private static final Path GOLDEN = Path.of("src/test/resources/chart");

  static Stream<Path> valueFiles() {
    return Chart.valueFiles();
  }

  @Test
  void passesHelmLint() {
    LintResult result = new Helm(Chart.FOLDER).lint().strict().call();

    assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    assertThat(result.getMessages()).noneMatch(message -> message.contains("WARNING"));
  }

  @Test
  void hasTheVersionOfTheProject() {
    // given
    var version = Pattern.compile("</artifactId>\\s*<version>([^<]+)</version>");
    var matcher = version.matcher(Chart.read(Path.of("pom.xml")));
    assertThat(matcher.find()).isTrue();

    // then
    assertThat(Chart.chartYaml().get("version")).isEqualTo(matcher.group(1));
    assertThat(Chart.chartYaml().get("appVersion")).isEqualTo(matcher.group(1));
    assertThat(Chart.read(Path.of("src/main/kubernetes/kustomization.yaml")))
        .contains("newTag: " + matcher.group(1));
  }

  @Test
  void hasTheCrdOfThePlainManifests() {
    Chart.assertGenerated(
        Chart.FOLDER.resolve("files/crd.yaml"),
        Chart.read(Path.of("src/main/kubernetes/crd.yaml")));
  }

  @ParameterizedTest
  @MethodSource("valueFiles")
  void rendersTheGoldenManifests(Path values) {
    String rendered = Chart.render(values);

    // The CRD is long, and compared elsewhere.
    String withoutCrd =
        Arrays.stream(rendered.split("(?m)^---\\n"))
            .filter(document -> !document.contains("kind: CustomResourceDefinition"))
            .reduce("", (all, document) -> document.isBlank() ? all : all + "---\n" + document);
    Chart.assertGenerated(
        GOLDEN.resolve(Chart.nameOf(values) + ".yaml"),
        withoutCrd.replace(Chart.version(), "VERSION"));
  }

  @Test
  void valueFilesCoverEverySwitch() {
    // given
    var leaves = new TreeSet<>(Values.read().keySet());

    // when
    valueFiles().forEach(file -> leaves.removeIf(path -> Values.isSet(file, path)));

    // then
    assertThat(leaves).as("values that no file in helm/ci sets").isEmpty();
  }

  /** Kubernetes always lets the kubelet of the pod's node in, whatever {@code from} says. */
  @Test
  void networkPolicyLetsPrometheusIn() {
    // when
    String rendered =
        Chart.render(
            c ->
                c.set("networkPolicy.enabled", "true")
                    .set("admission.webhook.enabled", "never")
                    .set("metrics.serviceMonitor.enabled", "true"));

    // then
    Map<String, Object> policy = Chart.object(rendered, "NetworkPolicy");
    assertThat(at(policy, "spec", "ingress"))
        .isEqualTo(List.of(Map.of("ports", List.of(Map.of("port", 8080, "protocol", "TCP")))));
    assertThat(at(container(rendered), "ports", 0))
        .isEqualTo(Map.of("name", "http", "containerPort", 8080));
    assertThat(at(Chart.object(rendered, "Service"), "spec", "ports", 0, "targetPort"))
        .isEqualTo("http");
    assertThat(at(Chart.object(rendered, "ServiceMonitor"), "spec", "endpoints", 0, "port"))
        .isEqualTo("http");
    Map<String, Object> labels =
        map(at(Chart.object(rendered, "Deployment"), "spec", "template", "metadata", "labels"));
    assertThat(labels).containsAllEntriesOf(map(at(policy, "spec", "podSelector", "matchLabels")));
  }

  /** A JVM took 133 s to start with 20m of CPU on a busy node. */
  @Test
  void leavesTheStartFiveMinutes() {
    // when
    Object container = container(Chart.render(c -> c));

    // then
    Object probe = at(container, "startupProbe");
    int seconds = (int) at(probe, "periodSeconds") * (int) at(probe, "failureThreshold");
    assertThat(seconds).isEqualTo(300);
    assertThat(at(container, "resources", "requests", "cpu")).isEqualTo("100m");
  }

  @ParameterizedTest
  @ValueSource(strings = {"startupProbe", "livenessProbe", "readinessProbe"})
  void probesAreValues(String probe) {
    // when
    Object changed = container(Chart.render(c -> c.set(probe + ".timeoutSeconds", "17")));
    Object without = container(Chart.render(c -> c.set(probe, "null")));

    // then
    assertThat(at(changed, probe, "timeoutSeconds")).isEqualTo(17);
    assertThat(at(changed, probe, "httpGet", "port")).isEqualTo("http");
    assertThat(map(without)).doesNotContainKey(probe).containsKey("ports");
  }

  private static Object container(String rendered) {
    return at(Chart.object(rendered, "Deployment"), "spec", "template", "spec", "containers", 0);
  }

  @Test
  void keepsTheCrdByDefault() {
    assertThat(crd(c -> c).get("annotations")).isEqualTo(Map.of("helm.sh/resource-policy", "keep"));
    assertThat(crd(c -> c.set("crds.keep", "false")).get("annotations")).isNull();
  }

  private static Map<String, Object> crd(java.util.function.UnaryOperator<TemplateCommand> with) {
    return map(Chart.object(Chart.render(with), "CustomResourceDefinition").get("metadata"));
  }

  @ParameterizedTest
  @CsvSource({
    "1.16.0,policy/v1beta1,false,false",
    "1.20.15,policy/v1beta1,true,false",
    "1.22.17,policy/v1,true,false",
    "1.23.0,policy/v1,true,true",
    "1.37.2,policy/v1,true,true"
  })
  void usesNoApiNewerThanTheCluster(
      String version, String disruption, boolean seccomp, boolean rules) {
    // when
    String rendered = Chart.render(c -> c.withKubeVersion(version).set("replicas", "2"));

    // then
    assertThat(Chart.object(rendered, "PodDisruptionBudget").get("apiVersion"))
        .isEqualTo(disruption);
    assertThat(rendered.contains("seccompProfile")).isEqualTo(seccomp);
    assertThat(rendered.contains("x-kubernetes-validations")).isEqualTo(rules);
    assertThat(rendered).contains("repositoryPrefixes");
  }

  @ParameterizedTest
  @CsvSource({
    "1.35.9, auto, false",
    "1.36.0, auto, true",
    "1.36.0-aliyun.1, auto, true",
    "1.37.2, auto, true",
    "1.37.2, never, false",
    "1.30.0, always, true"
  })
  void installsTheAdmissionPolicyWhereTheClusterServesIt(
      String version, String value, boolean installed) {
    String rendered =
        Chart.render(c -> c.withKubeVersion(version).set("admission.bindAtCreation", value));

    assertThat(rendered.contains("kind: MutatingAdmissionPolicy\n")).isEqualTo(installed);
    assertThat(rendered.contains("kind: MutatingAdmissionPolicyBinding")).isEqualTo(installed);
  }

  @ParameterizedTest
  @CsvSource({
    "1.16.0, auto, auto, true",
    "1.35.9, auto, auto, true",
    "1.36.0, auto, auto, false",
    "1.35.9, always, auto, false",
    "1.35.9, never, auto, false",
    "1.35.9, auto, never, false",
    "1.37.2, auto, always, true"
  })
  void installsTheWebhookWhereTheClusterHasNoAdmissionPolicies(
      String version, String policy, String webhook, boolean installed) {
    String rendered =
        Chart.render(
            c ->
                c.withKubeVersion(version)
                    .set("admission.bindAtCreation", policy)
                    .set("admission.webhook.enabled", webhook)
                    .set("networkPolicy.enabled", "true"));

    for (String part :
        List.of(
            "kind: MutatingWebhookConfiguration",
            "kind: Service\n",
            "ACR_WEBHOOK_CONFIGURATION",
            "containerPort: 9443",
            "port: 9443, protocol: TCP")) {
      assertThat(rendered.contains(part)).as(part).isEqualTo(installed);
    }
  }

  /** It asks nobody who they are: port-forward, which RBAC guards, is the only way to it. */
  @Test
  void statusPageIsNotOpenedToTheNetwork() {
    // when
    String rendered =
        Chart.render(
            c ->
                c.set("statusPage.enabled", "true")
                    .set("statusPage.port", "8123")
                    .set("networkPolicy.enabled", "true")
                    .set("metrics.serviceMonitor.enabled", "true"));

    // then
    assertThat(at(container(rendered), "env").toString())
        .contains("{name=ACR_STATUS_PAGE_PORT, value=8123}");
    assertThat(rendered.replace("{name: ACR_STATUS_PAGE_PORT, value: \"8123\"}", ""))
        .as("no port, Service or NetworkPolicy has it")
        .doesNotContain("8123");
    assertThat(Chart.render(c -> c)).doesNotContain("STATUS_PAGE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "8080", "9443", "65536"})
  void statusPageHasAPortOfItsOwn(String port) {
    assertThatThrownBy(() -> Chart.render(c -> c.set("statusPage.port", port)))
        .hasMessageContaining("statusPage");
  }

  @Test
  void webhookHasTheSettingsOfTheOperator() {
    // when
    String rendered =
        Chart.render(
            c ->
                c.withNamespace("own")
                    .withName("first")
                    .withValuesFile(Chart.FOLDER.resolve("ci/settings-values.yaml"))
                    .set("credentials.namespace", "keys")
                    .set("serviceAccount.name", "account"));
    String name = "first-acr-credential-operator";
    Object webhook = at(Chart.object(rendered, "MutatingWebhookConfiguration"), "webhooks", 0);

    // then
    assertThat(at(webhook, "failurePolicy")).isEqualTo("Fail");
    assertThat(at(webhook, "timeoutSeconds")).isEqualTo(5);
    assertThat(at(webhook, "clientConfig", "service"))
        .isEqualTo(Map.of("name", name + "-webhook", "namespace", "own", "path", "/mutate"));
    assertThat(at(webhook, "namespaceSelector", "matchExpressions", 0, "values"))
        .isEqualTo(List.of("own", "kube-system", "kube-public"));
    assertThat(at(container(rendered), "env").toString())
        .contains("name=ACR_WEBHOOK_CONFIGURATION, value=" + name + "}")
        .contains(
            "system:serviceaccount:own:account,system:serviceaccount:own:" + name + "-cleanup}");
    assertThat(Chart.objects(rendered))
        .filteredOn(o -> o.get("kind").equals("Role"))
        .filteredOn(o -> at(o, "metadata", "name").equals(name + "-webhook"))
        .singleElement()
        .satisfies(role -> assertThat(at(role, "metadata", "namespace")).isEqualTo("keys"));
  }

  @Test
  void admissionPolicyHasTheSettingsOfTheOperator() {
    // when
    String rendered =
        Chart.render(
            c ->
                c.withNamespace("own")
                    .withName("first")
                    .withValuesFile(Chart.FOLDER.resolve("ci/settings-values.yaml"))
                    .set("serviceAccount.name", "account"));
    String policy = Chart.object(rendered, "MutatingAdmissionPolicy").toString();

    // then
    assertThat(policy)
        .contains("first-acr-credential-operator-bind-at-creation")
        .contains("!(request.namespace in [\"kube-system\",\"kube-public\"])")
        .contains("system:serviceaccount:own:account'")
        .contains("system:serviceaccount:own:first-acr-credential-operator-cleanup'")
        .contains("'acr-pull'")
        .doesNotContain("acr-credential-secret-aggregation");
  }

  @ParameterizedTest
  @CsvSource({
    "1.37.2, false, auto, false, false, false",
    "1.37.2, true, auto, true, false, false",
    "1.37.2, true, always, true, true, true",
    "1.35.9, false, auto, false, false, false",
    "1.35.9, true, auto, false, true, true",
    "1.29.9, true, auto, false, true, false"
  })
  void addsThePullSecretToPodsOnlyWithTheValueThatAllowsIt(
      String version,
      boolean value,
      String webhook,
      boolean policy,
      boolean webhookForPods,
      boolean conditions) {
    String rendered =
        Chart.render(
            c ->
                c.withKubeVersion(version)
                    .set("admission.injectPods", String.valueOf(value))
                    .set("admission.webhook.enabled", webhook));

    assertThat(rendered.contains("-inject-pods")).as("the policy").isEqualTo(policy);
    assertThat(rendered.contains("name: pods.acrcredential.io"))
        .as("the webhook")
        .isEqualTo(webhookForPods);
    assertThat(rendered.contains("name: ACR_INJECT_PODS, value: \"true\"")).isEqualTo(value);
    if (webhookForPods) {
      Object pods = at(Chart.object(rendered, "MutatingWebhookConfiguration"), "webhooks", 1);
      assertThat(at(pods, "matchConditions") != null).isEqualTo(conditions);
    }
  }

  @Test
  void webhookForPodsNeverBlocksAPod() {
    // when
    String rendered =
        Chart.render(
            c ->
                c.withNamespace("own")
                    .withValuesFile(Chart.FOLDER.resolve("ci/settings-values.yaml")));
    Object pods = at(Chart.object(rendered, "MutatingWebhookConfiguration"), "webhooks", 1);

    // then
    assertThat(at(pods, "failurePolicy")).isEqualTo("Ignore");
    assertThat(at(pods, "timeoutSeconds")).isEqualTo(2);
    assertThat(at(pods, "namespaceSelector", "matchExpressions", 0, "values"))
        .isEqualTo(List.of("own", "kube-system", "kube-public"));
    assertThat(at(pods, "matchConditions").toString()).contains("'acr-pull'");
  }

  @ParameterizedTest
  @CsvSource({"ignore, false, false", "report, true, false", "heal, true, true"})
  void givesRightsOnPodsOnlyWithTheValueThatNeedsThem(String value, boolean watch, boolean evict) {
    String rendered = Chart.render(c -> c.set("stuckPods", value));

    assertThat(rendered.contains("resources: [pods]")).isEqualTo(watch);
    assertThat(rendered.contains("name: ACR_STUCK_PODS, value: " + value)).isEqualTo(watch);
    assertThat(rendered.contains("resources: [pods/eviction]\n    verbs")).isEqualTo(evict);
  }

  @Test
  void rejectsAnUnsupportedCluster() {
    assertThatThrownBy(() -> Chart.render(c -> c.withKubeVersion("1.15.12")))
        .hasMessageContaining("chart requires kubeVersion: >=1.16.0-0");
  }

  @Test
  void upgradeRestartsPodsOnlyForTheirImage() {
    String rendered = Chart.render(c -> c);

    assertThat(at(Chart.object(rendered, "Deployment"), "spec", "template", "metadata").toString())
        .doesNotContain(Chart.version());
  }

  @Test
  void deploymentDoesNotSelectTheCleanupPod() {
    // given
    String rendered = Chart.render(c -> c);
    Map<String, Object> selector =
        map(at(Chart.object(rendered, "Deployment"), "spec", "selector", "matchLabels"));
    Map<String, Object> labels =
        map(at(Chart.object(rendered, "Job"), "spec", "template", "metadata", "labels"));

    // then
    assertThat(labels.get("app.kubernetes.io/name"))
        .isNotEqualTo(selector.get("app.kubernetes.io/name"));
    assertThat(at(Chart.object(rendered, "Job"), "spec", "activeDeadlineSeconds")).isEqualTo(180);
  }

  /** The Pod calls the Kubernetes API only, and needs no Secret for it. */
  @ParameterizedTest
  @MethodSource("valueFiles")
  void cleanupGetsNoSecretAndMountsOnlyTmp(Path values) {
    Chart.objects(Chart.render(values)).stream()
        .filter(object -> object.get("kind").equals("Job"))
        .map(job -> at(job, "spec", "template", "spec"))
        .forEach(
            pod -> {
              assertThat(String.valueOf(at(pod, "containers", 0, "env")))
                  .doesNotContain("valueFrom");
              assertThat(Chart.list(at(pod, "volumes")))
                  .extracting(volume -> at(volume, "name"))
                  .containsExactly("tmp");
              assertThat(Chart.list(at(pod, "containers", 0, "volumeMounts"))).hasSize(1);
            });
  }

  /** Else it would not find the identity that the operator finds. */
  @ParameterizedTest
  @MethodSource("valueFiles")
  void helmTestRunsTheCheckAsTheOperator(Path values) {
    // given
    String rendered = Chart.render(values);
    Object operator = at(Chart.object(rendered, "Deployment"), "spec", "template", "spec");
    Map<String, Object> test = Chart.object(rendered, "Pod");

    // then
    assertThat(at(test, "metadata", "annotations", "helm.sh/hook")).isEqualTo("test");
    assertThat(at(test, "spec", "containers", 0, "args")).isEqualTo(List.of("check"));
    for (String field : List.of("serviceAccountName", "volumes", "securityContext")) {
      assertThat(at(test, "spec", field)).as(field).isEqualTo(at(operator, field));
    }
    for (String field : List.of("image", "env", "volumeMounts", "securityContext")) {
      assertThat(at(test, "spec", "containers", 0, field))
          .as(field)
          .isEqualTo(at(operator, "containers", 0, field));
    }
    Map<String, Object> selector =
        map(at(Chart.object(rendered, "Deployment"), "spec", "selector", "matchLabels"));
    assertThat(map(at(test, "metadata", "labels")))
        .as("labels that the Deployment and the Service do not select")
        .doesNotContainEntry("app.kubernetes.io/name", selector.get("app.kubernetes.io/name"));
  }

  @Test
  void cleanupGetsTheNamesOfWhatItRemoves() {
    // given
    Map<String, Object> job =
        Chart.object(Chart.render(Chart.FOLDER.resolve("ci/settings-values.yaml")), "Job");

    // then
    assertThat(at(job, "spec", "template", "spec", "containers", 0, "env").toString())
        .contains("ACR_PULL_SECRET_NAME", "acr-pull")
        .contains("ACR_EXCLUDED_NAMESPACES", "kube-system,kube-public")
        .doesNotContain("ACR_ENDPOINT", "QUARKUS_LOG_LEVEL");
  }

  @Test
  void readsOnlyNamedSecretsInKubeSystem() {
    // when
    String rendered =
        Chart.render(
            c ->
                c.withNamespace("kube-system")
                    .withValuesFile(Chart.FOLDER.resolve("ci/own-key-values.yaml")));

    // then
    List<Object> rules =
        Chart.objects(rendered).stream()
            .filter(o -> o.get("kind").equals("Role"))
            .filter(o -> at(o, "metadata", "annotations") == null)
            .flatMap(o -> Chart.list(o.get("rules")).stream())
            .toList();
    assertThat(rules)
        .filteredOn(rule -> Chart.list(at(rule, "resources")).contains("secrets"))
        .hasSize(4)
        .allSatisfy(rule -> assertThat(Chart.list(at(rule, "resourceNames"))).isNotEmpty())
        .anySatisfy(
            rule ->
                assertThat(Chart.list(at(rule, "resourceNames")))
                    .containsExactly("alibaba-addon-secret", "account-b", "account-c"));
    assertThat(Chart.objects(rendered))
        .filteredOn(o -> o.get("kind").equals("Role") && at(o, "metadata", "annotations") == null)
        .as("no two Roles of one name in kube-system")
        .extracting(o -> at(o, "metadata", "name"))
        .doesNotHaveDuplicates()
        .hasSize(2);
  }

  @Test
  void dropInKeepsTheNamesPinnedByTrustPolicies() {
    String rendered = Chart.render(Chart.dropIn());

    assertThat(at(Chart.object(rendered, "ServiceAccount"), "metadata"))
        .hasFieldOrPropertyWithValue("name", "aliyun-acr-credential-helper")
        .hasFieldOrPropertyWithValue("namespace", "kube-system");
    assertThat(
            at(
                Chart.object(rendered, "Deployment"),
                "spec",
                "template",
                "spec",
                "serviceAccountName"))
        .isEqualTo("aliyun-acr-credential-helper");
  }

  // ---- what a release makes of it

  @Test
  void releasedChartHasThePushedImage(@TempDir Path folder) throws Exception {
    // given
    String repository = "ghcr.io/owner/acr-credential-operator";
    Path chart = folder.resolve("chart");

    // when
    assertThat(releasedChart(chart, repository, DIGEST)).isZero();

    // then
    Map<String, Object> deployment =
        Chart.object(new Helm(chart).template().withKubeVersion("1.30.0").call(), "Deployment");
    assertThat(at(deployment, "spec", "template", "spec", "containers", 0, "image"))
        .isEqualTo(repository + "@" + DIGEST);
    assertThat(Chart.read(chart.resolve("values.yaml"))).doesNotContain("None is published yet");
    assertThat(Chart.read(chart.resolve("README.md")))
        .contains(repository, DIGEST, "](" + HOME + "/blob/v0.1.0/docs/install.md)")
        .doesNotContain("](../", "](values-dropin");
    assertThat(Chart.read(chart.resolve("Chart.yaml")))
        .contains("home: " + HOME, "sources: [" + HOME + "]", "icon: " + HOME + "/raw/v0.1.0/");
    assertThat(Chart.read(chart.resolve("values.yaml")))
        .contains("runbookUrl: " + HOME + "/blob/v0.1.0/docs/runbook.md");
    LintResult lint = new Helm(chart).lint().strict().call();
    assertThat(lint.isFailed()).as("%s", lint.getMessages()).isFalse();
    assertThat(lint.getMessages()).noneMatch(message -> message.contains("icon"));
  }

  @ParameterizedTest
  @CsvSource({"ghcr.io/Owner/operator,", "operator,", "ghcr.io/o/o:1,", "ghcr.io/o/o,latest"})
  void rejectsAReleaseWithoutAnImage(String repository, String digest, @TempDir Path folder)
      throws Exception {
    assertThat(releasedChart(folder.resolve("chart"), repository, digest == null ? DIGEST : digest))
        .isEqualTo(2);
  }

  private static int releasedChart(Path folder, String repository, String digest)
      throws IOException, InterruptedException {
    return new ProcessBuilder(
            "bash",
            "dev/released-chart",
            folder.toAbsolutePath().toString(),
            repository,
            digest,
            HOME,
            "v0.1.0")
        .inheritIO()
        .start()
        .waitFor();
  }

  // ---- what is refused

  @ParameterizedTest
  @ValueSource(
      strings = {
        "region=hangzhou",
        "regoin=cn-hangzhou",
        "network=intranet",
        "image.taag=1",
        "image.digest=latest",
        "endpoints.registry=http://cr.example.com",
        "endpoints.registryByRegion.beijing=https://cr.example.com",
        "endpoints.metadata=http://169.254.169.254",
        "configMap=acr-configuration",
        "credentials.existingSecret=name",
        "credentials.secretnames={a}",
        "excludedNamespaces=kube-system",
        "requestsPerSecond=0",
        "replicas=two",
        "replicas=-1",
        "rrsa.roleArn=role/acr-pull",
        "rrsa.tokenExpirationSeconds=60",
        "proxy.url=proxy.example.com:3128",
        "proxy.url=http://user:password@proxy.example.com:3128",
        "cleanup.timeoutSeconds=0",
        "crds.install=true",
        "resources=none",
        "metrics.serviceMonitor.interval=often",
      })
  void rejectsATypoByName(String setting) {
    // given
    String[] parts = setting.split("=", 2);
    String[] keys = parts[0].split("\\.");

    // then
    assertThatThrownBy(() -> Chart.render(c -> c.set(parts[0], parts[1])))
        .hasMessageContaining("values don't meet the specifications of the schema")
        .hasMessageContaining(keys[keys.length - 1]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rrsa.roleArn=acs:ram::1:role/a | rrsa.enabled is false: set it to true, or remove them.",
        "rrsa.enabled=true rrsa.roleArn=acs:ram::1:role/a | must be set together",
        "rrsa.enabled=true rrsa.oidcProviderArn=acs:ram::1:oidc-provider/a | must be set together",
        "rrsa.enabled=true rrsa.webhookRoleName=a rrsa.roleArn=acs:ram::1:role/a | both set the"
            + " operator's role",
        "rrsa.enabled=true rrsa.webhookRoleName=a serviceAccount.create=false serviceAccount.name=x"
            + " | annotate the ServiceAccount yourself",
        "rrsa.enabled=true rrsa.webhookRoleName=a credentials.existingSecret.name=b | the AccessKey"
            + " would take precedence: remove one.",
        "rrsa.enabled=true rrsa.roleArn=acs:ram::1:role/a"
            + " rrsa.oidcProviderArn=acs:ram::1:oidc-provider/a credentials.existingSecret.name=b |"
            + " the AccessKey would take precedence: remove one.",
        "serviceAccount.create=false serviceAccount.name=x serviceAccount.annotations.a=b |"
            + " annotate the ServiceAccount yourself",
        "podLabels.app\\.kubernetes\\.io/name=x | podLabels must not have app.kubernetes.io/name",
        "caBundle.configMap=a caBundle.secret=b | remove one.",
        "serviceAccount.create=false | name the ServiceAccount to use",
        "crds.keep=false cleanup.enabled=false | Set one of them to true.",
        "admission.injectPods=true admission.webhook.enabled=never | set admission.bindAtCreation",
        "proxy.existingSecret.name=a | without proxy.url",
        "replicaCount=2 | it is named replicas here.",
        "installCRDs=true | it is named crds.enabled here.",
        "serviceMonitor.enabled=true | it is named metrics.serviceMonitor here.",
        "image.tag=1 | use --set-string image.tag",
        "commonLabels.helm\\.sh/chart=x | commonLabels must not have helm.sh/chart",
        "metrics.serviceMonitor.enabled=true metrics.podMonitor.enabled=true | disable one.",
      })
  void rejectsConflictingValuesWithAnExplanation(String settings, String sentence) {
    assertThatThrownBy(() -> render(settings)).hasMessageContaining(sentence);
  }

  /** Namespaces have no label with their name before 1.21. */
  @Test
  void refusesTheFailurePolicyFailWhereKubeSystemCannotBeExcluded() {
    assertThatThrownBy(() -> renderWebhook("1.20.15", "Fail"))
        .hasMessageContaining(
            "admission.webhook.failurePolicy Fail needs Kubernetes 1.21: older versions cannot"
                + " exclude kube-system.");
    assertThat(renderWebhook("1.20.15", "Ignore")).contains("failurePolicy: Ignore");
    assertThat(renderWebhook("1.21.0", "Fail")).contains("failurePolicy: Fail");
  }

  private static String renderWebhook(String version, String failurePolicy) {
    return Chart.render(
        c -> c.withKubeVersion(version).set("admission.webhook.failurePolicy", failurePolicy));
  }

  private static String render(String settings) {
    return Chart.render(
        command -> {
          for (String setting : settings.split(" ")) {
            String[] parts = setting.split("=", 2);
            command.set(parts[0], parts[1]);
          }
          return command;
        });
  }

  // ---- what is said

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "defaults | !! image.repository has no registry in front",
        "defaults | alibaba-addon-secret --from-file=access-key-id=./id.txt",
        "defaults | The cluster's region is detected.",
        "rrsa | system:serviceaccount:acr-credential-operator:acr-credential-operator",
        "rrsa-webhook | pod-identity.alibabacloud.com/injection=on",
        "own-key | - account-c",
        "own-key | my-access-key of namespace acr-credential-operator.",
        "bare | crds.enabled is false",
        "defaults | acr-configuration --ignore-not-found",
        "defaults | If no operator runs any more, that command never returns",
        "settings | kubectl -n acr-system delete configmap",
        "bare | cleanup.enabled is false, so first, while the operator runs:",
        "bare | rbac.create is false",
        "own-key | acr-credential-operator:0.1.0-native",
        "high-availability | registry.example.com/acr-credential-operator@sha256:0123456789abcdef",
        "high-availability | 3 replicas: one leads",
        "settings | The ConfigMap acr-system/settings is read",
      })
  void notesDependOnTheValues(String values, String said) {
    assertThat(Chart.notes(Chart.FOLDER.resolve("ci/" + values + "-values.yaml"))).contains(said);
  }

  /** The terminal of a user has 80 columns; a digest cannot be wrapped. */
  @ParameterizedTest
  @MethodSource("valueFiles")
  void notesFitTheTerminal(Path values) {
    assertThat(Chart.notes(values).lines())
        .filteredOn(line -> !line.contains("@sha256:"))
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
  }

  /** bash parses every command of the notes, and ends the here-document where it should. */
  @ParameterizedTest
  @MethodSource("valueFiles")
  void commandsOfTheNotesCanBePasted(Path values, @TempDir Path folder) throws Exception {
    // given: a kubectl that prints its arguments and its input
    Path kubectl = folder.resolve("kubectl");
    Files.writeString(
        kubectl, "#!/bin/sh\necho \"kubectl $*\"\n[ \"$3\" != - ] || sed 's/^/> /'\n");
    Files.setPosixFilePermissions(kubectl, PosixFilePermissions.fromString("rwxr-xr-x"));
    String notes = Chart.notes(values);
    String commands =
        Pattern.compile("(?ms)^kubectl .*?(?=^\\s*$|\\z)")
            .matcher(notes)
            .results()
            .map(MatchResult::group)
            .collect(Collectors.joining());

    // when
    ProcessBuilder bash = new ProcessBuilder("bash", "-euc", commands);
    bash.environment().put("PATH", folder + ":" + System.getenv("PATH"));
    Process process = bash.redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);

    // then
    assertThat(process.waitFor()).as(printed).isZero();
    assertThat(printed)
        .contains("kubectl apply -f -\n> apiVersion: acrcredential.io/v1alpha1\n")
        .containsPattern("> .*instanceId: cri-abc.*\nkubectl wait acrpol/first --for=")
        .contains("kubectl delete acrpol --all --wait")
        .doesNotContain("warning");
  }

  @Test
  void notesOmitWhatIsDisabled() {
    assertThat(Chart.notes(Chart.FOLDER.resolve("ci/bare-values.yaml")))
        .contains("kubectl delete acrpol --all --wait")
        .doesNotContain("delete configmap", "--no-hooks");
    assertThat(Chart.notes(Chart.FOLDER.resolve("ci/high-availability-values.yaml")))
        .doesNotContain("!!", "rbac.create", "cleanup.enabled is false", "RRSA", "oidc");
  }
}
