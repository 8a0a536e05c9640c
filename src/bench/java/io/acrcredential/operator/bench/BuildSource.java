// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** The source of a build for {@code ./bench compare}: a commit, a directory or a binary. */
sealed interface BuildSource {

  /** Returns the build; packaging a commit may take minutes. */
  Build build(Options options);

  /**
   * Parses an argument. A path is recognized by its slash, as {@code ./main}; a name without one is
   * a commit if git knows it.
   *
   * @param commit the hash of the commit of that name; empty = git knows none
   * @throws IllegalArgumentException if it is none of the three
   */
  static BuildSource of(String argument, Function<String, Optional<String>> commit) {
    Path path = Path.of(argument);
    boolean name = !argument.contains("/") && !argument.matches("\\.\\.?");
    Optional<BuildSource> known =
        name || !Files.exists(path)
            ? commit.apply(argument).map(hash -> new Commit(argument, hash))
            : Optional.empty();
    if (known.isPresent()) {
      return known.get();
    }
    if (JarBuild.in(path)) {
      return new Directory(path);
    }
    if (Files.isRegularFile(path) && Files.isExecutable(path)) {
      return new Binary(path);
    }
    throw new IllegalArgumentException(
        argument
            + " is neither a commit, nor a directory with "
            + JarBuild.APP
            + ", nor an executable file");
  }

  /** Parses an argument; looks commits up in this checkout's repository. */
  static BuildSource of(String argument) {
    return of(argument, BuildSource::hash);
  }

  /**
   * @param name as it was given
   */
  record Commit(String name, String hash) implements BuildSource {

    /** Files of the tree that are needed to run the packaged build. */
    private static final List<Path> KEPT =
        List.of(
            JarBuild.APP,
            Path.of("src", "main", "kubernetes", "deployment.yaml"),
            Path.of("src", "main", "docker", "Dockerfile.jvm"));

    @Override
    public Build build(Options options) {
      return new JarBuild(packaged(), options.javaHome(), options.jvm());
    }

    @Override
    public String toString() {
      return name.equals(hash) ? name : name + " (" + hash.substring(0, 7) + ")";
    }

    /** Packages the commit once and keeps the result in {@code target/bench-builds}. */
    private Path packaged() {
      Path kept = Path.of("target", "bench-builds", hash).toAbsolutePath();
      if (JarBuild.in(kept)) {
        return kept;
      }
      System.err.println("compare: packaging " + this);
      try {
        Path tree = Files.createTempDirectory("acr-bench-").resolve("tree");
        // Also removes it after Ctrl-C.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(tree)));
        try {
          run(Path.of("."), "git", "worktree", "add", "--quiet", "--detach", tree.toString(), hash);
          run(tree, "./mvnw", "-q", "-B", "-ntp", "package", "-Dmaven.test.skip=true");
          // An incomplete copy must not be taken for a build.
          Path partial = Files.createDirectories(kept.resolveSibling(hash + ".partial"));
          for (Path part : KEPT) {
            copy(tree.resolve(part), partial.resolve(part));
          }
          Files.move(partial, kept);
        } finally {
          remove(tree);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return kept;
    }

    private static void remove(Path tree) {
      if (Files.exists(tree)) {
        run(Path.of("."), "git", "worktree", "remove", "--force", tree.toString());
      }
      tree.getParent().toFile().delete();
    }

    private static void copy(Path from, Path to) throws IOException {
      try (Stream<Path> files = Files.walk(from)) {
        for (Iterator<Path> all = files.iterator(); all.hasNext(); ) {
          Path file = all.next();
          Path target = to.resolve(from.relativize(file).toString());
          if (Files.isRegularFile(file)) {
            Files.createDirectories(target.getParent());
            Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
    }

    private static void run(Path directory, String... command) {
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String printed =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
          throw new IllegalStateException(String.join(" ", command) + " failed:\n" + printed);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  /** A directory with a packaged build, such as this one. */
  record Directory(Path root) implements BuildSource {
    @Override
    public Build build(Options options) {
      return new JarBuild(root, options.javaHome(), options.jvm());
    }

    @Override
    public String toString() {
      return root.toString();
    }
  }

  /** An executable file. */
  record Binary(Path file) implements BuildSource {
    @Override
    public Build build(Options options) {
      return new NativeBuild(file, options.jvm());
    }

    @Override
    public String toString() {
      return file.getFileName().toString();
    }
  }

  private static Optional<String> hash(String name) {
    try {
      Process git =
          new ProcessBuilder("git", "rev-parse", "--verify", "--quiet", name + "^{commit}")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String hash = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return git.waitFor() == 0 ? Optional.of(hash) : Optional.empty();
    } catch (IOException e) {
      // Directories and binaries work without git.
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
