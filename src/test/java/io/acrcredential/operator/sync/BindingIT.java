// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Namespaces;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Targets;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator writes the expected objects and nothing else. */
class BindingIT {

  private static final int REGISTRIES = 20;
  private static final Map<String, String> ON = Map.of("acr", "on");

  private static OperatorTestEnvironment env;

  @BeforeAll
  static void set() {
    env =
        OperatorTestEnvironment.create(
            more -> {
              more.account("1001");
              IntStream.range(0, REGISTRIES)
                  .forEach(i -> more.enterprise("cri-batch-" + i, "cn-beijing", "batch" + i));
            });
    env.startOperator();
  }

  @AfterAll
  static void close() {
    env.close();
  }

  @AfterEach
  void removePolicies() {
    env.client.resources(AcrCredentialPolicy.class).delete();
    await()
        .atMost(PATIENCE)
        .until(() -> env.client.resources(AcrCredentialPolicy.class).list().getItems().isEmpty());
  }

  @Test
  @RequiresRealCluster
  void bindsFiftyNamespacesWithOneTokenAndOneWritePerObject() {
    // given
    for (int i = 0; i < 50; i++) {
      env.createNamespace("many-" + i, ON);
      for (int j = 0; j < 3; j++) {
        env.createServiceAccount("many-" + i, "app-" + j);
      }
    }
    Map<String, Integer> before = env.writes();
    env.acr.forgetCalls();

    // when
    env.createPolicy(
        "many",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {selector: {matchLabels: {acr: "on"}}}
          serviceAccounts: {selector: {}}
        """);
    env.awaitStatus("many", status -> status.serviceAccounts() == 200);
    env.awaitReady("many");
    env.awaitNoRequests();

    // then
    Map<String, Integer> after = env.writes();
    assertThat(more(before, after, "create secrets")).isEqualTo(50);
    assertThat(more(before, after, "patch serviceaccounts")).isEqualTo(200);
    assertThat(more(before, after, "patch secrets") + more(before, after, "update secrets"))
        .isZero();
    assertThat(env.acr.count("GetAuthorizationToken")).isEqualTo(1);
    assertThat(env.acr.count("ListInstanceEndpoint")).isEqualTo(1);

    // and then nothing else
    int requests = env.requests().size();
    await()
        .during(Duration.ofSeconds(5))
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(env.requests()).hasSize(requests));
  }

  @Test
  @RequiresRealCluster
  void writesEachNamespaceOnceForABatchOfManyRegistries() {
    // given
    List<String> names = List.of("batch-a", "batch-b", "batch-c");
    names.forEach(name -> env.createNamespace(name, Map.of()));
    String items =
        IntStream.range(0, REGISTRIES)
            .mapToObj(i -> "{instanceId: cri-batch-" + i + ", region: cn-beijing}")
            .collect(Collectors.joining(", "));
    env.createPolicy(
        "batch", "registries: [%s]\ntargets: {namespaces: {names: %s}}".formatted(items, names));
    env.awaitReady("batch");
    env.awaitNoRequests();
    Map<String, JsonNode> old = new HashMap<>();
    names.forEach(name -> old.put(name, env.dockerAuths(name)));
    Map<String, Integer> before = env.writes();

    // when
    env.requestRefresh("batch");

    // then
    for (String name : names) {
      await()
          .atMost(PATIENCE)
          .until(() -> env.dockerAuths(name), now -> allDiffer(now, old.get(name)));
    }
    env.awaitNoRequests();
    // The rate limit spreads the 40 calls over three seconds, and yet they are one batch. It is
    // written some times where the last replies take longer than the 200 ms that a batch waits, but
    // not 15 times, each time that the rate limit lets some calls through.
    assertThat(more(before, env.writes(), "patch secrets")).isBetween(3, 18);
    assertThat(old.get("batch-a")).hasSizeGreaterThanOrEqualTo(REGISTRIES);
  }

  private static boolean allDiffer(JsonNode now, JsonNode old) {
    return now.properties().stream()
        .noneMatch(entry -> entry.getValue().equals(old.path(entry.getKey())));
  }

  @Test
  @RequiresRealCluster
  void writesNothingForAnEquivalentChange() {
    // given
    env.createNamespace("same-a", Map.of());
    env.createNamespace("same-b", Map.of());
    env.createPolicy(
        "same",
        """
        registries: [{instanceId: cri-abc}]
        email: team@example.com
        targets: {namespaces: {names: [same-a, same-b]}}
        """);
    env.awaitBound("same-a", "default");
    env.awaitBound("same-b", "default");
    env.awaitReady("same");
    env.awaitNoRequests();
    Map<String, Integer> before = ofContents(env.writes());

    // when
    env.editPolicy(
        "same",
        policy -> {
          var spec = policy.getSpec();
          policy.setSpec(
              new AcrCredentialPolicySpec(
                  spec.registries(),
                  new Targets(
                      new Namespaces(List.of("same-b", "same-a"), null, null),
                      spec.targets().serviceAccounts()),
                  spec.binding(),
                  "900s",
                  "team@example.com",
                  true,
                  null,
                  null,
                  false));
        });
    env.awaitStatus("same", status -> status.observedGeneration() == 2);

    // then
    await()
        .during(Duration.ofSeconds(3))
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(ofContents(env.writes())).isEqualTo(before));
  }

  private static Map<String, Integer> ofContents(Map<String, Integer> writes) {
    Map<String, Integer> contents = new HashMap<>(writes);
    contents.keySet().removeIf(write -> !write.matches(".* (secrets|serviceaccounts|state)"));
    return contents;
  }

  @Test
  void keepsForeignEntriesThroughBindingDriftAndDeletion() {
    // given
    env.createNamespace("foreign", Map.of());
    env.createServiceAccount("foreign", "app", "theirs-1", "theirs-2");
    List<String> before = env.imagePullSecrets("foreign", "app");
    env.createPolicy(
        "foreign",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {names: [foreign]}
          serviceAccounts: {names: ["*"]}
        """);
    env.awaitBound("foreign", "app");
    assertThat(env.imagePullSecrets("foreign", "app"))
        .containsExactly("theirs-1", "theirs-2", OperatorTestEnvironment.PULL_SECRET);

    // when others add entries and remove that of the operator
    Edits.edit(
        env.client.serviceAccounts().inNamespace("foreign").withName("app"),
        account -> {
          account.setImagePullSecrets(
              List.of(new LocalObjectReference("theirs-1"), new LocalObjectReference("theirs-3")));
          return account;
        });
    env.awaitBound("foreign", "app");

    // then
    assertThat(env.imagePullSecrets("foreign", "app"))
        .containsExactly("theirs-1", "theirs-3", OperatorTestEnvironment.PULL_SECRET);

    // when
    env.client.resources(AcrCredentialPolicy.class).withName("foreign").delete();

    // then
    await().atMost(PATIENCE).until(() -> env.pullSecret("foreign") == null);
    assertThat(env.imagePullSecrets("foreign", "app")).containsExactly("theirs-1", "theirs-3");
    assertThat(env.imagePullSecrets("foreign", "default")).isEmpty();
    assertThat(before).containsExactly("theirs-1", "theirs-2");
  }

