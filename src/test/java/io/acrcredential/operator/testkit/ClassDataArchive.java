// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An archive of the classes that the packaged operator loads (class data sharing). The tests start
 * it more than a hundred times, and with the archive a start takes some 40 % less CPU. Without it
 * everything works too.
 */
final class ClassDataArchive {

  /** The JVM writes the archive when it ends. */
  private static final int END_SECONDS = 120;

  private ClassDataArchive() {}

  /** The JVM flags that use it; empty until it is complete. */
  static List<String> flags(Path jar) {
    Path archive = archive(jar);
    return Files.exists(archive)
        ? List.of("-XX:SharedArchiveFile=" + archive.toAbsolutePath())
        : List.of();
  }

  /**
   * Makes the archive if all tests run, unless another JVM of this build does or did: runs the
   * operator until it has bound a ServiceAccount. A single test class starts sooner without it.
   */
  static void createOnce(Path jar) {
    boolean allTests = FreePort.fork() > 1;
    if (!allTests || KubeCluster.whyNotReal().isPresent() || !claim(jar)) {
      return;
    }
    Path archive = archive(jar);
    Path unfinished = archive.resolveSibling(archive.getFileName() + ".unfinished");
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      List<String> command = OperatorProcess.command();
      command.add(1, "-XX:ArchiveClassesAtExit=" + unfinished.toAbsolutePath());
      OperatorProcess operator = env.startOperator(command);
      operator.awaitWorking();
      env.createNamespace("archived", Map.of());
      env.createPolicy(
          "archived",
          "registries: [{instanceId: cri-abc}]\ntargets: {namespaces: {names: [archived]}}");
      env.awaitBound("archived", "default");
      ProcessHandle process = ProcessHandle.of(operator.pid()).orElseThrow();
      process.destroy();
      process.onExit().get(END_SECONDS, TimeUnit.SECONDS);
      Files.move(unfinished, archive);
    } catch (IOException | ExecutionException | TimeoutException e) {
      System.out.println("The operator starts without an archive of its classes: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean claim(Path jar) {
    try {
      Files.createFile(archive(jar).resolveSibling(archive(jar).getFileName() + ".claimed"));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An archive fits one build of the JAR and one JVM. */
  private static Path archive(Path jar) {
    try {
      return Path.of(
          "target",
          "operator-%d-%s.jsa"
              .formatted(
                  Files.getLastModifiedTime(jar).toMillis(),
                  System.getProperty("java.vm.version")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
