// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** A process with the class path of the benchmark, which ends with the benchmark. */
final class BareProcess {

  private BareProcess() {}

  /**
   * Starts one.
   *
   * @param java the command of the JVM with its flags
   * @param main has the main method
   */
  static Process start(List<String> java, Class<?> main, String argument) {
    List<String> command = new ArrayList<>(java);
    command.addAll(
        List.of(
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            argument));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void stop(Process process) {
    process.destroy();
    process.onExit().join();
  }
}
