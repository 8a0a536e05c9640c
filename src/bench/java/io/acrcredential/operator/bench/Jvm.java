package io.acrcredential.operator.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.image.ImageTar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The JVM as in the Deployment's pod: its flags, its memory limit and, where it is the version that
 * {@code Dockerfile.jvm} takes, the AOT cache that the Dockerfile makes.
 */
final class Jvm {

  private static final Path MANIFEST = Path.of("src", "main", "kubernetes", "deployment.yaml");
  private static final Path DOCKERFILE = Path.of("src", "main", "docker", "Dockerfile.jvm");
  private static final Path APP = Path.of("target", "quarkus-app").toAbsolutePath();
  private static final Path JAR = APP.resolve("quarkus-run.jar");

  private final Path home;
  private final List<String> more;
  private final String version;
  private final List<String> entrypoint;

  /**
   * @param more options for the operator, behind those that are deployed
   */
  Jvm(Path home, List<String> more) {
    this.home = home;
    this.more = more;
    this.version = found(home.resolve("release"), "JAVA_VERSION=\"([^\"]+)\"");
    boolean image = version.startsWith(found(DOCKERFILE, "FROM eclipse-temurin:(\\d+)"));
    this.entrypoint = image ? trained() : List.of();
  }

  /** Without an operator: for the bare writer. */
  List<String> plain() {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/java").toString());
    command.addAll(flags());
    return command;
  }

  /** The operator's command line. */
  List<String> operator(String... once) {
    List<String> command = plain();
    command.addAll(entrypoint);
    command.addAll(more);
    command.addAll(List.of(once));
    command.add("-jar");
    command.add(JAR.toString());
    return command;
  }

  /** Version and options, for a table's head. */
  String describe() {
    List<String> words = new ArrayList<>(List.of("JVM", version));
    words.addAll(flags());
    entrypoint.forEach(word -> words.add(word.replace(APP + "/", "")));
    words.addAll(more);
    return String.join(" ", words);
  }

  private static List<String> flags() {
    List<String> flags = new ArrayList<>();
    // The JVM would see it of the pod's cgroup.
    flags.add("-XX:MaxRAM=" + found(MANIFEST, "limits:\\s+memory: (\\d+)Mi") + "m");
    Collections.addAll(
        flags, found(MANIFEST, "JAVA_TOOL_OPTIONS\\s+value: (.*)").strip().split(" +"));
    return flags;
  }

  /** Does what the Dockerfile does; answers the options of its entry point. */
  private List<String> trained() {
    try {
      List<String> words =
          Arrays.asList(
              new ObjectMapper().readValue(found(DOCKERFILE, "ENTRYPOINT (.*)"), String[].class));
      List<String> options = new ArrayList<>(words.subList(1, words.indexOf("-jar")));
      options.replaceAll(option -> option.replace("AOTCache=", "AOTCache=" + APP + "/"));
      ImageTar.train(DOCKERFILE, home, APP, JAR.toString(), Path.of("target", "aot-training.log"));
      return options;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String found(Path file, String pattern) {
    try {
      Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
      if (!matcher.find()) {
        throw new IllegalStateException(file + " has no " + pattern);
      }
      return matcher.group(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
