// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.text.ExceptionText;
import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;

/**
 * Replaces every logged exception with a sanitized one, because exceptions that libraries log may
 * quote secrets in their messages.
 */
@LoggingFilter(name = "clean-failures")
public final class LogExceptionFilter implements Filter {

  /** Called by Quarkus, which creates one filter per handler. */
  public LogExceptionFilter() {}

  @Override
  public boolean isLoggable(LogRecord entry) {
    if (entry.getThrown() != null) {
      entry.setThrown(ExceptionText.trace(entry.getThrown()));
    }
    return true;
  }
}
