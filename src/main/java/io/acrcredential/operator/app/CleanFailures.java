package io.acrcredential.operator.app;

import io.acrcredential.operator.FailureText;
import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;

/**
 * Puts a clean trace in the place of every exception that anybody logs, libraries among them, which
 * log what they catch with its message.
 */
@LoggingFilter(name = "clean-failures")
public final class CleanFailures implements Filter {

  /** For Quarkus, which makes one for each handler. */
  public CleanFailures() {}

  @Override
  public boolean isLoggable(LogRecord entry) {
    if (entry.getThrown() != null) {
      entry.setThrown(FailureText.trace(entry.getThrown()));
    }
    return true;
  }
}
