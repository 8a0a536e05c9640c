// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.admission.CoverageCases.Account;
import io.acrcredential.operator.admission.CoverageCases.Case;
import io.acrcredential.operator.admission.webhook.WebhookAnswer;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The admission policy for pods, the webhook and the operator select the same pods. Each
 * AcrCredentialPolicy adds an entry with its own name here, so that one dry run shows which of them
 * cover a pod.
 */
@RequiresRealCluster
class PodCoverageIT {

  private static final long SEED = Long.getLong("coverage.seed", new Random().nextLong());
  private static final int POLICIES = 40;

  private static KubeCluster kube;
  private static KubernetesClient client;
  private static final Map<String, Map<String, String>> NAMESPACES = new TreeMap<>();

  @BeforeAll
  static void start() {
    kube = KubeCluster.start();
    client = kube.client();
    Manifests.create(client, PodCoverageCases.olderCrd());
    Manifests.create(
        client,
        Manifests.replace(
            AdmissionManifest.strictForPods(),
            "'" + OperatorTestEnvironment.PULL_SECRET + "'",
            "params.metadata.name"));
    NAMESPACES.putAll(PodAccounts.create(client));
  }

  @AfterAll
  static void stop() {
    if (kube != null) {
      kube.close();
    }
  }

  @Test
  void agreeOnNamedCases() {
    // given
    createAndAwait(PodCoverageCases.ALL.stream().map(Case::policy).toList());
    Map<Account, List<String>> byAdmission = new HashMap<>();

    // then
    for (Case each : PodCoverageCases.ALL) {
      assertThat(isInjectedByOperator(each.policy(), each.account()))
          .as("the operator: %s", each)
          .isEqualTo(each.covered());
      assertThat(isInjectedByWebhook(each.policy(), each.account()))
          .as("the webhook: %s", each)
          .isEqualTo(each.covered());
      assertThat(
              byAdmission
                  .computeIfAbsent(each.account(), PodCoverageIT::injectedByAdmission)
                  .contains(each.policyName()))
          .as("admission: %s", each)
          .isEqualTo(each.covered());
    }
  }

  @Test
  void agreeOnRandomCases() {
    // given
    Random random = new Random(SEED);
    List<AcrCredentialPolicy> policies =
        IntStream.range(0, POLICIES)
            .mapToObj(
                i ->
                    CoverageCases.policy(
                        "random-" + i,
                        RandomCoverage.spec(random)
                            + (random.nextInt(8) == 0 ? "" : ", injectPods: true")))
            .toList();
    List<Account> accounts =
        Stream.generate(() -> RandomCoverage.account(random, NAMESPACES.keySet()))
            .filter(account -> !account.name().endsWith("-"))
            .limit(POLICIES)
            .toList();
    createAndAwait(policies);
    Map<Account, List<String>> byAdmission = new HashMap<>();

    // then
    int injected = 0;
    for (AcrCredentialPolicy policy : policies) {
      for (Account account : accounts) {
        boolean expected = isInjectedByOperator(policy, account);
        injected += expected ? 1 : 0;
        assertThat(
                byAdmission
                    .computeIfAbsent(account, PodCoverageIT::injectedByAdmission)
                    .contains(policy.getMetadata().getName()))
            .as("-Dcoverage.seed=%d %s %s", SEED, account, Serialization.asYaml(policy.getSpec()))
            .isEqualTo(expected)
            .isEqualTo(isInjectedByWebhook(policy, account));
      }
    }
    assertThat(injected)
        .as("both answers occur; -Dcoverage.seed=%d", SEED)
        .isBetween(1, POLICIES * POLICIES - 1);
  }

  private static void createAndAwait(List<AcrCredentialPolicy> policies) {
    policies.forEach(policy -> client.resource(policy).create());
    // It covers everything. Once the API server knows it, it knows all that were created before.
    String last = "after-" + policies.get(0).getMetadata().getName();
    client
        .resource(
            CoverageCases.policy(
                last,
                "injectPods: true, targets: {namespaces: {names: ['*']},"
                    + " serviceAccounts: {names: ['*']}}"))
        .create();
    AdmissionManifest.awaitPodEntry(client, "plain", last);
  }

  private static List<String> injectedByAdmission(Account account) {
    return AdmissionManifest.dryRunPod(client, account.namespace(), account.name());
  }

  private static boolean isInjectedByWebhook(AcrCredentialPolicy policy, Account account) {
    return WebhookAnswer.isPodPatched(
        policy,
        AdmissionManifest.EXCLUDED,
        NAMESPACES.get(account.namespace()),
        AdmissionManifest.pod(account.namespace(), account.name()).build());
  }

  private static boolean isInjectedByOperator(AcrCredentialPolicy policy, Account account) {
    return CoverageCases.index(policy, NAMESPACES).injectsPod(account.namespace(), account.name());
  }
}
