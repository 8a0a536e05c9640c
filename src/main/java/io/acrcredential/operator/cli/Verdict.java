// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cli;

import java.util.Collection;
import java.util.Locale;

/** The result of a diagnosis or of a part of it, with the exit code of the command. */
public enum Verdict {
  OK(0),
  /** Something does not work until someone changes something. */
  BROKEN(1),
  /** Something could not be read or did not answer, so it may work or not. */
  UNKNOWN(2);

  private final int exitCode;

  Verdict(int exitCode) {
    this.exitCode = exitCode;
  }

  /** The exit code of a command with this result. */
  public int exitCode() {
    return exitCode;
  }

  /** The value in JSON and YAML: {@code ok}, {@code broken}, {@code unknown}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The result of the whole: a broken part decides, then an unknown one. */
  public static Verdict worst(Collection<Verdict> parts) {
    if (parts.contains(BROKEN)) {
      return BROKEN;
    }
    return parts.contains(UNKNOWN) ? UNKNOWN : OK;
  }
}
