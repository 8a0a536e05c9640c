// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.StartException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KubeconfigCheckTest {

  private static final String FLOW =
      "{apiVersion: v1, kind: Config, current-context: a,"
          + " contexts: [{name: a, context: {cluster: a, user: a}}],"
          + " clusters: [{name: a, cluster: {server: 'https://127.0.0.1:6443'}}],"
          + " users: [{name: a, user: {token: canary}}]}\n";

  @TempDir Path folder;

  @Test
  void acceptsWhatTheClientReads() throws IOException {
    accepts("apiVersion: v1\nkind: Config\nusers: [{name: a, user: {token: canary}}]\n");
    accepts("{\"apiVersion\": \"v1\", \"kind\": \"Config\"}");
    accepts("---\n" + FLOW);
  }

  @Test
  void saysHowToWriteFlowStyle() throws IOException {
    refuses(FLOW.getBytes(StandardCharsets.UTF_8), "write a line --- above its first line");
  }

  @ParameterizedTest
  @ValueSource(strings = {"apiVersion: v1\n\tusers: canary\n", "users: canary\n", "- canary\n"})
  void refusesWhatIsNoKubeconfig(String text) throws IOException {
    refuses(text.getBytes(StandardCharsets.UTF_8), "is not valid YAML");
  }

  @Test
  void refusesEmptyFile() throws IOException {
    refuses("\n".getBytes(StandardCharsets.UTF_8), "is empty");
  }

  @Test
  void refusesOtherEncodings() throws IOException {
    refuses("users: canary".getBytes(StandardCharsets.UTF_16), "is not UTF-8");
  }

  @Test
  void refusesMissingFiles() throws IOException {
    // given
    Path missing = folder.resolve("missing");
    Path present = Files.writeString(folder.resolve("present"), "apiVersion: v1\n");

    // then
    assertThatThrownBy(() -> KubeconfigCheck.check(List.of(missing.toString())))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("KUBECONFIG is \"" + missing + "\", but there is no such file");
    assertThatThrownBy(() -> KubeconfigCheck.check(List.of(folder.toString())))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("cannot be read");
    assertThatCode(() -> KubeconfigCheck.check(List.of(missing.toString(), present.toString())))
        .doesNotThrowAnyException();
  }

  @Test
  void needsNoKubeconfig() {
    assertThatCode(() -> KubeconfigCheck.run(null)).doesNotThrowAnyException();
    assertThatCode(() -> KubeconfigCheck.run("")).doesNotThrowAnyException();
  }

  private void accepts(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("accepted"), text);
    assertThatCode(() -> KubeconfigCheck.check(List.of(file.toString())))
        .as(text)
        .doesNotThrowAnyException();
  }

  private void refuses(byte[] text, String problem) throws IOException {
    Path file = Files.write(folder.resolve("refused"), text);
    assertThatThrownBy(() -> KubeconfigCheck.check(List.of(file.toString())))
        .isInstanceOf(StartException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(problem)
        .hasMessageNotContaining("canary")
        .hasNoCause();
  }
}
