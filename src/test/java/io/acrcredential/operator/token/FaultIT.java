// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.PolicyAssert;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.acrcredential.operator.testkit.http.BreakableLine;
import io.acrcredential.operator.testkit.simulator.Fault;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A registry that hangs, denies, throttles or answers malformed text delays no other registry and
 * shows no secret. The operator also survives an outage of the API server.
 */
class FaultIT {

  private OperatorTestEnvironment env;

  @AfterEach
  void close() {
    env.close();
  }

  @Test
  @RequiresRealCluster
  void resumesDroppedWatchesWithoutAList(@TempDir Path folder) throws Exception {
    // given an operator behind a connection that can be cut
    env = OperatorTestEnvironment.create();
    env.createNamespace("stripped", Map.of());
    env.createNamespace("deleted", Map.of());
    String kubeconfig = Files.readString(env.kube.operatorKubeconfig());
    String server = env.client.getMasterUrl().toString().replaceAll("/$", "");
    assertThat(kubeconfig).contains(server);
    try (BreakableLine line = BreakableLine.to(URI.create(server))) {
      Path through = folder.resolve("kubeconfig");
      Files.writeString(through, kubeconfig.replace(server, "https://" + line.authority()));
      env.startOperator(through);
      env.createPolicy(
          "cut",
          """
          registries: [{instanceId: cri-abc}]
          targets:
            namespaces: {names: [stripped, deleted]}
            serviceAccounts: {names: ["*"]}
          """);
      env.awaitBound("stripped", "default");
      env.awaitBound("deleted", "default");
      env.awaitReady("cut");
      env.awaitNoRequests();
      long lists = lists();

      // when it is cut for less than the lease duration, and objects change meanwhile
      assertThat(line.cut()).isPositive();
      env.createServiceAccount("stripped", "meanwhile");
      Edits.edit(
          env.client.serviceAccounts().inNamespace("stripped").withName("default"),
          account -> {
            account.setImagePullSecrets(List.of());
            return account;
          });
      env.client
          .secrets()
          .inNamespace("deleted")
          .withName(OperatorTestEnvironment.PULL_SECRET)
          .delete();
      line.mend();

      // then all changes are handled
      env.awaitBound("stripped", "meanwhile");
      env.awaitBound("stripped", "default");
      Awaits.soon().until(() -> env.pullSecret("deleted") != null);
      env.awaitNoRequests();
      assertThat(lists()).isEqualTo(lists);
      env.operator().close();
    }
  }

  private long lists() {
    return env.requests().stream().filter(request -> request.startsWith("list ")).count();
  }

