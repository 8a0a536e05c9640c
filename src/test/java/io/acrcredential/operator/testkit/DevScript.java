// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A script below {@code dev/}, such as {@code dev/cluster}. */
final class DevScript {

  /**
   * How it ended.
   *
   * @param printed its standard output
   * @param lastWords the last line of its standard error
   */
  record Result(boolean succeeded, String printed, String lastWords) {}

  private final String name;

  /**
   * @param name such as {@code cluster}
   */
  DevScript(String name) {
    this.name = name;
  }

  /** The folder that has {@code dev/cluster}, from wherever below it the tests run. */
  static Path repository() {
    Path here = Path.of("").toAbsolutePath();
    return Stream.iterate(here, folder -> folder != null, Path::getParent)
        .filter(folder -> Files.isRegularFile(folder.resolve("dev/cluster")))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no dev/cluster in or above " + here));
  }

  /**
   * Runs it to its end. What it starts in the background stops with this JVM. Prints progress
   * immediately: a first build takes long, and silence looks like a hang.
   */
  Result run(String command, String... arguments) {
    List<String> line =
        Stream.concat(Stream.of("bash", "dev/" + name, command), Stream.of(arguments)).toList();
    ProcessBuilder builder = new ProcessBuilder(line).directory(repository().toFile());
    builder
        .environment()
        .put("ACR_CLUSTER_OWNER_PID", Long.toString(ProcessHandle.current().pid()));
    try {
      Path printed = Files.createTempFile("dev-" + name, ".out");
      try {
        builder.redirectOutput(printed.toFile());
        Process process = builder.start();
        String last = "";
        try (BufferedReader progress = process.errorReader()) {
          for (String said = progress.readLine(); said != null; said = progress.readLine()) {
            System.err.println(said);
            last = said;
          }
        }
        boolean succeeded = process.waitFor() == 0;
        String output = Files.readAllLines(printed).stream().collect(Collectors.joining("\n"));
        return new Result(succeeded, output, last.replaceFirst("^dev/" + name + ": ", ""));
      } finally {
        Files.delete(printed);
      }
    } catch (IOException e) {
      return new Result(false, "", "dev/" + name + " does not run here: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for dev/" + name, e);
    }
  }

  /** The same; throws its last words if it fails. Returns its standard output. */
  String mustRun(String command, String... arguments) {
    Result result = run(command, arguments);
    if (!result.succeeded()) {
      throw new IllegalStateException("dev/%s %s: %s".formatted(name, command, result.lastWords()));
    }
    return result.printed();
  }
}
