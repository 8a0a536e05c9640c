// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.text.ExceptionText;
import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;

/**
 * Puts a clean trace in the place of every exception that anybody logs, libraries among them, which
 * log what they catch with its message.
 */
@LoggingFilter(name = "clean-failures")
public final class LogExceptionFilter implements Filter {

  /** For Quarkus, which makes one for each handler. */
  public LogExceptionFilter() {}

  @Override
  public boolean isLoggable(LogRecord entry) {
    if (entry.getThrown() != null) {
      entry.setThrown(ExceptionText.trace(entry.getThrown()));
    }
    return true;
  }
}
