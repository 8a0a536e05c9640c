// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of a process in bytes.
 *
 * @param rss resident pages, including those of files
 * @param peak of {@code rss} since the process started
 * @param anonymous pages that no file backs: heap, metaspace, stacks, compiled code
 * @param heap live objects, right after a full collection; 0 = not measured
 * @param live live objects by class
 */
record ProcessMemory(long rss, long peak, long anonymous, long heap, Map<String, Long> live) {

  private static final Pattern LINE = Pattern.compile(" *\\d+: +\\d+ +(\\d+) +(\\S+).*");

  /** A placeholder that the garbage collector leaves for dead objects, not a live object. */
  private static final String FILLER = "jdk.internal.vm.Filler";

  /**
   * @param javaHome of the process; null = no JVM, or no garbage collection wanted
   */
  static ProcessMemory of(long pid, Path javaHome) {
    Map<String, Long> live = new HashMap<>();
    if (javaHome != null) {
      // The histogram counts what a full collection leaves.
      for (String line : jcmd(javaHome, pid, "GC.class_histogram")) {
        Matcher row = LINE.matcher(line);
        if (row.matches() && !row.group(2).contains(FILLER)) {
          live.merge(row.group(2), Long.parseLong(row.group(1)), Long::sum);
        }
      }
    }
    long heap = live.values().stream().mapToLong(Long::longValue).sum();
    return new ProcessMemory(
        bytes(pid, "smaps_rollup", "Rss"),
        bytes(pid, "status", "VmHWM"),
        bytes(pid, "smaps_rollup", "Anonymous"),
        heap,
        live);
  }

  private static List<String> jcmd(Path javaHome, long pid, String command) {
    try {
      Process jcmd =
          new ProcessBuilder(javaHome.resolve("bin/jcmd").toString(), String.valueOf(pid), command)
              .redirectErrorStream(true)
              .start();
      try (BufferedReader reader = jcmd.inputReader()) {
        return reader.lines().toList();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long bytes(long pid, String file, String field) {
    try {
      return Files.readAllLines(Path.of("/proc", String.valueOf(pid), file)).stream()
          .filter(line -> line.startsWith(field + ":"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The classes that have grown most since then, in bytes per object. */
  String growth(ProcessMemory before, int objects) {
    Map<Long, String> grown = new TreeMap<>(java.util.Comparator.reverseOrder());
    live.forEach(
        (type, bytes) ->
            grown.merge(
                (bytes - before.live().getOrDefault(type, 0L)) / Math.max(1, objects),
                type,
                (a, b) -> a + " and " + b));
    return grown.entrySet().stream()
        .limit(8)
        .filter(entry -> entry.getKey() > 0)
        .map(entry -> entry.getValue() + " " + entry.getKey())
        .reduce((a, b) -> a + ", " + b)
        .orElse("");
  }
}
