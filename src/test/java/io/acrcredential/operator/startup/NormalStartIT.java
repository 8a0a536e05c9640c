// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.AcrConfigurationConfigMap;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.fabric8.kubernetes.api.model.Event;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nothing is wrong, so nothing warns: people who look for Warnings must find only faults. */
class NormalStartIT {

  @Test
  void recordsNoWarning() {
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      // given what the operator finds at its first start
      env.createNamespace("team-a", Map.of("acr", "on"));
      env.createServiceAccount("team-a", "app", "login-of-somebody-else");
      env.createPolicy(
          "production",
          """
          registries: [{instanceId: cri-abc}, {region: cn-hangzhou}]
          targets:
            namespaces: {selector: {matchLabels: {acr: "on"}}}
            serviceAccounts: {names: ["*"]}
          """);
      AcrConfigurationConfigMap configMap = new AcrConfigurationConfigMap(env);
      configMap.create(
          Map.of(
              "service-account",
              "default",
              "watch-namespace",
              "default",
              "expiring-threshold",
              "15m",
              "acr-registry-info",
              "- instanceId: cri-abc\n  regionId: cn-hangzhou\n"));

      // when it starts, gets more work, is restarted, and renews
      env.startOperator();
      env.awaitReady("production");
      env.awaitReady(AcrConfigurationConfigMap.NAME);
      env.createNamespace("team-b", Map.of("acr", "on"));
      env.awaitBound("team-b", "default");
      env.operator().close();
      env.createServiceAccount("team-a", "made-meanwhile");
      env.startOperator();
      env.awaitBound("team-a", "made-meanwhile");
      env.requestRefresh("production");
      env.awaitReady("production");
      env.awaitNoRequests();

      // then
      assertThat(events(env))
          .isNotEmpty()
          .allSatisfy(event -> assertThat(event.getType()).as("%s", event).isEqualTo("Normal"));
    }
  }

  private static List<Event> events(OperatorTestEnvironment env) {
    return env.client.v1().events().inAnyNamespace().list().getItems().stream()
        .filter(
            event ->
                event.getSource() != null
                    && "acr-credential-operator".equals(event.getSource().getComponent()))
        .toList();
  }
}
