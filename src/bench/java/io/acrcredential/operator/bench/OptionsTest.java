// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptionsTest {

  @TempDir private Path directory;

  @Test
  void compareAcceptsTwoBuildsAmongOptions() {
    // when
    Options options =
        Options.parse("compare", "--namespaces", "30", "HEAD~", "--runs", "3", "./binary");

    // then
    assertThat(options.builds()).containsExactly("HEAD~", "./binary");
    assertThat(options.namespaces()).isEqualTo(30);
    assertThat(options.runs()).isEqualTo(3);
    assertThat(options.line()).isEqualTo("./bench compare --namespaces 30 HEAD~ --runs 3 ./binary");
  }

  @Test
  void compareRequiresExactlyTwoBuilds() {
    assertRefused("compare takes two builds, OLD and NEW", "compare", "HEAD");
    assertRefused("compare takes two builds, OLD and NEW", "compare", "HEAD", "HEAD", "HEAD");
  }

  @Test
  void compareRefusesBinaryOption() throws IOException {
    assertRefused("give it as OLD or NEW", "compare", "A", "B", "--binary", executable());
  }

  @Test
  void otherBenchmarksRefuseBuilds() {
    assertRefused("unknown argument HEAD", "cold", "HEAD");
  }

  @Test
  void refusesBinaryThatIsNotExecutable() throws IOException {
    // given
    String file = Files.createFile(directory.resolve("not-executable")).toString();

    // then
    assertRefused("is not an executable file", "cold", "--binary", file);
    assertRefused("is not an executable file", "cold", "--binary", directory.toString());
    assertThat(Options.parse("cold", "--binary", executable()).binary()).isExecutable();
  }

  @Test
  void refusesZeroRunsAndPolicies() {
    assertRefused("--runs is \"0\"", "cold", "--runs", "0");
    assertRefused("--policies is \"0\"", "cold", "--policies", "0");
  }

  @Test
  void hasOnePolicyUnlessMoreAreWanted() {
    assertThat(Options.parse("cold").policies()).isEqualTo(1);
    assertThat(Options.parse("cold", "--policies", "200").policies()).isEqualTo(200);
  }

  @Test
  void refusesInvalidNumbers() {
    assertRefused("--namespaces is \"many\"", "cold", "--namespaces", "many");
    assertRefused("--namespaces is \"-1\"", "cold", "--namespaces", "-1");
    assertRefused("--namespaces needs a value", "cold", "--namespaces");
  }

  private String executable() throws IOException {
    Path file = Files.createFile(directory.resolve("operator"));
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file.toString();
  }

  private static void assertRefused(String message, String benchmark, String... arguments) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Options.parse(benchmark, arguments))
        .withMessageContaining(message);
  }
}
