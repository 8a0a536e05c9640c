// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The admission policies, as they are shipped and as tests install them. */
public final class AdmissionManifest {

  private static final String FILE = "admission/bind-at-creation.yaml";
  private static final String PODS_FILE = "inject-pods/inject-pods.yaml";

  /** A namespace that the installed text excludes. */
  public static final String EXCLUDED = "excluded";

  private static final String NO_EXCLUSIONS = "request.namespace in []";
  private static final String IGNORE = "failurePolicy: Ignore";
  private static final String OPERATOR =
      "'system:serviceaccount:acr-credential-operator:acr-credential-operator',";

  private AdmissionManifest() {}

  /** For the operator's user of the tests; an error in an expression refuses the request. */
  public static String strict() {
    String text = Manifests.shipped(FILE);
    text = Manifests.replace(text, IGNORE, "failurePolicy: Fail");
    text = Manifests.replace(text, NO_EXCLUSIONS, "request.namespace in ['" + EXCLUDED + "']");
    return Manifests.replace(
        text, OPERATOR, "'" + OperatorTestEnvironment.OPERATOR_USER + "', " + OPERATOR);
  }

  /** The policy for pods; an error in an expression refuses the request. */
  public static String strictForPods() {
    String text = Manifests.replace(Manifests.shipped(PODS_FILE), IGNORE, "failurePolicy: Fail");
    return Manifests.replace(text, NO_EXCLUSIONS, "request.namespace in ['" + EXCLUDED + "']");
  }

  /** Waits until the API server adds this entry to a new pod of the namespace. */
  public static void awaitPodEntry(KubernetesClient client, String namespace, String entry) {
    Awaits.soon()
        .pollInterval(Duration.ofMillis(50))
        // the parameter kind is unknown for some seconds
        .ignoreException(KubernetesClientException.class)
        .until(() -> dryRunPod(client, namespace, "default").contains(entry));
  }

  /** The imagePullSecrets that a pod without a list would have if it was created. */
  public static List<String> dryRunPod(
      KubernetesClient client, String namespace, String serviceAccount) {
    return entries(client.resource(pod(namespace, serviceAccount).build()).dryRun(true).create());
  }

  /** A pod with a name that the API server makes up. */
  public static PodBuilder pod(String namespace, String serviceAccount) {
    return new PodBuilder()
        .withNewMetadata()
        .withGenerateName("probe-")
        .withNamespace(namespace)
        .endMetadata()
        .withNewSpec()
        .withServiceAccountName(serviceAccount)
        .addNewContainer()
        .withName("app")
        .withImage("registry.example.com/app:1")
        .endContainer()
        .endSpec();
  }

  /** The names in its imagePullSecrets; empty = an entry without a name. */
  public static List<String> entries(Pod pod) {
    return pod.getSpec().getImagePullSecrets().stream()
        .map(entry -> Objects.toString(entry.getName(), ""))
        .toList();
  }

  /** Waits until the API server adds this entry to a new ServiceAccount of the namespace. */
  public static void awaitEntry(KubernetesClient client, String namespace, String entry) {
    Awaits.soon()
        .pollInterval(Duration.ofMillis(50))
        // the parameter kind is unknown for some seconds
        .ignoreException(KubernetesClientException.class)
        .until(() -> dryRun(client, namespace, "default-probe", Map.of()).contains(entry));
  }

  /**
   * The imagePullSecrets that a ServiceAccount would have if it was created, or replaced if it is
   * {@code default}; a name that ends in - is made up.
   */
  public static List<String> dryRun(
      KubernetesClient client, String namespace, String name, Map<String, String> labels) {
    ServiceAccountBuilder account =
        new ServiceAccountBuilder().withNewMetadata().withLabels(labels).endMetadata();
    if (name.endsWith("-")) {
      account.editMetadata().withGenerateName(name).endMetadata();
    } else {
      account.editMetadata().withName(name).endMetadata();
    }
    var resource =
        client.serviceAccounts().inNamespace(namespace).resource(account.build()).dryRun(true);
    // every namespace has that one already
    return entries(name.equals("default") ? Edits.replace(resource) : resource.create());
  }

  static List<String> entries(ServiceAccount account) {
    return account.getImagePullSecrets() == null
        ? List.of()
        : account.getImagePullSecrets().stream().map(LocalObjectReference::getName).toList();
  }
}
