// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static io.acrcredential.operator.chart.Chart.at;
import static io.acrcredential.operator.chart.Chart.list;
import static io.acrcredential.operator.chart.Chart.map;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code kubectl apply -k src/main/kubernetes} and {@code helm install} make the same objects. */
class PlainManifestsTest {

  private static final Path FOLDER = Path.of("src/main/kubernetes");

  /** Labels that Helm adds to every object, and the selector that separates releases. */
  private static final Set<String> HELMS_OWN =
      Set.of(
          "app.kubernetes.io/instance",
          "app.kubernetes.io/version",
          "app.kubernetes.io/managed-by",
          "helm.sh/chart",
          "helm.sh/resource-policy");

  @Test
  void equalTheChartWithItsDefaults() {
    // given
    Map<String, Object> plain = new TreeMap<>();
    Map<String, Object> kustomization =
        Chart.objects(Chart.read(FOLDER.resolve("kustomization.yaml"))).get(0);
    addResources(plain, FOLDER, kustomization);
    for (Object component : list(kustomization.get("components"))) {
      Path folder = FOLDER.resolve((String) component);
      addResources(
          plain, folder, Chart.objects(Chart.read(folder.resolve("kustomization.yaml"))).get(0));
    }
    withTag(plain, at(kustomization, "images", 0));
    // Helm has --create-namespace for it.
    assertThat(plain.remove("Namespace /acr-credential-operator")).isNotNull();

    // when
    Map<String, Object> charts = new TreeMap<>();
    Chart.objects(Chart.render(command -> command.set("admission.webhook.enabled", "never")))
        .stream()
        .filter(object -> at(object, "metadata", "annotations", "helm.sh/hook") == null)
        .forEach(object -> charts.put(key(object), withoutHelms(object)));

    // then
    assertThat(charts.keySet()).isEqualTo(plain.keySet()).isNotEmpty();
    charts.forEach((key, object) -> assertThat(object).as(key).isEqualTo(plain.get(key)));
  }

  @Test
  void admissionPolicyEqualsThatOfTheChart() {
    // given
    Map<String, Object> plain = new TreeMap<>();
    Chart.objects(Chart.read(FOLDER.resolve("admission/bind-at-creation.yaml")))
        .forEach(object -> plain.put(key(object), object));

    // when
    Map<String, Object> charts = new TreeMap<>();
    Chart.objects(Chart.render(command -> command.withKubeVersion("1.36.0"))).stream()
        .filter(object -> String.valueOf(object.get("kind")).startsWith("MutatingAdmission"))
        .forEach(object -> charts.put(key(object), withoutHelms(object)));

    // then
    assertThat(charts.keySet()).isEqualTo(plain.keySet()).hasSize(2);
    charts.forEach((key, object) -> assertThat(object).as(key).isEqualTo(plain.get(key)));
    assertThat(plain.toString()).contains("failurePolicy=Ignore");
  }

  /** The API server evaluates each of them for each AcrCredentialPolicy, also after a false one. */
  @ParameterizedTest
  @ValueSource(strings = {"admission/bind-at-creation.yaml", "inject-pods/inject-pods.yaml"})
  void admissionPoliciesHaveOneMatchCondition(String file) {
    Object policy = Chart.objects(Chart.read(FOLDER.resolve(file))).get(0);

    assertThat(list(at(policy, "spec", "matchConditions"))).hasSize(1);
  }

  @Test
  void webhookEqualsThatOfTheChart() {
    // given
    Path folder = FOLDER.resolve("admission-webhook");
    Map<String, Object> component =
        Chart.objects(Chart.read(folder.resolve("kustomization.yaml"))).get(0);
    Map<String, Object> plain = new TreeMap<>();
    addResources(plain, folder, component);
    Map<String, Object> patch = Chart.objects(Chart.read(folder.resolve("deployment.yaml"))).get(0);

    // when
    String rendered = Chart.render(command -> command.withKubeVersion("1.35.9"));
    Map<String, Object> charts = new TreeMap<>();
    Chart.objects(rendered).forEach(object -> charts.put(key(object), withoutHelms(object)));

    // then
    assertThat(plain).hasSize(6);
    plain.forEach((key, object) -> assertThat(charts.get(key)).as(key).isEqualTo(object));
    assertThat(at(component, "kind")).isEqualTo("Component");
    assertThat(at(component, "patches", 0, "path")).isEqualTo("deployment.yaml");
    Map<String, Object> deployment = Chart.object(rendered, "Deployment");
    for (String list : List.of("env", "ports")) {
      assertThat(list(at(container(deployment), list)))
          .as(list)
          .containsAll(list(at(container(patch), list)));
    }
    assertThat(key(deployment)).isEqualTo(key(patch));
    assertThat(plain.toString()).contains("failurePolicy=Ignore", "timeoutSeconds=2");
  }

  private static Object container(Object deployment) {
    return at(deployment, "spec", "template", "spec", "containers", 0);
  }

  @Test
  void admissionComponentHasTheAdmissionPolicy() {
    // given
    Object component =
        Chart.objects(Chart.read(FOLDER.resolve("admission/kustomization.yaml"))).get(0);

    // then
    assertThat(at(component, "kind")).isEqualTo("Component");
    assertThat(list(at(component, "resources"))).containsExactly("bind-at-creation.yaml");
  }

