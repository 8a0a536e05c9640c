// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.testkit.AcrConfigurationConfigMap;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The life of a ConfigMap: created, edited, broken, fixed, deleted, created again. */
class ConfigMapIT {

  private static OperatorTestEnvironment env;
  private static AcrConfigurationConfigMap configMap;

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
    configMap = new AcrConfigurationConfigMap(env);
    env.createNamespace("team-a", Map.of());
    env.startOperator();
  }

  @AfterAll
  static void close() {
    env.close();
  }

  @Test
  void followsConfigMapFromCreationToDeletion() throws Exception {
    // when the sample for both editions is applied
    env.create(Files.readString(Path.of("examples", "acr-configuration.yaml")));

    // then
    env.awaitBound("team-a", "default");
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    env.awaitHosts(
        "team-a",
        "registry.cn-hangzhou.aliyuncs.com",
        "registry-vpc.cn-hangzhou.aliyuncs.com",
        "article-registry.cn-hangzhou.cr.aliyuncs.com");

    // when it is edited
    configMap.edit(data -> data.put("notify-email", "new@example.com"));

    // then
    await().atMost(PATIENCE).until(() -> email("team-a").equals("new@example.com"));

    // when it is broken
    configMap.edit(
        data -> data.put("acr-registry-info", "- instanceId: \"cri-xxx\"\n  domains: [\"a\n"));

    // then an Event says where, and nothing changes
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(configMap.events())
                    .anySatisfy(
                        event -> {
                          assertThat(event.getType()).isEqualTo("Warning");
                          assertThat(event.getMessage()).contains("line 2");
                        }));
    assertThat(env.imagePullSecrets("team-a", "default"))
        .contains(OperatorTestEnvironment.PULL_SECRET);
    assertThat(configMap.policy().getSpec().registries()).hasSize(2);

    // when the ConfigMap is fixed, and a user edits the policy, then the edit is reverted
    configMap.edit(data -> data.put("acr-registry-info", "- instanceId: \"cri-xxx\""));
    await().atMost(PATIENCE).until(() -> configMap.policy().getSpec().registries().size() == 1);
    env.editPolicy(AcrConfigurationConfigMap.NAME, ConfigMapIT::withAnotherThreshold);
    await()
        .atMost(PATIENCE)
        .until(() -> configMap.policy().getSpec().refreshBefore().equals("15m"));

    // when a user deletes the policy, then it is created again, each time
    for (int time = 0; time < 3; time++) {
      String uid = configMap.policy().getMetadata().getUid();
      env.client
          .resources(AcrCredentialPolicy.class)
          .withName(AcrConfigurationConfigMap.NAME)
          .delete();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  Optional.ofNullable(configMap.policy())
                      .filter(now -> !now.getMetadata().getUid().equals(uid))
                      .isPresent());
      env.awaitReady(AcrConfigurationConfigMap.NAME);
    }

    // when it has the AccessKey of another account
    configMap.edit(
        data ->
            data.put(
                "acr-registry-info",
                """
                - instanceId: ""
                  regionId: cn-hangzhou
                  customAccessKey: LTAI5tCanaryKeyId0002
                  customAccessKeySecret: CanaryKeySecret0002
                """));

    // then tokens are fetched with it, and the policy does not contain it
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                env.acr.calls().stream()
                    .anyMatch(call -> "LTAI5tCanaryKeyId0002".equals(call.accessKeyId())));
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    assertThat(configMap.policy().toString()).doesNotContain("Canary");
    assertThat(configMap.accessKeySecret()).isNotNull();

    // when it is deleted
    configMap.delete();

    // then
    await().atMost(PATIENCE).until(() -> env.pullSecret("team-a") == null);
    assertThat(env.imagePullSecrets("team-a", "default")).isEmpty();
    await().atMost(PATIENCE).until(() -> configMap.policy() == null);
    await().atMost(PATIENCE).until(() -> configMap.accessKeySecret() == null);

    // when it is created again
    env.create(Files.readString(Path.of("examples", "acr-configuration.yaml")));

    // then
    env.awaitBound("team-a", "default");
    assertThat(env.operator().log()).doesNotContain("Canary");
    assertThat(configMap.events()).noneMatch(e -> e.getMessage().contains("Canary"));
  }

  private static void withAnotherThreshold(AcrCredentialPolicy policy) {
    var old = policy.getSpec();
    policy.setSpec(
        new AcrCredentialPolicySpec(
            old.registries(), old.targets(), old.binding(), "5m", null, null, null, null, null));
  }

  private static String email(String namespace) {
    return env.dockerAuths(namespace)
        .path("registry.cn-hangzhou.aliyuncs.com")
        .path("email")
        .asText();
  }
}
