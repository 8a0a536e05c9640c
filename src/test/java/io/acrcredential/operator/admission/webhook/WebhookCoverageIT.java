// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.admission.AdmissionManifest;
import io.acrcredential.operator.admission.CoverageCases;
import io.acrcredential.operator.admission.CoverageCases.Account;
import io.acrcredential.operator.admission.CoverageCases.Case;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The named cases of CoverageIT, with the webhook and a real API server of any version. */
@RequiresRealCluster
class WebhookCoverageIT {

  private static KubeCluster kube;
  private static KubernetesClient client;
  private static WebhookReplica replica;

  @BeforeAll
  static void start() {
    kube = KubeCluster.start();
    client = kube.client();
    Manifests.create(client, Manifests.shipped("crd.yaml"));
    CoverageCases.createNamespaces(client);
    int port = FreePort.next();
    Manifests.create(client, WebhookReplica.configuration(port, "Fail"));
    replica =
        new WebhookReplica(
            client, port, Clock.systemUTC(), Set.of(AdmissionManifest.EXCLUDED), Set.of());
    // The API server calls the webhook a moment after its configuration was created.
    AcrCredentialPolicy first =
        CoverageCases.policy(
            "first", "targets: {namespaces: {names: [plain]}, serviceAccounts: {names: ['*']}}");
    client.resource(first).create();
    AdmissionManifest.awaitEntry(client, "plain", PULL_SECRET);
    client.resource(first).delete();
  }

  @AfterAll
  static void stop() {
    if (replica != null) {
      replica.close();
    }
    if (kube != null) {
      kube.close();
    }
  }

  private static List<String> entriesOf(Account account) {
    return AdmissionManifest.dryRun(client, account.namespace(), account.name(), account.labels());
  }

  @Test
  void agreesOnNamedCases() {
    for (Case each : CoverageCases.ALL) {
      // given
      AcrCredentialPolicy policy = each.policy();
      Awaits.soon()
          .ignoreException(KubernetesClientException.class)
          .until(() -> client.resource(policy).create() != null);
      Awaits.soon().until(() -> replica.webhook.policies().equals(Set.of(each.policyName())));

      // then
      assertThat(entriesOf(each.account()).contains(PULL_SECRET))
          .as("%s", each)
          .isEqualTo(each.covered());
      client.resource(policy).delete();
    }
  }
}
