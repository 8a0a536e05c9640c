// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.acrcredential.operator.bench.BuildSource.Binary;
import io.acrcredential.operator.bench.BuildSource.Commit;
import io.acrcredential.operator.bench.BuildSource.Directory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildSourceTest {

  private static final String HASH = "0123456789abcdef0123456789abcdef01234567";

  @TempDir private Path directory;
  private Path tree;
  private Path binary;

  @BeforeEach
  void fill() throws IOException {
    tree = directory.resolve("tree");
    Path app = Files.createDirectories(tree.resolve("target").resolve("quarkus-app"));
    Files.createFile(app.resolve("quarkus-run.jar"));
    binary = Files.createFile(directory.resolve("operator"));
    assertThat(binary.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void describesCommitByNameAndHash() {
    // when
    BuildSource source = known("HEAD~");

    // then
    assertThat(source).isEqualTo(new Commit("HEAD~", HASH)).hasToString("HEAD~ (0123456)");
  }

  @Test
  void acceptsBranchWithSlash() {
    assertThat(known("origin/main")).isEqualTo(new Commit("origin/main", HASH));
  }

  @Test
  void prefersExistingPathWithSlashToCommit() {
    assertThat(known(tree.toString())).isEqualTo(new Directory(tree));
  }

  @Test
  void prefersCommitToFileOfSameName() {
    // ./bench is executable, and may be a branch
    assertThat(known("bench")).isEqualTo(new Commit("bench", HASH));
    assertThat(unknown("bench")).isEqualTo(new Binary(Path.of("bench")));
  }

  @Test
  void takesExecutableFileAsBinary() {
    assertThat(unknown(binary.toString())).isEqualTo(new Binary(binary));
  }

  @Test
  void refusesWhatIsNeitherCommitNorDirectoryNorBinary() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> unknown(directory.toString()))
        .withMessageContaining("neither a commit, nor a directory with target/quarkus-app");
    assertThatIllegalArgumentException().isThrownBy(() -> unknown("no-such"));
  }

  private static BuildSource known(String argument) {
    return BuildSource.of(argument, name -> Optional.of(HASH));
  }

  private static BuildSource unknown(String argument) {
    return BuildSource.of(argument, name -> Optional.empty());
  }
}
