package io.acrcredential.operator.configmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The old ConfigMap's whole life: read, edited, broken, mended, deleted, put back. */
class ConfigMapIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String POLICY = "acr-configuration";

  private static OperatorTestEnvironment env;

  @BeforeAll
  static void set() {
    env =
        OperatorTestEnvironment.create(
            more ->
                more.account("1001")
                    .enterprise("cri-xxxx", "cn-hangzhou", "article")
                    .enterprise("cri-xxx", "cn-hangzhou", "other")
                    .account("1002")
                    .accessKey("LTAI5tCanaryKeyId0002", "CanaryKeySecret0002")
                    .personal("cn-hangzhou"));
    env.createNamespace("team-a", Map.of());
    env.startOperator();
  }

  @AfterAll
  static void close() {
    env.close();
  }

  @Test
  void theArticlesConfigMapFromFirstToLast() throws Exception {
    // when the article's block for both editions is applied
    env.create(Files.readString(Path.of("examples", "acr-configuration.yaml")));

    // then
    env.awaitBound("team-a", "default");
    env.awaitReady(POLICY);
    env.awaitHosts(
        "team-a",
        "registry.cn-hangzhou.aliyuncs.com",
        "registry-vpc.cn-hangzhou.aliyuncs.com",
        "article-registry.cn-hangzhou.cr.aliyuncs.com");

    // when it is edited: at once
    edit(data -> data.put("notify-email", "new@example.com"));

    // then
    await().atMost(PATIENCE).until(() -> email("team-a").equals("new@example.com"));

    // when it is broken
    edit(data -> data.put("acr-registry-info", "- instanceId: \"cri-xxx\"\n  domains: [\"a\n"));

    // then it is told, and nothing changes
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(events("acr-configuration"))
                    .anySatisfy(
                        event -> {
                          assertThat(event.getType()).isEqualTo("Warning");
                          assertThat(event.getMessage()).contains("line 2");
                        }));
    assertThat(env.imagePullSecrets("team-a", "default"))
        .contains(OperatorTestEnvironment.PULL_SECRET);
    assertThat(spec().registries()).hasSize(2);

    // when the policy is edited by hand, it is reverted once the ConfigMap can be read again
    edit(data -> data.put("acr-registry-info", "- instanceId: \"cri-xxx\""));
    await().atMost(PATIENCE).until(() -> spec().registries().size() == 1);
    env.editPolicy(POLICY, ConfigMapIT::withAnotherThreshold);
    await().atMost(PATIENCE).until(() -> spec().refreshBefore().equals("15m"));

    // when it is deleted by hand, it comes back, each time
    for (int time = 0; time < 3; time++) {
      String uid = policy().getMetadata().getUid();
      env.client.resources(AcrCredentialPolicy.class).withName(POLICY).delete();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  Optional.ofNullable(policy())
                      .filter(now -> !now.getMetadata().getUid().equals(uid))
                      .isPresent());
      env.awaitReady(POLICY);
    }

    // when another account's key stands in it
    edit(
        data ->
            data.put(
                "acr-registry-info",
                """
                - instanceId: ""
                  regionId: cn-hangzhou
                  customAccessKey: LTAI5tCanaryKeyId0002
                  customAccessKeySecret: CanaryKeySecret0002
                """));

    // then it works, and the key stands in no policy
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                env.acr.calls().stream()
                    .anyMatch(call -> "LTAI5tCanaryKeyId0002".equals(call.accessKeyId())));
    env.awaitReady(POLICY);
    assertThat(policy().toString()).doesNotContain("Canary");
    assertThat(keys()).isNotNull();

    // when it is deleted
    env.client.configMaps().inNamespace("kube-system").withName("acr-configuration").delete();

    // then
    await().atMost(PATIENCE).until(() -> env.pullSecret("team-a") == null);
    assertThat(env.imagePullSecrets("team-a", "default")).isEmpty();
    await().atMost(PATIENCE).until(() -> policy() == null);
    await().atMost(PATIENCE).until(() -> keys() == null);

    // when it is put back
    env.create(Files.readString(Path.of("examples", "acr-configuration.yaml")));

    // then
    env.awaitBound("team-a", "default");
    assertThat(env.operator().log()).doesNotContain("Canary");
    assertThat(events("acr-configuration")).noneMatch(e -> e.getMessage().contains("Canary"));
  }

  private static void withAnotherThreshold(AcrCredentialPolicy policy) {
    var old = policy.getSpec();
    policy.setSpec(
        new io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec(
            old.registries(), old.targets(), old.binding(), "5m", null, null));
  }

  private static AcrCredentialPolicy policy() {
    return env.client.resources(AcrCredentialPolicy.class).withName(POLICY).get();
  }

  private static io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec spec() {
    return policy().getSpec();
  }

  private static Object keys() {
    return env.client.secrets().inNamespace("kube-system").withName("acr-configuration-keys").get();
  }

  private static String email(String namespace) {
    return env.dockerAuths(namespace)
        .path("registry.cn-hangzhou.aliyuncs.com")
        .path("email")
        .asText();
  }

  /** As kubectl edit does it, again where the operator wrote in between. */
  private static void edit(Consumer<Map<String, String>> change) {
    changed(
        () ->
            env.client
                .configMaps()
                .inNamespace("kube-system")
                .withName("acr-configuration")
                .edit(
                    (ConfigMap map) -> {
                      change.accept(map.getData());
                      return map;
                    }));
  }

  private static void changed(Runnable edit) {
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsMatching(
            e -> e instanceof KubernetesClientException k && k.getCode() == 409)
        .until(
            () -> {
              edit.run();
              return true;
            });
  }

  private static List<Event> events(String about) {
    return env.client.v1().events().inNamespace("kube-system").list().getItems().stream()
        .filter(event -> event.getInvolvedObject().getName().equals(about))
        .toList();
  }
}
