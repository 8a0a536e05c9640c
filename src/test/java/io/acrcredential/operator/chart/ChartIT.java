// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.DocPage;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.PodAdmission;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A real API server accepts every manifest of the chart, and Helm takes over a CRD and reports a
 * failed cleanup. No kubelet runs here: the test completes the Job of the hook.
 */
@RequiresRealCluster
class ChartIT {

  private static final String OWN = Chart.NAME;
  private static final String PULL_SECRET = "acr-credential-secret-aggregation";
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static KubeCluster cluster;
  private static KubernetesClient client;

  @BeforeAll
  static void start() {
    cluster = KubeCluster.start();
    client = cluster.client();
    for (String crd : List.of("prometheusrules", "servicemonitors", "podmonitors")) {
      Path file =
          Path.of("src/test/resources/prometheus-operator/monitoring.coreos.com_" + crd + ".yaml");
      Manifests.create(client, Chart.read(file));
    }
    for (String namespace : List.of("acr-system", "acr-keys", "strict")) {
      ensureNamespace(namespace);
    }
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  static Stream<Path> valueFiles() {
    return Chart.valueFiles();
  }

  // ---- validation by the API server

  @ParameterizedTest
  @MethodSource("valueFiles")
  void strictDryRunAcceptsEveryManifest(Path values) {
    // given
    ensureCrd();
    ensureNamespace(OWN);
    List<Map<String, Object>> objects = Chart.objects(Chart.render(values));
    assertThat(objects).hasSizeGreaterThanOrEqualTo(3);

    // then
    for (Map<String, Object> object : objects) {
      if (object.get("kind").equals("Pod")) {
        ensureServiceAccount(
            namespace(object), (String) Chart.at(object, "spec", "serviceAccountName"));
        // no such classes in this cluster
        Chart.map(Chart.at(object, "spec"))
            .keySet()
            .removeAll(List.of("runtimeClassName", "priorityClassName"));
      }
      assertThat(dryRun(object)).as("%s", object.get("kind")).startsWith("20");
    }
  }

  /** The pods of Deployment and Job meet the level restricted. */
  @ParameterizedTest
  @MethodSource("valueFiles")
  void podsAreAdmittedInARestrictedNamespace(Path values) {
    // given
    ensureNamespace("restricted");
    restrict("restricted");

    // then
    for (Map<String, Object> object : Chart.objects(Chart.render(values))) {
      Object template = Chart.at(object, "spec", "template");
      if (template != null) {
        PodTemplateSpec pod =
            Serialization.unmarshal(Serialization.asYaml(template), PodTemplateSpec.class);
        pod.getSpec().setServiceAccountName("default");
        pod.getSpec().setRuntimeClassName(null);
        assertThat(PodAdmission.dryRun(client, PodAdmission.pod("restricted", pod)))
            .as("%s", object.get("kind"))
            .isNotNull();
      }
    }
  }

  @Test
  void strictDryRunRejectsATypo() {
    // given
    Map<String, Object> deployment = Chart.object(Chart.render(command -> command), "Deployment");
    Chart.map(deployment.get("spec")).put("replica", 2);
    ensureNamespace(OWN);

    // then
    assertThat(dryRun(deployment)).contains("replica");
  }

  /** Returns the status code and the body. */
  private static String namespace(Map<String, Object> object) {
    String namespace = (String) Chart.at(object, "metadata", "namespace");
    return namespace == null ? OWN : namespace;
  }

  private static String dryRun(Map<String, Object> object) {
    Object metadata = object.get("metadata");
    String apiVersion = (String) object.get("apiVersion");
    APIResource resource = resource(apiVersion, (String) object.get("kind"));
    String in = resource.getNamespaced() ? "/namespaces/" + namespace(object) : "";
    String uri =
        "%s%s/%s%s/%s/%s?dryRun=All&fieldValidation=Strict&fieldManager=test&force=true"
            .formatted(
                client.getMasterUrl().toString().replaceAll("/$", ""),
                apiVersion.contains("/") ? "/apis" : "/api",
                apiVersion,
                in,
                resource.getName(),
                Chart.at(metadata, "name"));
    HttpResponse<byte[]> answer =
        client
            .getHttpClient()
            .sendAsync(
                client
                    .getHttpClient()
                    .newHttpRequestBuilder()
                    .uri(uri)
                    .method("PATCH", "application/apply-patch+yaml", Serialization.asJson(object))
                    .build(),
                byte[].class)
            .join();
    return answer.code() + " " + new String(answer.body(), UTF_8);
  }

  private static APIResource resource(String apiVersion, String kind) {
    return client.getApiResources(apiVersion).getResources().stream()
        .filter(r -> r.getKind().equals(kind) && !r.getName().contains("/"))
        .findFirst()
        .orElseThrow();
  }

  // ---- installation by Helm

  @Test
  void reportsAFailedCleanupAndUninstallsWithoutHooks() throws Exception {
    // given
    helm("install", "strict", "helm", "-n", "strict", "--set", "crds.enabled=false");

    // when
    CompletableFuture<String> uninstall =
        CompletableFuture.supplyAsync(() -> helm("uninstall", "strict", "-n", "strict"));
    await()
        .atMost(PATIENCE)
        .until(() -> !client.batch().v1().jobs().inNamespace("strict").list().getItems().isEmpty());
    complete(client.batch().v1().jobs().inNamespace("strict").list().getItems().get(0), "Failed");

    // then
    assertThatThrownBy(() -> uninstall.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .hasMessageContaining("failed");

    // when
    helm("uninstall", "strict", "-n", "strict", "--no-hooks");

    // then
    assertThat(client.apps().deployments().inNamespace("strict").list().getItems()).isEmpty();
  }

  @Test
  void takesOverACrdWithTheDocumentedCommands() {
    // given
    ensureCrd();
    disownCrd();
    assertThatThrownBy(() -> helm("install", OWN, "helm", "--create-namespace"))
        .hasMessageContaining("invalid ownership metadata");

    // when
    helm("install", OWN, "helm", "--create-namespace", "--take-ownership");

    // then
    assertThat(deployment()).isNotNull();

    // given
    helm("uninstall", OWN, "--no-hooks");
    disownCrd();

    // when
    DocPage.run(
        DocPage.read("install.md").command("kubectl label crd"), Path.of("target"), cluster);
    helm("install", OWN, "helm");

    // then
    assertThat(deployment()).isNotNull();
    helm("uninstall", OWN, "--no-hooks");
  }

  private static void disownCrd() {
    Edits.edit(
        client
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .withName("acrcredentialpolicies.acrcredential.io"),
        crd -> {
          crd.getMetadata().setLabels(Map.of());
          crd.getMetadata().setAnnotations(Map.of());
          return crd;
        });
  }

  /** A {@code -n} among the words overrides the namespace. */
  private static String helm(String... words) {
    List<String> command = new ArrayList<>(List.of(Path.of("dev", "helm").toString()));
    command.add(words[0]);
    command.addAll(List.of("--kubeconfig", cluster.kubeconfig().toString(), "-n", OWN));
    command.addAll(Arrays.asList(words).subList(1, words.length));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", words) + " failed: " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Job awaitJob(CompletableFuture<String> uninstall) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                uninstall.isDone()
                    || !client.batch().v1().jobs().inNamespace(OWN).list().getItems().isEmpty());
    return client.batch().v1().jobs().inNamespace(OWN).list().getItems().get(0);
  }

  /** Sets the status as the Job controller does, which does not run here. */
  private static void complete(Job job, String condition) {
    boolean succeeded = condition.equals("Complete");
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    UnaryOperator<Job> ended =
        j -> {
          var status =
              new JobBuilder(j)
                  .editOrNewStatus()
                  .withStartTime(now)
                  .addNewCondition()
                  .withType(succeeded ? "SuccessCriteriaMet" : "FailureTarget")
                  .withStatus("True")
                  .endCondition()
                  .addNewCondition()
                  .withType(condition)
                  .withStatus("True")
                  .endCondition();
          return succeeded
              ? status.withCompletionTime(now).withSucceeded(1).endStatus().build()
              : status.withFailed(1).endStatus().build();
        };
    Edits.editStatus(
        client
            .batch()
            .v1()
            .jobs()
            .inNamespace(job.getMetadata().getNamespace())
            .withName(job.getMetadata().getName()),
        ended);
  }

  /** The remaining objects of the release, except the CRD. */
  private static List<String> remainingObjects() {
    List<String> remaining = new ArrayList<>();
    var label = Map.of("app.kubernetes.io/instance", OWN);
    Stream.of(
            client.apps().deployments().inNamespace(OWN).withLabels(label).list().getItems(),
            client.batch().v1().jobs().inNamespace(OWN).withLabels(label).list().getItems(),
            client.serviceAccounts().inNamespace(OWN).withLabels(label).list().getItems(),
            client.rbac().clusterRoles().withLabels(label).list().getItems(),
            client.rbac().clusterRoleBindings().withLabels(label).list().getItems(),
            client.rbac().roles().inAnyNamespace().withLabels(label).list().getItems(),
            client.rbac().roleBindings().inAnyNamespace().withLabels(label).list().getItems())
        .flatMap(List::stream)
        .forEach(object -> remaining.add(object.getKind() + " " + object.getMetadata().getName()));
    return remaining;
  }

  private static io.fabric8.kubernetes.api.model.apps.Deployment deployment() {
    return client.apps().deployments().inNamespace(OWN).withName(OWN).get();
  }

  private static List<?> disruptionBudgets() {
    return client.policy().v1().podDisruptionBudget().inNamespace(OWN).list().getItems();
  }

  private static io.fabric8.kubernetes.api.model.Container container(Job job) {
    return job.getSpec().getTemplate().getSpec().getContainers().get(0);
  }

  private static void ensureCrd() {
    if (client.apiextensions().v1().customResourceDefinitions().list().getItems().stream()
        .noneMatch(crd -> crd.getSpec().getGroup().equals(AcrCredentialPolicy.GROUP))) {
      // With the annotations of Helm, which then adopts it.
      Map<String, Object> crd =
          Chart.object(Chart.render(command -> command), "CustomResourceDefinition");
      Chart.map(Chart.at(crd, "metadata", "annotations"))
          .putAll(Map.of("meta.helm.sh/release-name", OWN, "meta.helm.sh/release-namespace", OWN));
      client.load(new ByteArrayInputStream(Serialization.asYaml(crd).getBytes(UTF_8))).create();
    }
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> client.resources(AcrCredentialPolicy.class).list() != null);
  }

