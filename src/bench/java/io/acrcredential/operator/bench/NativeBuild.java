// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An executable file, such as the native image.
 *
 * @param more options for it, such as {@code -Xmx128m}
 */
record NativeBuild(Path file, List<String> more) implements Build {

  @Override
  public List<String> command(String... once) {
    List<String> command = new ArrayList<>();
    command.add(file.toAbsolutePath().toString());
    command.addAll(more);
    return command;
  }

  @Override
  public String describe() {
    List<String> words = new ArrayList<>(List.of("native", file.getFileName().toString()));
    words.add(String.format(Locale.ROOT, "(%.1f MB)", size() / 1e6));
    words.addAll(more);
    return String.join(" ", words);
  }

  @Override
  public Path javaHome() {
    return null;
  }

  private long size() {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
