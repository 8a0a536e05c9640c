// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The native binary, if built: finds missing reflection, proxies and resources. {@code
 * -Dnative.image.path} names it, else it is {@code target/*-runner}. (With that property set, all
 * other integration tests run it too.)
 */
@EnabledIf(
    value = "thereIsABinary",
    disabledReason = "there is no native binary: neither -Dnative.image.path nor target/*-runner")
class NativeIT {

  private static String before;

  static boolean thereIsABinary() throws IOException {
    return binary().isPresent();
  }

  @BeforeAll
  static void chooseIt() throws IOException {
    Path binary = binary().orElseThrow();
    assertThat(binary).isExecutable();
    before = System.setProperty(OperatorProcess.BINARY, binary.toString());
  }

  private static Optional<Path> binary() throws IOException {
    String named = System.getProperty(OperatorProcess.BINARY, "");
    return named.isEmpty() ? built() : Optional.of(Path.of(named));
  }

  private static Optional<Path> built() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files.filter(file -> file.toString().endsWith("-runner")).findFirst();
    }
  }

  @AfterAll
  static void leaveTheOthersAlone() {
    if (before == null) {
      System.clearProperty(OperatorProcess.BINARY);
    } else {
      System.setProperty(OperatorProcess.BINARY, before);
    }
  }

  @Test
  void printsItsVersion() throws Exception {
    CommandResult result = run(Map.of(), "--version");

    assertThat(result.exit).as(result.text).isZero();
    assertThat(result.text.strip()).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
  }

  @Test
  void bindsReportsItsStateAndStops() {
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      // given
      env.createNamespace("team", Map.of());
      long started = System.nanoTime();
      OperatorProcess operator = env.startOperator();
      long ready = System.nanoTime() - started;

      // when
      env.createPolicy(
          "team", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [team]}}");

      // then
      env.awaitReady("team");
      env.awaitBound("team", "default");
      assertThat(env.dockerAuths("team")).isNotEmpty();
      assertThat(operator.get("/q/metrics")).contains("acr_token_refresh_total{");
      assertThat(operator.log()).doesNotContain("ClassNotFoundException", "NoSuchMethodException");

      // and
      long stopping = System.nanoTime();
      int exit = operator.stop();
      System.out.printf(
          "native: ready after %d ms, stopped in %d ms%n",
          ready / 1_000_000, (System.nanoTime() - stopping) / 1_000_000);
      assertThat(exit).isIn(0, 143);
    }
  }

  /** The ConfigMap is parsed by other code than the JSON of policies. */
  @Test
  void readsTheConfigMap() {
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      env.create(
          """
          apiVersion: v1
          kind: ConfigMap
          metadata: {name: acr-configuration, namespace: kube-system}
          data:
            service-account: default
            watch-namespace: default
            acr-registry-info: |
              - instanceId: cri-abc
                regionId: cn-hangzhou
          """);
      env.startOperator();
      env.awaitBound("default", "default");
    }
  }

  @Test
  void cleansUp() throws Exception {
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      // given
      env.createNamespace("team", Map.of());
      OperatorProcess operator = env.startOperator();
      env.createPolicy(
          "team", "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [team]}}");
      env.awaitBound("team", "default");
      operator.stop();

      // when
      CommandResult result =
          run(
              Map.of("KUBECONFIG", env.kube.operatorKubeconfig().toString()),
              "cleanup",
              "--delete-policies");

      // then
      assertThat(result.exit).as(result.text).isZero();
      assertThat(env.imagePullSecrets("team", "default")).isEmpty();
      assertThat(env.pullSecret("team")).isNull();
      await()
          .atMost(Awaits.PATIENCE)
          .until(() -> env.client.resources(AcrCredentialPolicy.class).list().getItems().isEmpty());
    }
  }

  private record CommandResult(int exit, String text) {}

  private static CommandResult run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = OperatorProcess.command();
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Path log = Files.createTempFile("native-", ".log");
    Process process = builder.redirectOutput(log.toFile()).start();
    if (!process.waitFor(180, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    return new CommandResult(process.exitValue(), Files.readString(log));
  }
}
