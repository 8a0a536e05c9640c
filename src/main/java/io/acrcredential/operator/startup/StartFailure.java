// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import io.acrcredential.operator.CommandOutput;
import io.acrcredential.operator.StartException;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.text.InvalidSetting;
import io.quarkus.runtime.QuarkusBindException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Ends the process. If it could not start because of what users configured, the last line says so
 * in one sentence; a stack trace is left for defects.
 */
public final class StartFailure {

  private static final int FAILED = 1;

  /** Of the chain of causes, which may be circular. */
  private static final int MAX_DEPTH = 32;

  private StartFailure() {}

  /**
   * The exit handler of Quarkus.
   *
   * @param failure null = there is none
   */
  public static void exit(int code, Throwable failure) {
    if (failure == null) {
      System.exit(code);
      return;
    }
    CommandOutput.printError(text(failure));
    System.exit(code == 0 ? FAILED : code);
  }

  /** A sentence, or a stack trace. */
  static String text(Throwable failure) {
    return sentence(failure)
        .map(sentence -> sentence + System.lineSeparator())
        .orElseGet(() -> "The start failed: " + trace(failure));
  }

  private static Optional<String> sentence(Throwable failure) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable each = failure;
        each != null && causes.size() < MAX_DEPTH;
        each = each.getCause()) {
      causes.add(each);
    }
    return causes.stream().map(StartFailure::ofCause).flatMap(Optional::stream).findFirst();
  }

  private static Optional<String> ofCause(Throwable cause) {
    if (cause instanceof StartException wrong) {
      return Optional.of(wrong.getMessage());
    }
    if (cause instanceof QuarkusBindException inUse) {
      return Optional.of(
          "The port "
              + inUse.getPort()
              + " is in use: stop the other process, or set QUARKUS_HTTP_PORT");
    }
    return InvalidSetting.sentence(cause);
  }

  private static String trace(Throwable failure) {
    StringWriter text = new StringWriter();
    ExceptionText.trace(failure).printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}
