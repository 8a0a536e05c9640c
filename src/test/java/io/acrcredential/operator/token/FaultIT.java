package io.acrcredential.operator.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
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
 * ACR that hangs, denies, throttles and lies: nobody else waits, and no secret shows. And an API
 * server that is out of reach for a while.
 */
class FaultIT {

  private OperatorTestEnvironment scene;

  @AfterEach
  void close() {
    scene.close();
  }

  @Test
  @RequiresRealCluster
  void droppedWatchesAreTakenUpWhereTheyEndedWithoutAList(@TempDir Path folder) throws Exception {
    // given an operator that reaches the API server by a line that can be cut
    scene = OperatorTestEnvironment.set(more -> {});
    scene.namespace("stripped", Map.of());
    scene.namespace("deleted", Map.of());
    String kubeconfig = Files.readString(scene.kube.operatorKubeconfig());
    String server = scene.client.getMasterUrl().toString().replaceAll("/$", "");
    assertThat(kubeconfig).contains(server);
    try (BreakableLine line = BreakableLine.to(URI.create(server))) {
      Path through = folder.resolve("kubeconfig");
      Files.writeString(through, kubeconfig.replace(server, "https://" + line.authority()));
      scene.startOperator(through);
      scene.policy(
          "cut",
          """
          registries: [{instanceId: cri-abc}]
          targets:
            namespaces: {names: [stripped, deleted]}
            serviceAccounts: {names: ["*"]}
          """);
      scene.awaitBound("stripped", "default");
      scene.awaitBound("deleted", "default");
      scene.awaitReady("cut");
      long lists = lists();

      // when it is, for less than the lease lasts, and things change meanwhile
      assertThat(line.cut()).isPositive();
      scene.serviceAccount("stripped", "meanwhile");
      scene
          .client
          .serviceAccounts()
          .inNamespace("stripped")
          .withName("default")
          .edit(
              account -> {
                account.setImagePullSecrets(List.of());
                return account;
              });
      scene
          .client
          .secrets()
          .inNamespace("deleted")
          .withName(OperatorTestEnvironment.PULL_SECRET)
          .delete();
      line.mend();

      // then all of it is seen
      scene.awaitBound("stripped", "meanwhile");
      scene.awaitBound("stripped", "default");
      await().atMost(Duration.ofSeconds(30)).until(() -> scene.pullSecret("deleted") != null);
      assertThat(lists()).isEqualTo(lists);
      scene.operator().close();
    }
  }

  private long lists() {
    return scene.requests().stream().filter(request -> request.startsWith("list ")).count();
  }

  @Test
  void oneBrokenRegistryDelaysNoOtherAndNoSecretShows() {
    // given
    List<String> broken =
        List.of("cri-hang", "cri-deny", "cri-slow", "cri-lie", "cri-html", "cri-half", "cri-void");
    scene =
        OperatorTestEnvironment.set(
                more -> {
                  more.account("1001");
                  broken.forEach(id -> more.enterprise(id, "cn-beijing", id.substring(4)));
                  more.account("1002").accessKey("LTAI5tCanaryKeyId0002", "CanaryKeySecret0002");
                })
            .with("QUARKUS_LOG_LEVEL", "TRACE")
            .with("QUARKUS_LOG_CONSOLE_LEVEL", "TRACE");
    scene.acr.inject(Fault.hang().onInstance("cri-hang"));
    scene.acr.inject(
        Fault.error(403, "Forbidden.RAM", "User not authorized").onInstance("cri-deny"));
    scene.acr.inject(Fault.throttling().onInstance("cri-slow"));
    scene.acr.inject(Fault.unsuccessful("INSTANCE_NOT_EXIST").onInstance("cri-lie"));
    scene.acr.inject(Fault.html(502).onInstance("cri-html"));
    scene.acr.inject(Fault.truncatedJson().onInstance("cri-half"));
    scene.acr.inject(Fault.emptyToken().onInstance("cri-void"));
    scene.keys("kube-system", "wrong-secret", OperatorTestEnvironment.KEY_ID, "CanaryWrongSecret");
    scene.namespace("team-a", Map.of());
    scene.startOperator();

    // when
    String items =
        String.join(
            ", ",
            broken.stream().map(id -> "{instanceId: " + id + ", region: cn-beijing}").toList());
    scene.policy(
        "all",
        """
        registries: [{instanceId: cri-abc}, %s,
          {instanceId: "", credentials: {secretRef: {name: wrong-secret}}},
          {instanceId: "", repositoryPrefixes: [x], credentials: {secretRef: {name: absent}}}]
        targets: {namespaces: {names: [team-a]}}
        """
            .formatted(items));

    // then the good one is there before the hanging one has given up, which takes it 10 s
    await().atMost(Duration.ofSeconds(9)).until(() -> scene.auths("team-a").size() == 2);

    // and each of the others says what is wrong and what to do
    scene.awaitStatus(
        "all",
        status -> status.registries().stream().filter(r -> r.state() == State.Failed).count() == 9);
    AcrCredentialPolicyStatus status = scene.status("all");
    assertThat(OperatorTestEnvironment.condition(status, "Ready")).isEqualTo("False/PartlyFresh");
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

    // and no secret shows anywhere
    String everywhere =
        scene.operator().log()
            + scene.operator().get("/q/metrics")
            + Serialization.asYaml(scene.status("all"))
            + Serialization.asYaml(scene.client.v1().events().inAnyNamespace().list());
    String password = scene.auths("team-a").elements().next().path("password").asText();
    assertThat(everywhere).doesNotContain("Canary").doesNotContain(password);
    assertThat(scene.operator().log()).contains("TRACE");
  }