  private static void ensureNamespace(String name) {
    if (client.namespaces().withName(name).get() == null) {
      client
          .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
          .create();
    }
    // A controller creates it.
    Awaits.soon()
        .until(() -> client.serviceAccounts().inNamespace(name).withName("default").get() != null);
  }

  /** A pod is refused without the ServiceAccount that a dry run only pretends to create. */
  private static void ensureServiceAccount(String namespace, String name) {
    if (client.serviceAccounts().inNamespace(namespace).withName(name).get() == null) {
      client
          .resource(
              new ServiceAccountBuilder()
                  .withNewMetadata()
                  .withNamespace(namespace)
                  .withName(name)
                  .endMetadata()
                  .build())
          .create();
    }
  }

  private static void restrict(String namespace) {
    Edits.edit(
        client.namespaces().withName(namespace),
        n ->
            new NamespaceBuilder(n)
                .editMetadata()
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .endMetadata()
                .build());
  }

  private static void assertAdmitted(PodTemplateSpec template) {
    assertThat(PodAdmission.dryRun(client, PodAdmission.pod(OWN, template))).isNotNull();
  }

  private static Secret secret(String namespace, String name, String type) {
    return client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withType(type)
                .addToStringData(".dockerconfigjson", "{\"auths\":{}}")
                .build())
        .create();
  }

  private static Secret current(Secret secret) {
    return client.resource(secret).get();
  }
}
