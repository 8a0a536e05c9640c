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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The admission policy, the webhook and the operator select the same ServiceAccounts: the
 * expressions of one against the code of the others. Each AcrCredentialPolicy adds an entry with
 * its own name here, so that one dry run shows which of them cover a ServiceAccount.
 */
@RequiresRealCluster
class CoverageIT {

  private static final long SEED = Long.getLong("coverage.seed", new Random().nextLong());

  private static KubeCluster kube;
  private static KubernetesClient client;
  private static final Map<String, Map<String, String>> NAMESPACES = new TreeMap<>();

  @BeforeAll
  static void start() {
    kube = KubeCluster.start();
    client = kube.client();
    Manifests.create(client, Manifests.shipped("crd.yaml"));
    Manifests.create(
        client,
        Manifests.replace(
            AdmissionManifest.strict(),
            "'" + OperatorTestEnvironment.PULL_SECRET + "'",
            "params.metadata.name"));
    NAMESPACES.putAll(CoverageCases.createNamespaces(client));
  }

  @AfterAll
  static void stop() {
    if (kube != null) {
      kube.close();
    }
  }

  // ---- named cases

  @Test
  void agreeOnNamedCases() {
    // given
    List<AcrCredentialPolicy> policies = new ArrayList<>();
    for (Case each : CoverageCases.ALL) {
      policies.add(each.policy());
    }
    policies.add(deleting(CoverageCases.policy("deleted", "")));
    createAndAwait(policies);

    // then
    for (int i = 0; i < CoverageCases.ALL.size(); i++) {
      Case each = CoverageCases.ALL.get(i);
      assertThat(isCoveredByOperator(policies.get(i), each.account()))
          .as("the operator: %s", each)
          .isEqualTo(each.covered());
      assertThat(isCoveredByWebhook(policies.get(i), each.account()))
          .as("the webhook: %s", each)
          .isEqualTo(each.covered());
      assertThat(coveredByAdmission(each.account()).contains(each.policyName()))
          .as("admission: %s", each)
          .isEqualTo(each.covered());
    }
    assertThat(coveredByAdmission(CoverageCases.account("default/default")))
        .as("a policy that is being deleted")
        .doesNotContain("deleted");
  }

  // ---- random cases

  /** 60 policies and 60 ServiceAccounts, each against each. */
  @Test
  void agreeOnRandomCases() {
    // given
    Random random = new Random(SEED);
    List<AcrCredentialPolicy> policies =
        IntStream.range(0, 60)
            .mapToObj(i -> CoverageCases.policy("random-" + i, RandomCoverage.spec(random)))
            .toList();
    List<Account> accounts =
        Stream.generate(() -> RandomCoverage.account(random, NAMESPACES.keySet()))
            .limit(60)
            .toList();
    createAndAwait(policies);

    // when
    int covered = 0;
    Map<Account, List<String>> byAdmission =
        accounts.stream()
            .distinct()
            .parallel()
            .collect(Collectors.toMap(a -> a, CoverageIT::coveredByAdmission));

    // then
    for (AcrCredentialPolicy policy : policies) {
      for (Account account : accounts) {
        boolean expected = isCoveredByOperator(policy, account);
        covered += expected ? 1 : 0;
        assertThat(byAdmission.get(account).contains(policy.getMetadata().getName()))
            .as("-Dcoverage.seed=%d %s %s", SEED, account, Serialization.asYaml(policy.getSpec()))
            .isEqualTo(expected)
            .isEqualTo(isCoveredByWebhook(policy, account));
      }
    }
    assertThat(covered)
        .as("both answers occur; -Dcoverage.seed=%d", SEED)
        .isBetween(1, 60 * 60 - 1);
  }

  // ---- both sides

  private static AcrCredentialPolicy deleting(AcrCredentialPolicy policy) {
    policy.getMetadata().setFinalizers(List.of("example.com/never"));
    return policy;
  }

  private static void createAndAwait(List<AcrCredentialPolicy> policies) {
    for (AcrCredentialPolicy policy : policies) {
      client.resource(policy).create();
      if (!policy.getFinalizers().isEmpty()) {
        client.resource(policy).delete();
      }
    }
    // It covers everything. Once the API server knows it, it knows all that were created before.
    String last = "after-" + policies.get(0).getMetadata().getName();
    client
        .resource(
            CoverageCases.policy(
                last, "targets: {namespaces: {names: ['*']}, serviceAccounts: {names: ['*']}}"))
        .create();
    AdmissionManifest.awaitEntry(client, "plain", last);
  }

  private static List<String> coveredByAdmission(Account account) {
    return AdmissionManifest.dryRun(client, account.namespace(), account.name(), account.labels());
  }

  private static boolean isCoveredByWebhook(AcrCredentialPolicy policy, Account account) {
    return WebhookAnswer.isPatched(
        policy,
        AdmissionManifest.EXCLUDED,
        NAMESPACES.get(account.namespace()),
        account.namespace(),
        account.name(),
        account.labels());
  }

  private static boolean isCoveredByOperator(AcrCredentialPolicy policy, Account account) {
    String name = account.name().endsWith("-") ? account.name() + "x7k2p" : account.name();
    return CoverageCases.index(policy, NAMESPACES)
        .isBoundAtCreation(account.namespace(), name, account.labels());
  }
}
