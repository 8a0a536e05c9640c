// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code bin/kubectl-acr}, which kubectl runs as {@code kubectl acr}. */
class KubectlPluginTest {

  private record Ended(int exitCode, String output) {}

  @TempDir private Path folder;

  @Test
  void passesArgumentsAndExitCodeOn() throws Exception {
    // given
    program("printf '[%s]' \"$@\"; exit 1");

    // then
    assertThat(run("explain", "pod", "team-a/web", "--lang", "zh", "a b"))
        .isEqualTo(new Ended(1, "[explain][pod][team-a/web][--lang][zh][a b]"));
  }

  /** Without a command the program is the operator, and {@code cleanup} deletes. */
  @Test
  void runsOnlyWhatReads() throws Exception {
    // given
    program("echo started");

    // then
    for (String[] arguments : new String[][] {{}, {"cleanup"}}) {
      Ended ended = run(arguments);
      assertThat(ended.exitCode()).isEqualTo(2);
      assertThat(ended.output()).startsWith("Usage: kubectl acr").doesNotContain("started");
    }
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    assertThat(run("--version").output()).contains("needs the program acr-credential-operator");
  }

  private void program(String script) throws IOException {
    Path file = folder.resolve("acr-credential-operator");
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Ended run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", "bin/kubectl-acr"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PATH", folder + ":/usr/bin:/bin");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ended(process.waitFor(), output);
  }
}
