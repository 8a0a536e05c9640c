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

  /**
   * Requires that the page shows this output: in the block between the comments {@code <!-- output:
   * held by NAME -->} and {@code <!-- /output -->}. {@code -Dgolden.update=true} rewrites it.
   */
  public static void assertOutput(Path page, String test, String output) throws IOException {
    assertPart(page, "<!-- output: held by " + test + " -->", "<!-- /output -->", fenced(output));
  }

  private static String fenced(String output) {
    return "```text\n" + output + "```\n";
  }

  /**
   * Requires that the page has this text between the comments {@code <!-- generated: by NAME -->}
   * and {@code <!-- /generated -->}. {@code -Dgolden.update=true} rewrites it.
   */
  public static void assertGenerated(Path page, String test, String text) throws IOException {
    assertPart(
        page, "<!-- generated: by " + test + " -->", "<!-- /generated -->", "\n" + text + "\n");
  }

  private static void assertPart(Path page, String begin, String end, String expected)
      throws IOException {
    String text = Files.readString(page);
    int from = text.indexOf(begin);
    int to = text.indexOf(end, Math.max(0, from));
    if (from < 0 || to < 0) {
      throw new AssertionError(page + " has no part between " + begin + " and " + end);
    }
    int start = from + begin.length() + 1;
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(page, text.substring(0, start) + expected + text.substring(to));
    } else if (!text.substring(start, to).equals(expected)) {
      throw new AssertionError(
          "%s is outdated; rewrite it with -Dgolden.update=true. Expected:%n%s"
              .formatted(page, expected));
    }
  }
}
