// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The admission policy bind-at-creation, as it is shipped and as tests install it. */
public final class AdmissionManifest {

  private static final String FILE = "admission/bind-at-creation.yaml";

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

  /** Waits until the API server adds this entry to a new ServiceAccount of the namespace. */
  public static void awaitEntry(KubernetesClient client, String namespace, String entry) {
    await()
        .atMost(Duration.ofSeconds(60))
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
    return entries(name.equals("default") ? resource.update() : resource.create());
  }

  static List<String> entries(ServiceAccount account) {
    return account.getImagePullSecrets() == null
        ? List.of()
        : account.getImagePullSecrets().stream().map(LocalObjectReference::getName).toList();
  }
}
