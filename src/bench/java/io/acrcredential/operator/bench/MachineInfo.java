// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A description of the machine: CPU, memory, operating system and load. */
final class MachineInfo {

  private MachineInfo() {}

  static String describe() {
    return Runtime.getRuntime().availableProcessors()
        + " cores"
        + first("/proc/cpuinfo", "model name").map(name -> " (" + name + ")").orElse("")
        + first("/proc/meminfo", "MemTotal")
            .map(kib -> ", " + Long.parseLong(kib.replaceAll("\\D", "")) / (1 << 20) + " GiB")
            .orElse("")
        + ", "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + first("/proc/loadavg", "").map(load -> ", load " + load.split(" ")[0]).orElse("");
  }

  private static java.util.Optional<String> first(String file, String key) {
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException e) {
      return java.util.Optional.empty();
    }
  }
}