  @Test
  void injectPodsComponentEqualsTheChart() {
    // given
    Path folder = FOLDER.resolve("inject-pods");
    Map<String, Object> component =
        Chart.objects(Chart.read(folder.resolve("kustomization.yaml"))).get(0);
    Map<String, Object> plain = new TreeMap<>();
    addResources(plain, folder, component);

    // when
    String rendered =
        Chart.render(c -> c.withKubeVersion("1.36.0").set("admission.injectPods", "true"));
    Map<String, Object> charts = new TreeMap<>();
    Chart.objects(rendered).stream()
        .filter(object -> at(object, "metadata", "name").toString().endsWith("-inject-pods"))
        .forEach(object -> charts.put(key(object), withoutHelms(object)));

    // then
    assertThat(charts.keySet()).isEqualTo(plain.keySet()).hasSize(2);
    charts.forEach((key, object) -> assertThat(object).as(key).isEqualTo(plain.get(key)));
    assertThat(plain.toString()).contains("failurePolicy=Ignore");
    assertHasVariable(rendered, at(component, "patches", 0, "patch"));
  }

  @Test
  void injectPodsWebhookComponentEqualsTheChart() {
    // given
    Path folder = FOLDER.resolve("inject-pods-webhook");
    Map<String, Object> component =
        Chart.objects(Chart.read(folder.resolve("kustomization.yaml"))).get(0);
    assertThat(at(component, "patches", 0, "path")).isEqualTo("webhook.yaml");
    Map<String, Object> patch = Chart.objects(Chart.read(folder.resolve("webhook.yaml"))).get(0);

    // when
    String rendered =
        Chart.render(c -> c.withKubeVersion("1.35.9").set("admission.injectPods", "true"));
    Map<String, Object> configuration = Chart.object(rendered, "MutatingWebhookConfiguration");

    // then
    assertThat(key(patch)).isEqualTo(key(configuration));
    assertThat(list(configuration.get("webhooks"))).hasSize(2);
    assertThat(at(configuration, "webhooks", 1)).isEqualTo(at(patch, "webhooks", 0));
    assertHasVariable(rendered, at(component, "patches", 1, "patch"));
  }

  /** Whether the chart's Deployment has the variable of a component. */
  private static void assertHasVariable(String rendered, Object patch) {
    assertThat(list(at(container(Chart.object(rendered, "Deployment")), "env")))
        .contains(at(container(Chart.objects((String) patch).get(0)), "env", 0));
  }

  @Test
  void stuckPodsComponentEqualsTheChart() {
    // given
    Map<String, Object> plain = new TreeMap<>();
    Map<String, Object> component =
        Chart.objects(Chart.read(FOLDER.resolve("stuck-pods/kustomization.yaml"))).get(0);
    addResources(plain, FOLDER.resolve("stuck-pods"), component);

    // when
    String rendered = Chart.render(c -> c.set("stuckPods", "heal"));
    Map<String, Object> charts = new TreeMap<>();
    Chart.objects(rendered).stream()
        .filter(object -> at(object, "metadata", "name").toString().endsWith("-stuck-pods"))
        .forEach(object -> charts.put(key(object), withoutHelms(object)));

    // then
    assertThat(charts.keySet()).isEqualTo(plain.keySet()).hasSize(2);
    charts.forEach((key, object) -> assertThat(object).as(key).isEqualTo(plain.get(key)));

    // and its variable
    assertHasVariable(rendered, at(component, "patches", 0, "patch"));
  }

  private static void addResources(
      Map<String, Object> plain, Path folder, Map<String, Object> kustomization) {
    for (Object file : list(kustomization.get("resources"))) {
      Chart.objects(Chart.read(folder.resolve((String) file)))
          .forEach(object -> plain.put(key(object), object));
    }
  }

  private static void withTag(Map<String, Object> plain, Object image) {
    Object deployment = plain.get("Deployment acr-credential-operator/acr-credential-operator");
    Map<String, Object> container =
        map(at(deployment, "spec", "template", "spec", "containers", 0));
    assertThat(container.get("image")).isEqualTo(at(image, "name"));
    container.put("image", at(image, "name") + ":" + at(image, "newTag"));
  }

  private static String key(Object object) {
    Object namespace = at(object, "metadata", "namespace");
    return "%s %s/%s"
        .formatted(
            at(object, "kind"), namespace == null ? "" : namespace, at(object, "metadata", "name"));
  }

  private static Object withoutHelms(Object object) {
    if (object instanceof Map<?, ?> map) {
      Map<String, Object> copy = new TreeMap<>();
      map(map)
          .forEach(
              (key, value) -> {
                Object left = withoutHelms(value);
                boolean emptied =
                    left instanceof Map<?, ?> m
                        && m.isEmpty()
                        && value != left
                        && !map(value).isEmpty();
                if (!HELMS_OWN.contains(key) && !emptied) {
                  copy.put(key, left);
                }
              });
      return copy;
    }
    return object instanceof List<?> list
        ? list.stream().map(PlainManifestsTest::withoutHelms).toList()
        : object;
  }
}
