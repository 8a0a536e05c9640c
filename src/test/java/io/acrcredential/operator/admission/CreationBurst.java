// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Creates many namespaces, each with a ServiceAccount and a pod that uses it, one request right
 * after the other, as {@code kubectl apply} of all three does.
 */
public final class CreationBurst {

  /** The name of its policy. */
  public static final String POLICY = "burst";

  private static final int PARALLEL = 8;

  /** The label that the policy of {@link #createPolicy} selects. */
  private static final Map<String, String> LABELS = Map.of("burst", "on");

  private CreationBurst() {}

  /** Creates a policy that covers the namespaces of every burst. */
  public static void createPolicy(OperatorTestEnvironment env) {
    env.createPolicy(
        POLICY,
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {selector: {matchLabels: {burst: "on"}}}
          serviceAccounts: {names: ["*"]}
        """);
  }

  /**
   * Runs a burst.
   *
   * @param prefix of the names of the namespaces
   * @return the number of pods that carry the entry exactly once
   */
  public static int run(KubernetesClient client, String prefix, int size)
      throws InterruptedException, ExecutionException {
    ExecutorService workers = Executors.newFixedThreadPool(PARALLEL);
    try {
      List<Future<Pod>> pods =
          IntStream.range(0, size)
              .mapToObj(i -> workers.submit(() -> create(client, prefix + "-" + i)))
              .toList();
      int bound = 0;
      for (Future<Pod> pod : pods) {
        List<LocalObjectReference> entries = pod.get().getSpec().getImagePullSecrets();
        bound +=
            entries.stream()
                        .map(LocalObjectReference::getName)
                        .filter(OperatorTestEnvironment.PULL_SECRET::equals)
                        .count()
                    == 1
                ? 1
                : 0;
      }
      return bound;
    } finally {
      workers.shutdownNow();
    }
  }

  private static Pod create(KubernetesClient client, String namespace) {
    client
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(namespace)
                .withLabels(LABELS)
                .endMetadata()
                .build())
        .create();
    client
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("app")
                .endMetadata()
                .build())
        .create();
    return client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("app")
                .endMetadata()
                .withNewSpec()
                .withServiceAccountName("app")
                .addNewContainer()
                .withName("app")
                .withImage("registry.example.com/app:1")
                .endContainer()
                .endSpec()
                .build())
        .create();
  }
}
