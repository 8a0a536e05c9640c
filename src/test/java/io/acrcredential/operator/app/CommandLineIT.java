// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorProcess.Ended;
import io.acrcredential.operator.testkit.http.LoopbackServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The output and exit codes of the commands. */
class CommandLineIT {

  private static final String OLD_GROUPS =
      """
      {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
        {"name": "apiextensions.k8s.io", "versions": [{"version": "v1beta1"}]},
        {"name": "coordination.k8s.io", "versions": [{"version": "v1"}]}]}
      """;

  @TempDir Path folder;

  @Test
  void helpListsEveryCommandAndOption() {
    // when
    Ended help = run("--help");

    // then
    assertThat(help.exitCode()).isZero();
    assertThat(help.printed())
        .contains("cleanup", "--delete-policies", "--hand-over", "--hook-job", "--version")
        .contains("check", "--region", "--instance", "-o json");
    assertThat(help.logged()).isEmpty();
    assertThat(run("cleanup", "--help")).isEqualTo(help);
    assertThat(run("check", "--help")).isEqualTo(help);
  }

  @Test
  void printsTheVersionInOneLine() {
    Ended version = run("--version");
    assertThat(version.exitCode()).isZero();
    assertThat(version.printed()).matches("\\d+\\.\\d+\\.\\d+\\S*\\R");
  }

  @Test
  void rejectsUnknownArguments() {
    assertRefused(run("clean-up"), "Unknown command \"clean-up\".");
    assertRefused(run("cleanup", "--all"), "Unknown option of cleanup: \"--all\".");
    assertRefused(run("check", "--zone=a"), "Unknown option of check: \"--zone\".");
    assertRefused(
        run("cleanup", "--hook-job=cleanup"), "Unknown option of cleanup: \"--hook-job=cleanup\".");
  }

  private static void assertRefused(Ended ended, String why) {
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.printed()).isEmpty();
    assertThat(ended.logged()).startsWith(why).contains("Usage: acr-credential-operator");
  }

  @Test
  void reportsAnUnsupportedClusterInTheLastLogLine() throws IOException {
    try (LoopbackServer old = server(OLD_GROUPS)) {
      // when
      Ended ended = OperatorProcess.run(kubeconfig(old), Map.of());

      // then
      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.printed())
          .contains("This cluster (Kubernetes v1.15.12) does not serve apiextensions.k8s.io/v1")
          .contains("use Kubernetes 1.16 or newer");
    }
  }

  @Test
  void endsTheStartInOneSentence() throws IOException {
    // given
    Path kubeconfig = kubeconfig("127.0.0.1:1", "http");
    Path flowStyle =
        Files.writeString(folder.resolve("flow"), "{apiVersion: v1, users: [{name: canary}]}");

    // then
    assertEndsWith(
        "ACR_PULL_SECRET_NAME is \"Bad_Name\": write a name",
        OperatorProcess.run(kubeconfig, Map.of("ACR_PULL_SECRET_NAME", "Bad_Name")));
    assertEndsWith(
        "ACR_NETWORK is \"internet\": write one of",
        OperatorProcess.run(kubeconfig, Map.of("ACR_NETWORK", "internet")));
    assertEndsWith(
        "ACR_EXCLUDED_NAMESPACES is \"kube-*\": patterns are not supported",
        OperatorProcess.run(kubeconfig, Map.of("ACR_EXCLUDED_NAMESPACES", "kube-*"), "cleanup"));
    assertEndsWith(
        "HTTPS_PROXY is not the address of a proxy",
        OperatorProcess.run(
            kubeconfig("10.255.255.1:1", "https"), Map.of("HTTPS_PROXY", "ftp://canary")));
    assertEndsWith(
        "The kubeconfig " + flowStyle.toAbsolutePath() + " is neither JSON nor YAML in block style",
        OperatorProcess.run(flowStyle, Map.of()));
    assertEndsWith("KUBECONFIG is \"", run());
  }

  private static void assertEndsWith(String sentence, Ended ended) {
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.logged()).startsWith(sentence).hasLineCount(1);
    assertThat(ended.printed()).doesNotContain("\tat ", "Exception", "ERROR");
    assertThat(ended.printed() + ended.logged()).doesNotContain("canary");
  }

  /** As the Operator Lifecycle Manager and users set them; the proxy does not answer. */
  @Test
  void connectsWithProxyVariables() throws IOException {
    // given
    Map<String, String> environment =
        Map.of(
            "HTTP_PROXY", "http://127.0.0.1:1",
            "HTTPS_PROXY", "http://127.0.0.1:1",
            "NO_PROXY", ".cluster.local, 10.0.0.0/8 *.svc,[::1], *");

    try (LoopbackServer old = server(OLD_GROUPS)) {
      // when
      Ended ended = OperatorProcess.run(kubeconfig(old), environment);

      // then the API server was asked
      assertThat(ended.printed()).contains("This cluster (Kubernetes v1.15.12) does not serve");
    }
  }

  private Ended run(String... arguments) {
    return OperatorProcess.run(folder.resolve("no-kubeconfig"), Map.of(), arguments);
  }

  private static LoopbackServer server(String groups) {
    return LoopbackServer.start(
        0,
        request ->
            Optional.of(
                switch (request.target()) {
                  case "/version" -> json(200, "{\"gitVersion\": \"v1.15.12\"}");
                  case "/apis" -> json(200, groups);
                  default -> json(404, "{}");
                }));
  }

  private static LoopbackServer.Response json(int status, String body) {
    return new LoopbackServer.Response(
        status, Map.of("Content-Type", "application/json"), body.getBytes(UTF_8));
  }

  private Path kubeconfig(LoopbackServer server) throws IOException {
    return kubeconfig(server.authority(), "http");
  }

  private Path kubeconfig(String authority, String scheme) throws IOException {
    return Files.writeString(
        folder.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        current-context: old
        contexts: [{name: old, context: {cluster: old, user: old}}]
        clusters: [{name: old, cluster: {server: "%s://%s"}}]
        users: [{name: old, user: {}}]
        """
            .formatted(scheme, authority));
  }
}
