// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.image.ImageTar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A packaged JAR as it runs in the Deployment's pod: with the JVM flags and the memory limit of its
 * own {@code deployment.yaml} and, if the JVM has the version of its {@code Dockerfile.jvm}, with
 * the AOT cache that the Dockerfile creates.
 */
final class JarBuild implements Build {

  /** The directory of the packaged operator in a source tree. */
  static final Path APP = Path.of("target", "quarkus-app");

  private static final String JAR = "quarkus-run.jar";

  private final Path app;
  private final DeployedJvm jvm;
  private final List<String> more;
  private final List<String> entrypoint;

  /**
   * Creates the AOT cache if one is used.
   *
   * @param root directory of a source tree with manifests and a packaged operator
   * @param more JVM options, after those of the Deployment
   */
  JarBuild(Path root, Path javaHome, List<String> more) {
    this.app = root.resolve(APP).toAbsolutePath().normalize();
    this.jvm = new DeployedJvm(root, javaHome);
    this.more = more;
    Path dockerfile = root.resolve(Path.of("src", "main", "docker", "Dockerfile.jvm"));
    boolean image =
        jvm.version().startsWith(DeployedJvm.firstMatch(dockerfile, "FROM eclipse-temurin:(\\d+)"));
    this.entrypoint = image ? trained(dockerfile) : List.of();
  }

  /** Whether this directory has a packaged operator. */
  static boolean in(Path root) {
    return Files.isRegularFile(root.resolve(APP).resolve(JAR));
  }

  @Override
  public List<String> command(String... once) {
    List<String> command = jvm.command();
    command.addAll(entrypoint);
    command.addAll(more);
    command.addAll(List.of(once));
    command.add("-jar");
    command.add(app.resolve(JAR).toString());
    return command;
  }

  @Override
  public String describe() {
    List<String> words = new ArrayList<>(List.of("JVM", jvm.version()));
    words.addAll(jvm.flags());
    entrypoint.forEach(word -> words.add(word.replace(app + "/", "")));
    words.addAll(more);
    return String.join(" ", words);
  }

  @Override
  public Path javaHome() {
    return jvm.home();
  }

  /** Creates the AOT cache as the Dockerfile does and returns the options of its entry point. */
  private List<String> trained(Path dockerfile) {
    try {
      List<String> words =
          Arrays.asList(
              new ObjectMapper()
                  .readValue(
                      DeployedJvm.firstMatch(dockerfile, "ENTRYPOINT (.*)"), String[].class));
      List<String> options = new ArrayList<>(words.subList(1, words.indexOf("-jar")));
      options.replaceAll(option -> option.replace("AOTCache=", "AOTCache=" + app + "/"));
      ImageTar.train(
          dockerfile,
          jvm.home(),
          app,
          app.resolve(JAR).toString(),
          Path.of("target", "aot-training.log"));
      return options;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