  @Test
  void isolatesABrokenRegistryAndShowsNoSecret() {
    // given
    List<String> broken =
        List.of("cri-hang", "cri-deny", "cri-slow", "cri-lie", "cri-html", "cri-half", "cri-void");
    env =
        OperatorTestEnvironment.create(
                more -> {
                  more.account("1001");
                  broken.forEach(id -> more.enterprise(id, "cn-beijing", id.substring(4)));
                  more.account("1002").accessKey("LTAI5tCanaryKeyId0002", "CanaryKeySecret0002");
                })
            .withVariable("QUARKUS_LOG_LEVEL", "TRACE")
            .withVariable("QUARKUS_LOG_CONSOLE_LEVEL", "TRACE");
    env.acr.inject(Fault.hang().onInstance("cri-hang"));
    env.acr.inject(Fault.error(403, "Forbidden.RAM", "User not authorized").onInstance("cri-deny"));
    env.acr.inject(Fault.throttling().onInstance("cri-slow"));
    env.acr.inject(Fault.unsuccessful("INSTANCE_NOT_EXIST").onInstance("cri-lie"));
    env.acr.inject(Fault.html(502).onInstance("cri-html"));
    env.acr.inject(Fault.truncatedJson().onInstance("cri-half"));
    env.acr.inject(Fault.emptyToken().onInstance("cri-void"));
    env.createKeySecret(
        "kube-system", "wrong-secret", OperatorTestEnvironment.KEY_ID, "CanaryWrongSecret");
    env.createNamespace("team-a", Map.of());
    env.startOperator();

    // when
    String items =
        String.join(
            ", ",
            broken.stream().map(id -> "{instanceId: " + id + ", region: cn-beijing}").toList());
    env.createPolicy(
        "all",
        """
        registries: [{instanceId: cri-abc}, %s,
          {instanceId: "", credentials: {secretRef: {name: wrong-secret}}},
          {instanceId: "", repositoryPrefixes: [x], credentials: {secretRef: {name: absent}}}]
        targets: {namespaces: {names: [team-a]}}
        """
            .formatted(items));

    // then the good one is written before the hanging one times out after 10 s
    Awaits.soon()
        .until(
            () -> {
              assertThat(failed("cri-hang")).isFalse();
              return env.dockerAuths("team-a").size() == 2;
            });

    // and each of the others reports its error and advice
    env.awaitStatus(
        "all",
        status -> status.registries().stream().filter(r -> r.state() == State.Failed).count() == 9);
    AcrCredentialPolicyStatus status = env.status("all");
    PolicyAssert.assertThat(status).hasCondition("Ready", "False", "PartlyFresh");
    assertThat(status.fresh()).isEqualTo("1/10");
    assertThat(status.registries())
        .extracting(r -> r.error() == null ? "" : r.error().code())
        .containsExactly(
            "",
            "Timeout",
            "Forbidden.RAM",
            "Throttling.User",
            "INSTANCE_NOT_EXIST",
            "Http502",
            "InvalidResponse",
            "InvalidResponse",
            "SignatureDoesNotMatch",
            "CredentialsMissing");
    assertThat(status.registries().get(2).error().advice()).contains("cr:GetAuthorizationToken");
    assertThat(status.registries().get(2).error().requestId()).isNotBlank();
    assertThat(status.registries().get(9).error().message()).contains("kube-system/absent");

    // and no secret is shown anywhere
    String everywhere =
        env.operator().log()
            + env.operator().get("/q/metrics")
            + Serialization.asYaml(env.status("all"))
            + Serialization.asYaml(env.client.v1().events().inAnyNamespace().list());
    String password = env.dockerAuths("team-a").elements().next().path("password").asText();
    assertThat(everywhere).doesNotContain("Canary").doesNotContain(password);
    assertThat(env.operator().log()).contains("TRACE");
  }

  private boolean failed(String instanceId) {
    AcrCredentialPolicyStatus status = env.status("all");
    return status != null
        && status.registries() != null
        && status.registries().stream()
            .anyMatch(
                registry ->
                    instanceId.equals(registry.instanceId()) && registry.state() == State.Failed);
  }

