// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.PolicyAssert;
import io.fabric8.kubernetes.api.model.Event;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The status of a policy says what is true, and its Events say the same. */
class StatusIT {

  private static final String UID = "1002";

  private static OperatorTestEnvironment env;

  @BeforeAll
  static void start() {
    env =
        OperatorTestEnvironment.create(
            setup ->
                setup
                    .account(UID)
                    .accessKey("LTAI5tCanaryKeyId0002", "CanaryKeySecret0002")
                    .enterprise("cri-denied", "cn-hangzhou", "denied")
                    .denyAction("cr:ListInstanceEndpoint"));
    env.createKeySecret("kube-system", "denied", "LTAI5tCanaryKeyId0002", "CanaryKeySecret0002");
    env.createNamespace("status-a", Map.of());
    env.startOperator();
  }

  @AfterAll
  static void close() {
    env.close();
  }

  @Test
  void isNotReadyWithoutTheRightToListDomains() {
    // when
    env.createPolicy(
        "denied",
        """
        registries: [{instanceId: cri-denied, credentials: {secretRef: {name: denied}}}]
        targets: {namespaces: {names: [status-a]}}
        """);

    // then
    Awaits.soon()
        .untilAsserted(
            () ->
                PolicyAssert.assertThat(env.status("denied"))
                    .hasCondition(
                        "Ready", "False", "AccessDenied", "cr:ListInstanceEndpoint", "No domain"));
    Awaits.soon().until(() -> reasons("denied"), reasons -> reasons.contains("AccessDenied"));
    assertThat(reasons("denied")).doesNotContain("Ready");

    // when it names the domains itself
    env.patchPolicy(
        "denied",
        """
        spec:
          registries:
            - instanceId: cri-denied
              domains: [denied-registry.cn-hangzhou.cr.aliyuncs.com]
              credentials: {secretRef: {name: denied}}
        """);

    // then
    env.awaitReady("denied");
  }

  @Test
  void isNotReadyBeforeANamedNamespaceExists() {
    // when
    env.createPolicy(
        "typo",
        "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [status-a, status-b]}}");

    // then what exists is served
    env.awaitBound("status-a", "default");
    env.awaitCondition("typo", "Ready", "False", "NamespaceMissing");
    Awaits.soon()
        .untilAsserted(
            () ->
                PolicyAssert.assertThat(env.status("typo"))
                    .hasCondition(
                        "Bound", "False", "NamespaceMissing", "status-b", "1 of 1 ServiceAccount"));

    // when
    env.createNamespace("status-b", Map.of());

    // then
    env.awaitReady("typo");
  }

  private static List<String> reasons(String policy) {
    return env.client.v1().events().inAnyNamespace().list().getItems().stream()
        .filter(event -> policy.equals(event.getInvolvedObject().getName()))
        .map(Event::getReason)
        .toList();
  }
}
