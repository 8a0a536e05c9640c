// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The JVM with the flags and the memory limit of the Deployment. */
final class DeployedJvm {

  private final Path home;
  private final String version;
  private final List<String> flags = new ArrayList<>();

  /**
   * @param root directory of the source tree whose {@code deployment.yaml} has the flags and the
   *     limit
   */
  DeployedJvm(Path root, Path home) {
    this.home = home;
    this.version = firstMatch(home.resolve("release"), "JAVA_VERSION=\"([^\"]+)\"");
    // In a pod the JVM reads the limit from the cgroup.
    flags.add("-XX:MaxRAM=" + (memoryLimit(root) >> 20) + "m");
    Collections.addAll(
        flags, firstMatch(manifest(root), "JAVA_TOOL_OPTIONS\\s+value: (.*)").strip().split(" +"));
  }

  Path home() {
    return home;
  }

  String version() {
    return version;
  }

  List<String> flags() {
    return flags;
  }

  /** The memory limit of the Deployment's container, in bytes. */
  static long memoryLimit(Path root) {
    String mebibytes = firstMatch(manifest(root), "limits:\\s+memory: (\\d+)Mi");
    return Long.parseLong(mebibytes) << 20;
  }

  private static Path manifest(Path root) {
    return root.resolve(Path.of("src", "main", "kubernetes", "deployment.yaml"));
  }

  /** The command line up to the main class or JAR. */
  List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/java").toString());
    command.addAll(flags);
    return command;
  }

  /** The first group of the pattern's first match in the file. */
  static String firstMatch(Path file, String pattern) {
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