  /** An admission policy or webhook may return any message; some quote the denied object. */
  @Test
  @RequiresRealCluster
  void shortensARefusalOfTheApiServerAndQuotesNoToken() {
    // given
    env =
        // an admission policy stays in force for a while after its deletion
        OperatorTestEnvironment.createOnNewCluster(setup -> {})
            .withVariable("QUARKUS_LOG_LEVEL", "TRACE")
            .withVariable("QUARKUS_LOG_CONSOLE_LEVEL", "TRACE");
    env.create(
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata:
          name: quotes
        spec:
          failurePolicy: Fail
          matchConstraints:
            resourceRules:
              - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [secrets]}
          validations:
            - expression: "object.metadata.namespace != 'team-a'"
              messageExpression: "'no \\u202e secrets ' + string(object.data['.dockerconfigjson'])"
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata:
          name: quotes
        spec:
          policyName: quotes
          validationActions: [Deny]
        """);
    env.createNamespace("team-a", Map.of());
    env.createNamespace("team-b", Map.of());
    Awaits.soon()
        .until(
            () -> {
              try {
                env.createKeySecret("team-a", "probe", "x", "y");
                return false;
              } catch (KubernetesClientException e) {
                return true;
              }
            });
    env.startOperator();

    // when
    env.createPolicy(
        "refused",
        "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [team-a, team-b]}}");
    env.awaitCondition("refused", "Bound", "False", "BindingFailed");
    env.awaitHosts("team-b", "acme-registry.cn-hangzhou.cr.aliyuncs.com");

    // then
    String message =
        env.status("refused").conditions().stream()
            .filter(condition -> condition.getType().equals("Bound"))
            .findFirst()
            .orElseThrow()
            .getMessage();
    assertThat(message).contains("quotes").contains("no").hasSizeLessThanOrEqualTo(450);
    assertThat(message.codePoints())
        .noneMatch(Character::isISOControl)
        .noneMatch(c -> Character.getType(c) == Character.FORMAT);
    Awaits.soon()
        .until(
            () ->
                env.client.v1().events().inAnyNamespace().list().getItems().stream()
                    .anyMatch(event -> event.getReason().equals("BindingFailed")));
    JsonNode entry = env.dockerAuths("team-b").elements().next();
    assertThat(
            env.operator().log()
                + Serialization.asYaml(env.status("refused"))
                + Serialization.asYaml(env.client.v1().events().inAnyNamespace().list()))
        .doesNotContain(entry.path("password").asText())
        .doesNotContain(entry.path("auth").asText());
  }

  @Test
  void refreshesTokensInTimeAndSurvivesAnOutage() {
    // given tokens of 45 s: effective 22.5 s, due 4.5 to 6.75 s before that
    env = OperatorTestEnvironment.create();
    env.acr.tokenLifetime(Duration.ofSeconds(45));
    env.createNamespace("team-a", Map.of());
    env.startOperator();
    env.createPolicy(
        "short", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [team-a]}}");
    env.awaitBound("team-a", "default");
    Instant first = expiry("team-a");

    // when it is refreshed, the remaining lifetime never falls far below the effective lifetime: a
    // refresh that is due with 27 s left may be late where the machine is slow
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              Instant expiry = expiry("team-a");
              assertThat(Duration.between(Instant.now(), expiry))
                  .isGreaterThan(Duration.ofSeconds(10));
              return expiry.isAfter(first);
            });

    // when ACR is down
    env.acr.inject(Fault.dropConnection());
    Instant last = expiry("team-a");
    AcrCredentialPolicyStatus stale =
        env.awaitStatus("short", s -> s.registries().get(0).state() == State.Stale);

    // then the last token stays until it expires
    PolicyAssert.assertThat(stale)
        .hasCondition("Ready", "True", "Unreachable", "Its token is valid until " + last);
    assertThat(stale.fresh()).isEqualTo("0/1");
    Awaits.soon()
        .until(
            () ->
                env.client.v1().events().inAnyNamespace().list().getItems().stream()
                    .anyMatch(event -> event.getReason().equals("Unreachable")));
    await().atMost(Duration.ofMinutes(2)).until(() -> env.dockerAuths("team-a").isEmpty());
    assertThat(Instant.now()).isAfterOrEqualTo(last.minusSeconds(1));
    env.awaitCondition("short", "Ready", "False", "Unreachable");
    assertThat(env.imagePullSecrets("team-a", "default"))
        .contains(OperatorTestEnvironment.PULL_SECRET);

    // when it is back
    env.acr.clearFaults();

    // then
    await().atMost(Duration.ofMinutes(2)).until(() -> !env.dockerAuths("team-a").isEmpty());
    env.awaitReady("short");
  }

  private Instant expiry(String namespace) {
    return Instant.parse(
        env.pullSecret(namespace)
            .getMetadata()
            .getAnnotations()
            .get("acrcredential.io/expires-at"));
  }
}
