// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.OPERATOR_USER;
import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorProcess.Ended;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The packaged operator with its webhook, under its admission policies. */
@RequiresRealCluster
class WebhookOperatorIT {

  private static OperatorTestEnvironment env;

  @BeforeAll
  static void start() {
    env = OperatorTestEnvironment.createOnNewCluster(setup -> {});
    int port = FreePort.next();
    Manifests.create(env.client, WebhookReplica.configuration(port, "Ignore"));
    env.withVariable("ACR_WEBHOOK_CONFIGURATION", WebhookReplica.CONFIGURATION)
        .withVariable("ACR_WEBHOOK_PORT", String.valueOf(port))
        .withVariable("ACR_WEBHOOK_UNBINDING_USERS", "somebody," + OPERATOR_USER);
  }

  @AfterAll
  static void stop() {
    if (env != null) {
      env.close();
    }
  }

  private static List<String> apply(String name, String... entries) {
    ServiceAccount applied =
        env.client
            .resource(
                new ServiceAccountBuilder()
                    .withNewMetadata()
                    .withNamespace("team")
                    .withName(name)
                    .endMetadata()
                    .withImagePullSecrets(
                        List.of(entries).stream().map(LocalObjectReference::new).toList())
                    .build())
            .fieldManager("helm")
            .serverSideApply();
    return applied.getImagePullSecrets().stream().map(LocalObjectReference::getName).toList();
  }

  @Test
  void bindsInTheRequestThatCreatesAndLeavesAloneWhatCleanupRemoves() {
    // given
    env.createNamespace("team", Map.of());
    env.createPolicy(
        "team",
        """
        registries: [{instanceId: cri-abc}]
        targets: {namespaces: {names: [team]}, serviceAccounts: {names: ['*']}}
        """);

    // when
    OperatorProcess operator = env.startOperator();
    env.awaitStatus(
        "team",
        status ->
            status.conditions().get(0).getMessage().endsWith("; new ones are bound at admission"));

    // then
    assertThat(apply("app", "own")).containsExactly("own", PULL_SECRET);
    assertThat(apply("app", "other")).as("applied again").containsExactly("other", PULL_SECRET);
    Awaits.soon()
        .untilAsserted(
            () ->
                assertThat(operator.get("/q/metrics"))
                    .contains("acr_admission_policy_active 1.0")
                    .containsPattern(
                        "acr_admission_webhook_requests_total\\{outcome=\"patched\"} [1-9]"));

    // and a standby replica serves the same certificate
    OperatorProcess standby =
        env.withVariable("ACR_WEBHOOK_PORT", String.valueOf(FreePort.next())).startAnother();
    standby.awaitStarted();
    Awaits.soon().until(() -> standby.log().contains("The admission webhook listens on port"));
    standby.stop();

    // when
    Ended cleanup = env.runCommand("cleanup");

    // then
    assertThat(cleanup).as("%s", cleanup).returns(0, Ended::exitCode);
    assertThat(env.imagePullSecrets("team", "app")).containsExactly("other");
    assertThat(
            env.client.secrets().inNamespace("kube-system").withName(AdmissionWebhook.SECRET).get())
        .isNull();
  }
}
