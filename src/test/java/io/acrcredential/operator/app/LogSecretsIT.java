// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.AcrConfigurationConfigMap;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * With every log level, log handler and log option of the libraries set at run time, no secret
 * leaves the process except into the Secrets that are made for it.
 */
@RequiresRealCluster
class LogSecretsIT {

  private static final String ROLE = "acs:ram::1002:role/pull";
  private static final String FOREIGN = "CanaryForeignPassword0001";
  private static final String PROXY = "CanaryProxyPassword0001";

  private OperatorTestEnvironment env;

  @AfterEach
  void close() {
    if (env != null) {
      env.close();
    }
  }

  @Test
  void noSecretLeavesTheProcessWithEveryLogOptionOn() throws IOException {
    // given
    env =
        OperatorTestEnvironment.create(
            more -> {
              more.account("1002")
                  .accessKey("LTAI5tCanaryKeyId0002", "CanaryKeySecret0002")
                  .enterprise("cri-other", "cn-hangzhou", "other");
              more.role(ROLE).trusts("1001");
            });
    everyLogOption();
    env.createNamespace("team-a", Map.of());
    env.createNamespace("team-b", Map.of());
    env.client.resource(foreignPullSecret()).create();
    env.createKeySecret("kube-system", "account-b", "LTAI5tCanaryKeyId0002", "CanaryKeySecret0002");
    env.createKeySecret("kube-system", "wrong", "LTAI5tCanaryKeyId0001", "CanaryKeySecret0009");

    // when
    env.startOperator();
    env.createPolicy(
        "keys",
        """
        registries:
          - {instanceId: cri-abc}
          - {instanceId: cri-other, credentials: {secretRef: {name: account-b}}}
        targets: {namespaces: {names: [team-a]}}
        """);
    env.createPolicy(
        "failing",
        """
        registries: [{instanceId: cri-abc, credentials: {secretRef: {name: wrong}}}]
        targets: {namespaces: {names: [default]}}
        """);
    env.createPolicy(
        "role",
        """
        registries: [{instanceId: cri-other, credentials: {assumeRole: {roleArn: "%s"}}}]
        targets: {namespaces: {names: [team-b]}}
        """
            .formatted(ROLE));
    new AcrConfigurationConfigMap(env)
        .create(
            Map.of(
                "acr-registry-info",
                "- instanceId: cri-other\n"
                    + "  customAccessKey: LTAI5tCanaryKeyId0002\n"
                    + "  customAccessKeySecret: CanaryKeySecret0002\n"));
    env.awaitReady("keys");
    env.awaitReady("role");
    env.awaitBound("team-a", "default");
    env.awaitStatus("failing", status -> status.registries().get(0).error() != null);
    await().atMost(PATIENCE).until(() -> keysOfTheConfigMap() != null);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                env.client.resources(AcrCredentialPolicy.class).withName("acr-configuration").get()
                    != null);
    env.awaitReady("acr-configuration");
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                Serialization.asYaml(env.client.v1().events().inAnyNamespace().list())
                    .contains("SignatureDoesNotMatch"));
    Set<String> secrets = secrets();
    env.client
        .secrets()
        .inNamespace("team-a")
        .withName(OperatorTestEnvironment.PULL_SECRET)
        .delete();
    await().atMost(PATIENCE).until(() -> env.pullSecret("team-a") != null);
    String metrics = env.operator().get("/q/metrics");
    secrets.addAll(secrets());
    env.operator().stop();

    // then
    assertThat(secrets).hasSizeGreaterThan(10);
    Map<String, String> outputs =
        Map.of(
            "log", env.operator().log(),
            "metrics", metrics,
            "policies",
                Serialization.asYaml(env.client.resources(AcrCredentialPolicy.class).list()),
            "Events", Serialization.asYaml(env.client.v1().events().inAnyNamespace().list()));
    assertThat(outputs.get("log")).contains(" TRACE ", " DEBUG ");
    assertThat(outputs.get("Events")).contains("SignatureDoesNotMatch");
    outputs.forEach(
        (where, text) ->
            secrets.forEach(
                secret ->
                    assertThat(occurrence(text, secret)).as("%s in %s", secret, where).isNull()));
  }

  /** As environment variables, which override application.properties. */
  private void everyLogOption() {
    for (String level :
        List.of(
            "QUARKUS_LOG_LEVEL",
            "QUARKUS_LOG_CONSOLE_LEVEL",
            "QUARKUS_LOG_CATEGORY__IO_FABRIC8_KUBERNETES_CLIENT_HTTP__LEVEL",
            "QUARKUS_LOG_CATEGORY__IO_FABRIC8_KUBERNETES_CLIENT_HTTP_HTTPLOGGINGINTERCEPTOR__LEVEL",
            "QUARKUS_LOG_CATEGORY__IO_JAVAOPERATORSDK_OPERATOR__LEVEL",
            "QUARKUS_LOG_HANDLER_CONSOLE__UNFILTERED__LEVEL")) {
      env.withVariable(level, "TRACE");
    }
    env.withVariable("QUARKUS_LOG_HANDLER_CONSOLE__UNFILTERED__ENABLE", "true")
        .withVariable("QUARKUS_LOG_HANDLER_CONSOLE__UNFILTERED__FORMAT", "second %c %p %m%e%n")
        .withVariable("QUARKUS_LOG_HANDLERS", "unfiltered")
        .withVariable("QUARKUS_LOG_CONSOLE_FILTER", "")
        .withVariable("QUARKUS_REST_CLIENT_LOGGING_SCOPE", "all")
        .withVariable("QUARKUS_REST_CLIENT_LOGGING_BODY_LIMIT", "100000")
        .withVariable("QUARKUS_CONFIG_LOG_VALUES", "true")
        .withVariable("QUARKUS_REST_CLIENT_PROXY_PASSWORD", PROXY);
  }

  private Secret foreignPullSecret() {
    String config =
        "{\"auths\":{\"foreign.example.com\":{\"username\":\"u\",\"password\":\"%s\",\"auth\":\"%s\"}}}"
            .formatted(FOREIGN, base64("u:" + FOREIGN));
    return new SecretBuilder()
        .withNewMetadata()
        .withName(OperatorTestEnvironment.PULL_SECRET)
        .withNamespace("team-a")
        .endMetadata()
        .withType("kubernetes.io/dockerconfigjson")
        .addToData(".dockerconfigjson", base64(config))
        .build();
  }

  private Secret keysOfTheConfigMap() {
    return env.client.secrets().inNamespace("kube-system").withName("acr-configuration-keys").get();
  }

  /** Everything secret that the process has, as text and as in a Secret. */
  private Set<String> secrets() throws IOException {
    Set<String> secrets = new LinkedHashSet<>();
    add(
        secrets,
        "CanaryKeySecret0001",
        "CanaryKeySecret0002",
        "CanaryKeySecret0009",
        FOREIGN,
        "u:" + FOREIGN,
        PROXY);
    Matcher token =
        Pattern.compile("token: (\\S+)").matcher(Files.readString(env.kube.operatorKubeconfig()));
    assertThat(token.find()).isTrue();
    add(secrets, token.group(1));
    for (Secret secret : env.client.secrets().inAnyNamespace().list().getItems()) {
      if (secret.getMetadata().getName().startsWith("acr-credential-")) {
        secrets.addAll(secret.getData().values());
      }
      if (secret.getMetadata().getName().equals(OperatorTestEnvironment.PULL_SECRET)) {
        env.dockerAuths(secret.getMetadata().getNamespace())
            .elements()
            .forEachRemaining(
                entry -> {
                  add(secrets, entry.path("password").asText());
                  secrets.add(entry.path("auth").asText());
                });
      }
    }
    env.acr.calls().stream()
        .map(call -> call.headers().get("x-acs-security-token"))
        .filter(value -> value != null)
        .forEach(value -> add(secrets, value));
    secrets.remove("");
    return secrets;
  }

  private static void add(Set<String> secrets, String... values) {
    for (String value : values) {
      secrets.add(value);
      secrets.add(base64(value));
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  /** The line with the secret, shortened; null = there is none. */
  private static String occurrence(String text, String secret) {
    int found = text.indexOf(secret);
    return found < 0
        ? null
        : text.substring(Math.max(0, found - 300), Math.min(text.length(), found + 20));
  }
}