  /** An admission policy, or a webhook, may say anything; some quote what they refuse. */
  @Test
  @RequiresRealCluster
  void aRefusalOfTheApiServerIsCutAndQuotesNoToken() {
    // given
    scene =
        OperatorTestEnvironment.set(more -> {})
            .with("QUARKUS_LOG_LEVEL", "TRACE")
            .with("QUARKUS_LOG_CONSOLE_LEVEL", "TRACE");
    scene.apply(
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
    scene.namespace("team-a", Map.of());
    scene.namespace("team-b", Map.of());
    Awaits.soon()
        .until(
            () -> {
              try {
                scene.keys("team-a", "probe", "x", "y");
                return false;
              } catch (KubernetesClientException e) {
                return true;
              }
            });
    scene.startOperator();

    // when
    scene.policy(
        "refused",
        "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [team-a, team-b]}}");
    scene.awaitStatus(
        "refused", s -> OperatorTestEnvironment.condition(s, "Bound").startsWith("False"));
    scene.awaitHosts("team-b", "acme-registry.cn-hangzhou.cr.aliyuncs.com");

    // then
    String message =
        scene.status("refused").conditions().stream()
            .filter(condition -> condition.getType().equals("Bound"))
            .findFirst()
            .orElseThrow()
            .getMessage();
    assertThat(message).contains("quotes").contains("no").hasSizeLessThanOrEqualTo(330);
    assertThat(message.codePoints())
        .noneMatch(Character::isISOControl)
        .noneMatch(c -> Character.getType(c) == Character.FORMAT);
    Awaits.soon()
        .until(
            () ->
                scene.client.v1().events().inAnyNamespace().list().getItems().stream()
                    .anyMatch(event -> event.getReason().equals("BindingFailed")));
    JsonNode entry = scene.auths("team-b").elements().next();
    assertThat(
            scene.operator().log()
                + Serialization.asYaml(scene.status("refused"))
                + Serialization.asYaml(scene.client.v1().events().inAnyNamespace().list()))
        .doesNotContain(entry.path("password").asText())
        .doesNotContain(entry.path("auth").asText());
  }

  @Test
  void tokensAreRefreshedInTimeAndOutlastAnOutage() {
    // given tokens of 45 s: effective 22.5 s, due 4.5 to 6.75 s before that
    scene = OperatorTestEnvironment.set(more -> {});
    scene.acr.tokenLifetime(Duration.ofSeconds(45));
    scene.namespace("team-a", Map.of());
    scene.startOperator();
    scene.policy(
        "short", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [team-a]}}");
    scene.awaitBound("team-a", "default");
    Instant first = expiry("team-a");

    // when it is refreshed, no moment has less than effective left
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              Instant expiry = expiry("team-a");
              assertThat(Duration.between(Instant.now(), expiry))
                  .isGreaterThan(Duration.ofSeconds(20));
              return expiry.isAfter(first);
            });

    // when ACR is down
    scene.acr.inject(Fault.dropConnection());
    Instant last = expiry("team-a");
    scene.awaitStatus("short", s -> s.registries().get(0).state() == State.Stale);

    // then the last token stays until it expires
    assertThat(expiry("team-a")).isEqualTo(last);
    assertThat(OperatorTestEnvironment.condition(scene.status("short"), "Ready"))
        .isEqualTo("True/Ready");
    await().atMost(Duration.ofSeconds(75)).until(() -> scene.auths("team-a").isEmpty());
    assertThat(Instant.now()).isAfterOrEqualTo(last.minusSeconds(1));
    scene.awaitStatus(
        "short", s -> OperatorTestEnvironment.condition(s, "Ready").equals("False/Unreachable"));
    assertThat(scene.entries("team-a", "default")).contains(OperatorTestEnvironment.PULL_SECRET);

    // when it is back
    scene.acr.clearFaults();

    // then
    await().atMost(Duration.ofSeconds(75)).until(() -> !scene.auths("team-a").isEmpty());
    scene.awaitReady("short");
  }

  private Instant expiry(String namespace) {
    return Instant.parse(
        scene
            .pullSecret(namespace)
            .getMetadata()
            .getAnnotations()
            .get("acrcredential.io/expires-at"));
  }
}
