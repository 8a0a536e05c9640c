// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.AcrConfigurationConfigMap;
import io.acrcredential.operator.testkit.DocPage;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/migrate.md, as they stand there, by kubectl. */
@RequiresRealCluster
class MigrateIT {

  private OperatorTestEnvironment env;
  private AcrConfigurationConfigMap configMap;

  @TempDir Path folder;

  @BeforeEach
  void set() {
    env =
        OperatorTestEnvironment.create(
            more ->
                more.account("1002")
                    .accessKey("LTAI5tCanaryKeyId0002", "CanaryKeySecret0002")
                    .enterprise("cri-two", "cn-beijing", "two"));
    configMap = new AcrConfigurationConfigMap(env);
    env.createNamespace("team-a", Map.of());
    env.startOperator();
  }

  @AfterEach
  void close() {
    env.close();
  }

  @Test
  void replacesConfigMapByOwnPolicyWithoutUnbinding() {
    // given
    configMap.create(
        Map.of(
            "watch-namespace", "team-a",
            "notify-email", "ops@example.com",
            "expiring-threshold", "20m",
            "acr-registry-info",
                """
                - instanceId: "cri-abc"
                - instanceId: "cri-two"
                  regionId: "cn-beijing"
                  customAccessKey: LTAI5tCanaryKeyId0002
                  customAccessKeySecret: CanaryKeySecret0002
                """));
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    env.awaitBound("team-a", "default");
    env.awaitNoRequests();
    String entries = env.dockerAuths("team-a").toString();
    String account = accountVersion();
    String secret = env.pullSecret("team-a").getMetadata().getUid();
    int calls = env.acr.calls().size();
    List<String> commands = DocPage.read("migrate.md").commands();
    assertThat(commands).hasSize(3);

    // when
    for (String command : commands) {
      DocPage.run(command, folder, env.kube);
    }

    // then the same entries are served by the same tokens, and no ServiceAccount was changed
    AcrCredentialPolicy own =
        env.client.resources(AcrCredentialPolicy.class).withName("production").get();
    assertThat(own.getSpec().registries()).hasSize(2);
    assertThat(own.getSpec().refreshBefore()).isEqualTo("20m");
    assertThat(own.getMetadata().getLabels()).isNullOrEmpty();
    assertThat(configMap.policy()).isNull();
    env.awaitReady("production");
    assertThat(env.dockerAuths("team-a").toString()).isEqualTo(entries);
    assertThat(env.pullSecret("team-a").getMetadata().getUid()).isEqualTo(secret);
    assertThat(accountVersion()).isEqualTo(account);
    assertThat(env.acr.calls()).hasSize(calls);
    assertThat(configMap.accessKeySecret().getData()).hasSize(2);

    // when this policy is deleted too
    env.client.resources(AcrCredentialPolicy.class).withName("production").delete();

    // then
    await().atMost(PATIENCE).until(() -> env.pullSecret("team-a") == null);
    assertThat(env.imagePullSecrets("team-a", "default")).isEmpty();
    await().atMost(PATIENCE).until(() -> configMap.accessKeySecret() == null);
  }

  @Test
  void keepsAccessKeyThatAnotherPolicyRefersTo() {
    // given
    configMap.create(
        Map.of(
            "watch-namespace", "team-a",
            "acr-registry-info",
                """
                - instanceId: "cri-two"
                  regionId: "cn-beijing"
                  customAccessKey: LTAI5tCanaryKeyId0002
                  customAccessKeySecret: CanaryKeySecret0002
                """));
    env.awaitReady(AcrConfigurationConfigMap.NAME);
    List<String> commands = DocPage.read("migrate.md").commands();
    DocPage.run(commands.get(0), folder, env.kube);
    DocPage.run(commands.get(1), folder, env.kube);
    Secret before = configMap.accessKeySecret();

    // when
    configMap.edit(data -> data.put("acr-registry-info", "- instanceId: cri-abc"));
    env.awaitStatus(
        AcrConfigurationConfigMap.NAME,
        status -> status.registries().get(0).instanceId().equals("cri-abc"));
    env.awaitReady(AcrConfigurationConfigMap.NAME);

    // then
    assertThat(configMap.accessKeySecret().getData()).isEqualTo(before.getData());
    env.requestRefresh("production");
    env.awaitReady("production");
  }

  private String accountVersion() {
    return env.client
        .serviceAccounts()
        .inNamespace("team-a")
        .withName("default")
        .get()
        .getMetadata()
        .getResourceVersion();
  }
}
