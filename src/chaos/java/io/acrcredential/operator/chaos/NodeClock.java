// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The wall clock of both replicas, if libfaketime is installed. Their monotonic clock stays right,
 * as on a node whose time is set.
 */
final class NodeClock {

  private final Optional<Path> library = library();
  private final Path offset;

  /**
   * @param folder for the file with the offset, which the replicas read every second
   */
  NodeClock(Path folder) {
    this.offset = folder.resolve("clock-offset");
    set(0);
  }

  /** The file is where Debian, Ubuntu, Fedora or Alpine install it. */
  private static Optional<Path> library() {
    return Stream.of(
            "/usr/lib/x86_64-linux-gnu/faketime",
            "/usr/lib/aarch64-linux-gnu/faketime",
            "/usr/lib64/faketime",
            "/usr/lib/faketime")
        .map(folder -> Path.of(folder, "libfaketimeMT.so.1"))
        .filter(Files::exists)
        .findFirst();
  }

  boolean canBeSet() {
    return library.isPresent();
  }

  /** What a process needs in its environment. */
  Map<String, String> variables() {
    return library
        .map(
            file ->
                Map.of(
                    "LD_PRELOAD",
                    file.toString(),
                    "FAKETIME_TIMESTAMP_FILE",
                    offset.toAbsolutePath().toString(),
                    "FAKETIME_CACHE_DURATION",
                    "1",
                    "FAKETIME_DONT_FAKE_MONOTONIC",
                    "1"))
        .orElse(Map.of());
  }

  /** Sets it ahead by so many seconds; negative = behind. */
  void set(int seconds) {
    try {
      Files.writeString(offset, "%+d".formatted(seconds));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
