// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
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
   * held by NAME -->} and {@code <!-- /output -->}. {@code -Dgolden.update=true} rewrites the
   * block.
   *
   * @param name of the test, or of the test and the case if a page has several blocks
   */
  public static void assertOutput(Path page, String name, String output) throws IOException {
    String text = Files.readString(page);
    Matcher block =
        Pattern.compile(
                "(<!-- output: held by %s -->\n```text\n)(.*?)(```\n<!-- /output -->)"
                    .formatted(Pattern.quote(name)),
                Pattern.DOTALL)
            .matcher(text);
    if (!block.find()) {
      throw new AssertionError(page + " has no output block of " + name);
    }
    if (Boolean.getBoolean("golden.update")) {
      String updated = block.group(1) + output + block.group(3);
      Files.writeString(
          page, text.substring(0, block.start()) + updated + text.substring(block.end()));
    } else if (!block.group(2).equals(output)) {
      throw new AssertionError(
          "%s does not show what %s prints; rewrite it with -Dgolden.update=true:%n%s"
              .formatted(page, name, output));
    }
  }
}
