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

  @TempDir Path folder;

  @Test
  void helpListsEveryCommandAndOption() {
    // when
    Ended help = run("--help");

    // then
    assertThat(help.exitCode()).isZero();
    assertThat(help.printed())
        .contains("cleanup", "--delete-policies", "--hand-over", "--hook-job", "--version");
    assertThat(help.logged()).isEmpty();
    assertThat(run("cleanup", "--help")).isEqualTo(help);
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
    try (LoopbackServer old =
        server(
            """
            {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
              {"name": "apiextensions.k8s.io", "versions": [{"version": "v1beta1"}]},
              {"name": "coordination.k8s.io", "versions": [{"version": "v1"}]}]}
            """)) {
      // when
      Ended ended = OperatorProcess.run(kubeconfig(old), Map.of());

      // then
      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.printed())
          .contains("This cluster (Kubernetes v1.15.12) does not serve apiextensions.k8s.io/v1")
          .contains("use Kubernetes 1.16 or newer");
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
    return Files.writeString(
        folder.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        current-context: old
        contexts: [{name: old, context: {cluster: old, user: old}}]
        clusters: [{name: old, cluster: {server: "http://%s"}}]
        users: [{name: old, user: {}}]
        """
            .formatted(server.authority()));
  }
}