  @Test
  void restoresADeletedOrModifiedPullSecret() {
    // given
    env.createNamespace("drift", Map.of());
    env.createPolicy(
        "drift", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [drift]}}");
    env.awaitBound("drift", "default");
    Map<String, String> data = env.pullSecret("drift").getData();
    String uid = env.pullSecret("drift").getMetadata().getUid();

    // when it is modified
    Edits.edit(
        env.client.secrets().inNamespace("drift").withName(OperatorTestEnvironment.PULL_SECRET),
        secret -> {
          secret.getData().put(".dockerconfigjson", "e30K");
          return secret;
        });

    // then
    await().atMost(PATIENCE).until(() -> env.pullSecret("drift").getData().equals(data));
    assertThat(env.pullSecret("drift").getMetadata().getUid()).isEqualTo(uid);

    // when it is deleted
    env.client
        .secrets()
        .inNamespace("drift")
        .withName(OperatorTestEnvironment.PULL_SECRET)
        .delete();

    // then
    await()
        .atMost(PATIENCE)
        .until(
            () -> env.pullSecret("drift") != null,
            there -> there && env.pullSecret("drift").getData().equals(data));
  }

  /** Tenants may write anything into a Secret of their namespace. */
  @ParameterizedTest
  @ValueSource(strings = {"large", "deep"})
  void restoresAPullSecretWithHugeContentAtOnce(String content) {
    // given
    String namespace = "huge-" + content;
    env.createNamespace(namespace, Map.of());
    env.createPolicy(
        namespace,
        "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [%s]}}"
            .formatted(namespace));
    env.awaitReady(namespace);
    Map<String, String> before = env.pullSecret(namespace).getData();
    String config =
        content.equals("deep")
            ? "{\"auths\":%s%s}".formatted("{\"a\":".repeat(9_000), "1" + "}".repeat(9_000))
            : "{\"auths\":{\"a.example\":{\"password\":\"%s\"}}}".formatted("x".repeat(700_000));

    // when
    Edits.edit(
        env.client.secrets().inNamespace(namespace).withName(OperatorTestEnvironment.PULL_SECRET),
        secret ->
            new SecretBuilder(secret)
                .withData(
                    Map.of(
                        ".dockerconfigjson",
                        Base64.getEncoder().encodeToString(config.getBytes(UTF_8))))
                .build());

    // then
    await().atMost(PATIENCE).until(() -> env.pullSecret(namespace).getData().equals(before));
  }

  @Test
  void replaceKeepsTheOperatorsEntryOnlyAndAppendWins() {
    // given
    env.createNamespace("replace", Map.of());
    env.createServiceAccount("replace", "app", "theirs");

    // when
    env.createPolicy(
        "replace",
        """
        registries: [{instanceId: cri-abc}]
        binding: Replace
        targets:
          namespaces: {names: [replace]}
          serviceAccounts: {names: [app]}
        """);
    env.awaitBound("replace", "app");

    // then
    assertThat(env.imagePullSecrets("replace", "app"))
        .containsExactly(OperatorTestEnvironment.PULL_SECRET);

    // when an Append policy covers it too
    env.createPolicy(
        "append",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {names: [replace]}
          serviceAccounts: {names: [app]}
        """);
    env.awaitReady("append");
    Edits.edit(
        env.client.serviceAccounts().inNamespace("replace").withName("app"),
        account -> {
          account.getImagePullSecrets().add(new LocalObjectReference("theirs"));
          return account;
        });

    // then
    await()
        .during(Duration.ofSeconds(1))
        .atMost(PATIENCE)
        .until(
            () ->
                env.imagePullSecrets("replace", "app")
                    .equals(List.of(OperatorTestEnvironment.PULL_SECRET, "theirs")));
  }

  @Test
  void followsLabelChangesImmediately() {
    // given
    env.createNamespace("labelled", Map.of());
    env.createPolicy(
        "labelled",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {selector: {matchLabels: {team: blue}}}
        """);
    env.awaitReady("labelled");
    assertThat(env.pullSecret("labelled")).isNull();

    // when
    label("labelled", "blue");

    // then
    env.awaitBound("labelled", "default");

    // when
    label("labelled", "red");

    // then
    await().atMost(PATIENCE).until(() -> env.pullSecret("labelled") == null);
    assertThat(env.imagePullSecrets("labelled", "default")).isEmpty();
  }

  @Test
  void refreshesOnAnnotation() {
    // given
    env.createNamespace("forced", Map.of());
    env.createPolicy(
        "forced", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [forced]}}");
    env.awaitBound("forced", "default");
    env.awaitReady("forced");
    String password = password("forced");
    env.acr.forgetCalls();

    // when
    env.requestRefresh("forced");

    // then
    await().atMost(PATIENCE).until(() -> !password("forced").equals(password));
    assertThat(env.acr.count("GetAuthorizationToken")).isEqualTo(1);
    assertThat(env.acr.count("ListInstanceEndpoint")).isEqualTo(1);
  }

  /** Nodes take the same token with another email for another login, and ask the registry again. */
  @Test
  void writesAnotherEmailWithANewToken() {
    // given
    env.createNamespace("mail", Map.of());
    env.createPolicy(
        "mail", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [mail]}}");
    env.awaitBound("mail", "default");
    env.awaitReady("mail");
    String password = password("mail");

    // when
    env.patchPolicy("mail", "spec: {email: ops@example.com}");

    // then
    await().atMost(PATIENCE).until(() -> email("mail").equals("ops@example.com"));
    assertThat(password("mail")).isNotEqualTo(password);
  }

  @Test
  void keepsBindingsOfASuspendedPolicyAndCleansUpOnDeletion() {
    // given
    env.createNamespace("held", Map.of());
    env.createPolicy(
        "held", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [held]}}");
    env.awaitBound("held", "default");

    // when it is suspended, and its targets are taken away
    env.editPolicy(
        "held",
        policy -> {
          var spec = policy.getSpec();
          policy.setSpec(
              new AcrCredentialPolicySpec(
                  spec.registries(),
                  null,
                  spec.binding(),
                  spec.refreshBefore(),
                  spec.email(),
                  true,
                  null,
                  null,
                  true));
        });
    env.awaitCondition("held", "Ready", "False", "Suspended");
    env.createServiceAccount("held", "new");

    // then
    assertThat(env.imagePullSecrets("held", "default"))
        .containsExactly(OperatorTestEnvironment.PULL_SECRET);

    // when
    env.client.resources(AcrCredentialPolicy.class).withName("held").delete();

    // then
    await().atMost(PATIENCE).until(() -> env.pullSecret("held") == null);
    assertThat(env.imagePullSecrets("held", "default")).isEmpty();
  }

  private static String password(String namespace) {
    return entry(namespace).path("password").asText();
  }

  private static String email(String namespace) {
    return entry(namespace).path("email").asText();
  }

  private static JsonNode entry(String namespace) {
    return env.dockerAuths(namespace).path("acme-registry.cn-hangzhou.cr.aliyuncs.com");
  }

  @Test
  void reportsASecretOfAnotherTypeAndLeavesItUnchanged() {
    // given
    env.createNamespace("occupied", Map.of());
    env.client
        .secrets()
        .inNamespace("occupied")
        .resource(
            new io.fabric8.kubernetes.api.model.SecretBuilder()
                .withNewMetadata()
                .withName(OperatorTestEnvironment.PULL_SECRET)
                .endMetadata()
                .withType("Opaque")
                .addToData("mine", "bWluZQ==")
                .build())
        .create();

    // when
    env.createPolicy(
        "occupied",
        "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [occupied]}}");

    // then
    env.awaitCondition("occupied", "Ready", "False", "SecretOccupied");
    assertThat(env.pullSecret("occupied").getData()).containsOnlyKeys("mine");
    assertThat(env.imagePullSecrets("occupied", "default")).isEmpty();

    // when another policy that covers it is deleted
    env.createPolicy(
        "second",
        "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [occupied]}}");
    env.awaitCondition("second", "Ready", "False", "SecretOccupied");
    env.client.resources(AcrCredentialPolicy.class).withName("second").delete();

    // then the deletion is not delayed
    await().atMost(PATIENCE).until(() -> env.status("second") == null);

    // when the owner removes it
    env.client
        .secrets()
        .inNamespace("occupied")
        .withName(OperatorTestEnvironment.PULL_SECRET)
        .delete();

    // then
    env.awaitBound("occupied", "default");
    env.awaitReady("occupied");
  }

  @Test
  void cleansUpAfterTheFinalizerIsRemovedByHand() {
    // given
    env.createNamespace("vanished", Map.of());
    env.createPolicy(
        "vanished",
        "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [vanished]}}");
    env.awaitBound("vanished", "default");

    // when the policy is deleted without a finalizer
    env.editPolicy("vanished", policy -> policy.getMetadata().setFinalizers(null));
    env.client.resources(AcrCredentialPolicy.class).withName("vanished").delete();

    // then
    await().atMost(PATIENCE).until(() -> env.pullSecret("vanished") == null);
    assertThat(env.imagePullSecrets("vanished", "default")).isEmpty();
  }

  /** JOSDK treats a deletion as the event of its own status update if both coincide. */
  @Test
  void handlesADeletionDuringAStatusUpdate() {
    env.createNamespace("racing", Map.of());
    for (int round = 0; round < 3; round++) {
      // given policies whose statuses all change soon
      for (int i = 0; i < 30; i++) {
        env.createPolicy(
            "racing-" + i,
            """
            registries: [{instanceId: cri-abc}]
            targets: {namespaces: {names: [racing]}, serviceAccounts: {names: [app]}}
            """);
      }
      for (int i = 0; i < 30; i++) {
        env.awaitReady("racing-" + i);
      }
      env.createServiceAccount("racing", "app");
      env.awaitBound("racing", "app");

      // when
      removePolicies();

      // then
      assertThat(env.imagePullSecrets("racing", "app")).isEmpty();
      env.client.serviceAccounts().inNamespace("racing").withName("app").delete();
    }
  }

  @Test
  void adoptsThePullSecretOfTheCredentialHelper() {
    // given what the ACK credential helper left
    env.createNamespace("adopted", Map.of());
    env.client
        .secrets()
        .inNamespace("adopted")
        .resource(
            new io.fabric8.kubernetes.api.model.SecretBuilder()
                .withNewMetadata()
                .withName(OperatorTestEnvironment.PULL_SECRET)
                .endMetadata()
                .withType("kubernetes.io/dockerconfigjson")
                .addToData(
                    ".dockerconfigjson",
                    java.util.Base64.getEncoder()
                        .encodeToString(
                            "{\"auths\":{\"old.example.cn\":{\"auth\":\"YTpi\"}}}".getBytes()))
                .build())
        .create();
    String uid = env.pullSecret("adopted").getMetadata().getUid();
    env.createServiceAccount("adopted", "app", OperatorTestEnvironment.PULL_SECRET);

    // when
    env.createPolicy(
        "adopted",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {names: [adopted]}
          serviceAccounts: {names: ["*"]}
        """);

    // then
    env.awaitBound("adopted", "default");
    assertThat(env.pullSecret("adopted").getMetadata().getUid()).isEqualTo(uid);
    assertThat(env.dockerAuths("adopted").has("old.example.cn")).isFalse();
    assertThat(env.dockerAuths("adopted").has("acme-registry.cn-hangzhou.cr.aliyuncs.com"))
        .isTrue();
    assertThat(env.imagePullSecrets("adopted", "app"))
        .containsExactly(OperatorTestEnvironment.PULL_SECRET);
  }

  @Test
  @RequiresRealCluster
  void losesNoEntryOfConcurrentWriters() throws Exception {
    // given
    env.createNamespace("crowd", Map.of());
    env.createServiceAccount("crowd", "app");
    env.createPolicy(
        "crowd",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {names: [crowd]}
          serviceAccounts: {names: [app]}
        """);

    // when writers that handle conflicts add 1,000 entries, and the operator's is removed a
    // hundred times
    ExecutorService writers = Executors.newFixedThreadPool(8);
    List<Future<?>> done =
        IntStream.range(0, 1000)
            .<Future<?>>mapToObj(i -> writers.submit(() -> addEntry("crowd", "app", "theirs-" + i)))
            .toList();
    for (Future<?> each : done) {
      each.get();
    }
    writers.shutdown();

    // then; after so much drift the operator waits for a minute
    await()
        .atMost(Duration.ofSeconds(100))
        .until(
            () ->
                env.imagePullSecrets("crowd", "app").contains(OperatorTestEnvironment.PULL_SECRET));
    assertThat(env.imagePullSecrets("crowd", "app")).hasSize(1001).doesNotHaveDuplicates();
  }

  /** Reads, changes and PUTs with the resource version; repeats after a conflict. */
  private static void addEntry(String namespace, String name, String entry) {
    while (true) {
      var account = env.client.serviceAccounts().inNamespace(namespace).withName(name).get();
      account.getImagePullSecrets().add(new LocalObjectReference(entry));
      if (entry.endsWith("7")) {
        account
            .getImagePullSecrets()
            .removeIf(e -> e.getName().equals(OperatorTestEnvironment.PULL_SECRET));
      }
      try {
        env.client.serviceAccounts().inNamespace(namespace).resource(account).update();
        return;
      } catch (io.fabric8.kubernetes.client.KubernetesClientException e) {
        if (e.getCode() != 409) {
          throw e;
        }
      }
    }
  }

  private static void label(String namespace, String team) {
    Edits.edit(
        env.client.namespaces().withName(namespace),
        found -> {
          found.getMetadata().getLabels().put("team", team);
          return found;
        });
  }

  private static int more(Map<String, Integer> before, Map<String, Integer> after, String what) {
    return after.getOrDefault(what, 0) - before.getOrDefault(what, 0);
  }
}
