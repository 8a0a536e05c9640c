// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Runs the commands of a page under {@code docs/} as a reader does. */
public final class DocPage {

  private static final Pattern BLOCK = Pattern.compile("(?m)^ *```sh\\n((?s:.*?))^ *```$");

  private final List<String> commands;

  private DocPage(List<String> commands) {
    this.commands = commands;
  }

  public static DocPage read(String file) {
    return read(Path.of("docs", file));
  }

  /** A page outside of {@code docs/}. */
  public static DocPage read(Path file) {
    try {
      return new DocPage(
          BLOCK
              .matcher(Files.readString(file))
              .results()
              .map(block -> block.group(1).stripIndent())
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its {@code sh} blocks, in order. */
  public List<String> commands() {
    return commands;
  }

  /** The only block that contains this text. */
  public String command(String part) {
    List<String> found = commands.stream().filter(command -> command.contains(part)).toList();
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " blocks have \"" + part + "\": " + commands);
    }
    return found.get(0);
  }

  /** Runs a command in the folder against the cluster; returns its output; throws if it fails. */
  public static String run(String command, Path folder, KubeCluster cluster) {
    return run(command, folder, cluster, Map.of());
  }

  /** The same with these environment variables. */
  public static String run(
      String command, Path folder, KubeCluster cluster, Map<String, String> environment) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder("bash", "-euo", "pipefail", "-c", command)
              .directory(folder.toFile())
              .redirectErrorStream(true);
      builder.environment().put("KUBECONFIG", cluster.kubeconfig().toAbsolutePath().toString());
      builder.environment().putAll(environment);
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes());
      if (process.waitFor() != 0) {
        throw new AssertionError(command + "\n" + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
