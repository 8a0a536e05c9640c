// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pullsecret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.ImagePull;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.TokenRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls an image with the pull Secret that the operator wrote. */
class PullIT {

  private static final String PROVIDER = "acs:ram::1000000000000001:oidc-provider/ack-rrsa-c0123";
  private static final String SUBJECT =
      "system:serviceaccount:acr-credential-operator:acr-credential-operator";

  @TempDir private Path folder;
  private OperatorTestEnvironment env;

  @AfterEach
  void close() {
    env.close();
  }

  @Test
  void pullsAnImageOnlyWithTheSecret() throws Exception {
    // given
    env = OperatorTestEnvironment.create();
    try (TokenRegistry registry = TokenRegistry.start(env.acr, "cri-abc")) {
      env.acr.configure(more -> more.account("1001").customDomain("cri-abc", registry.host()));
      env.createNamespace("team-a", Map.of());
      env.startOperator();

      // when
      env.createPolicy(
          "pull", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [team-a]}}");
      env.awaitBound("team-a", "default");

      // then
      String image = registry.reference("team/app", "1");
      byte[] config = OperatorTestEnvironment.dockerConfig(env.pullSecret("team-a"));
      assertThat(ImagePull.pull(image, config).digest())
          .isEqualTo(registry.digest("team/app", "1"));
      byte[] nothing = "{\"auths\":{}}".getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> ImagePull.pull(image, nothing)).isNotNull();
    }
  }

  @Test
  void everyExampleBecomesReady() throws Exception {
    // given the objects to which the examples refer
    env =
        OperatorTestEnvironment.create(
            more ->
                more.account("1001")
                    .enterprise("cri-team", "cn-shanghai", "team")
                    .enterprise("cri-def", "cn-beijing", "def")
                    .enterprise("cri-shared", "cn-hangzhou", "shared")
                    .enterprise("cri-xxxx", "cn-hangzhou", "xxx")
                    .personal("cn-shenzhen")
                    .enterprise("cri-frankfurt", "eu-central-1", "frankfurt")
                    .enterprise("cri-singapore", "ap-southeast-1", "singapore")
                    .personal("us-west-1")
                    .personal("cn-nanjing")
                    .enterprise("cri-node", "cn-huhehaote", "node")
                    .account("1002")
                    .accessKey("LTAI5tAccountB", "account-b-secret")
                    .personal("cn-shenzhen")
                    .enterprise("cri-partner", "cn-qingdao", "partner")
                    .account("1000000000000001")
                    .enterprise("cri-rrsa", "cn-chengdu", "rrsa")
                    .oidcProvider(PROVIDER, "https://oidc.example/c0123")
                    .role("acs:ram::1000000000000001:role/acr-pull")
                    .trustsOidc(PROVIDER, SUBJECT)
                    .role("acs:ram::1000000000000001:role/acr-hop")
                    .trustsOidc(PROVIDER, SUBJECT)
                    .account("2000000000000002")
                    .enterprise("cri-lab", "cn-zhangjiakou", "lab")
                    .enterprise("cri-far", "cn-guangzhou", "far")
                    .role("acs:ram::2000000000000002:role/acr-pull")
                    .trusts("1001")
                    .role("acs:ram::2000000000000002:role/acr-pull-from-a")
                    .trusts("acs:ram::1000000000000001:role/acr-hop"));
    env.createKeySecret("kube-system", "account-b", "LTAI5tAccountB", "account-b-secret");
    Path token = folder.resolve("token");
    Files.writeString(
        token, env.acr.oidcToken(SUBJECT, "sts.aliyuncs.com", Duration.ofMinutes(10)));
    env.withVariable("ALIBABA_CLOUD_OIDC_TOKEN_FILE", token.toString());
    env.startOperator();

    // when
    List<Path> examples;
    try (Stream<Path> files = Files.list(Path.of("examples"))) {
      examples = files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
    assertThat(examples).hasSizeGreaterThanOrEqualTo(10);
    for (Path example : examples) {
      env.create(Files.readString(example));
    }

    // then
    await()
        .atMost(Awaits.PATIENCE)
        .until(
            () ->
                env.client.resources(AcrCredentialPolicy.class).list().getItems().size()
                    >= examples.size());
    for (AcrCredentialPolicy policy :
        env.client.resources(AcrCredentialPolicy.class).list().getItems()) {
      env.awaitReady(policy.getMetadata().getName());
    }
  }
}
