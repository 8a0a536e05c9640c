// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.DocumentedMetrics;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The operator exposes the documented metrics, and those of JOSDK beside them, which does not delay
 * the status of a policy.
 */
class MetricsIT {

  private static final Pattern OF_JOSDK =
      Pattern.compile("(?m)^(reconciliations|events_received|custom_resources)[a-z_]*\\{.*$");

  @Test
  void exposesReconcilersAndUsesNoObjectNameAsLabel() {
    // given
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      env.createNamespace("team-a", Map.of());
      env.startOperator();

      // when
      env.createPolicy(
          "first-of-all",
          "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [team-a]}}");
      env.createPolicy(
          "second-of-all",
          "registries: [{instanceId: \"\"}]\ntargets: {namespaces: {names: [team-a]}}");

      // then
      env.awaitReady("first-of-all");
      env.awaitReady("second-of-all");
      env.awaitBound("team-a", "default");
      await()
          .atMost(Awaits.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(ofJosdk(env))
                      // of a policy, and of the engine's word that its status has changed
                      .contains(
                          "events_received_total{action=\"ADDED\","
                              + "controller_name=\"acrcredentialpolicy\"")
                      .contains(
                          "events_received_total{action=\"NONE\","
                              + "controller_name=\"acrcredentialpolicy\"")
                      .contains(
                          "reconciliations_success_total{controller_name=\"acrcredentialpolicy\"}")
                      .contains("custom_resources{controller_name=\"acrcredentialpolicy\"} 2.0")
                      .contains("reconciliations_execution_duration_seconds_count{"));
      assertThat(ofJosdk(env)).doesNotContain("of-all").doesNotContain("team-a");

      // and those of the operator, with the names and labels that alerts and dashboard use
      Map<String, Set<String>> documented = DocumentedMetrics.inDocs();
      await()
          .atMost(Awaits.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(DocumentedMetrics.in(env.operator().get("/q/metrics")))
                      .containsAllEntriesOf(documented));
      assertThat(DocumentedMetrics.in(env.operator().get("/q/metrics")).keySet())
          .isSubsetOf(DocumentedMetrics.inDocs().keySet());

      // nothing of each HTTP connection and request to a server, which costs CPU
      assertThat(env.operator().get("/q/metrics"))
          .doesNotContainPattern("(?m)^(http_server|vertx|worker_pool)_");

      // what never happened is counted as 0, so that Prometheus sees its first increase
      assertThat(env.operator().get("/q/metrics"))
          .contains(
              "acr_api_throttled_total 0.0",
              "acr_kubernetes_writes_total{kind=\"AcrCredentialPolicy\",verb=\"delete\"} 0.0",
              "acr_token_refresh_total{outcome=\"failure\",reason=\"AccessDenied\","
                  + "region=\"cn-hangzhou\"} 0.0");
      // the gauges of policies are updated every few seconds
      await()
          .atMost(Awaits.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(env.operator().get("/q/metrics"))
                      .contains(
                          "acr_leader 1.0",
                          "acr_policy_ready{policy=\"first-of-all\",reason=\"Ready\"} 1.0",
                          "acr_token_expiry_timestamp_seconds{policy=\"first-of-all\","
                              + "region=\"cn-hangzhou\",registry_instance=\"cri-abc\"}"));
    }
  }

  private static String ofJosdk(OperatorTestEnvironment env) {
    StringBuilder lines = new StringBuilder();
    OF_JOSDK
        .matcher(env.operator().get("/q/metrics"))
        .results()
        .forEach(line -> lines.append(line.group()).append('\n'));
    return lines.toString();
  }
}
