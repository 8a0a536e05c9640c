// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The version of this program. */
public final class ProgramVersion {

  private ProgramVersion() {}

  /**
   * Read from the file that Maven writes, because Quarkus knows the version only after its start.
   */
  public static String get() {
    try (InputStream in = ProgramVersion.class.getResourceAsStream("/version.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
