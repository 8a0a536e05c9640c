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

/** The JVM as in the Deployment's pod: its flags and its memory limit. */
final class Jvm {

  private final Path home;
  private final String version;
  private final List<String> flags = new ArrayList<>();

  /**
   * @param root of a tree whose {@code deployment.yaml} tells the flags and the limit
   */
  Jvm(Path root, Path home) {
    this.home = home;
    this.version = found(home.resolve("release"), "JAVA_VERSION=\"([^\"]+)\"");
    Path manifest = root.resolve(Path.of("src", "main", "kubernetes", "deployment.yaml"));
    // The JVM would see it of the pod's cgroup.
    flags.add("-XX:MaxRAM=" + found(manifest, "limits:\\s+memory: (\\d+)Mi") + "m");
    Collections.addAll(
        flags, found(manifest, "JAVA_TOOL_OPTIONS\\s+value: (.*)").strip().split(" +"));
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

  /** A command line to which a main class or a JAR is to be added. */
  List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/java").toString());
    command.addAll(flags);
    return command;
  }

  /** What the pattern's first group matches in the file. */
  static String found(Path file, String pattern) {
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
