// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import io.acrcredential.operator.text.ExceptionText;
import io.quarkus.logging.LoggingFilter;
import java.util.List;
import java.util.logging.Filter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Keeps secrets out of the log, whatever levels and handlers are configured at run time: silences
 * the loggers of requests, responses and settings, and replaces every logged exception with a
 * sanitized one, because exceptions of libraries may quote secrets in their messages.
 */
@LoggingFilter(name = "clean-failures")
public final class LogSanitizer implements Filter {

  /**
   * Print headers, bodies, frames and values of settings. Kept here, because a logger that nobody
   * refers to loses its filter.
   */
  private static final List<Logger> WIRE_LOGGERS =
      Stream.of(
              "io.fabric8.kubernetes.client.http.HttpLoggingInterceptor",
              "org.jboss.resteasy.reactive.client.logging.DefaultClientLogger",
              "io.netty.handler.logging.LoggingHandler",
              "io.netty.handler.codec.http2.Http2FrameLogger",
              "io.smallrye.config")
          .map(Logger::getLogger)
          .toList();

  /** Called by Quarkus, which creates one filter per handler. */
  public LogSanitizer() {}

  /**
   * Silences the loggers of requests, responses and settings below WARN. Call it before Quarkus
   * starts and logs settings; no level and no handler changes it.
   */
  public static void silenceWireLoggers() {
    WIRE_LOGGERS.forEach(
        logger ->
            logger.setFilter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue()));
  }

  /** Adds the filter to every handler, because a handler can be configured without it. */
  static void addToAllHandlers() {
    LogManager manager = LogManager.getLogManager();
    manager
        .getLoggerNames()
        .asIterator()
        .forEachRemaining(
            name -> {
              Logger logger = manager.getLogger(name);
              if (logger != null) {
                List.of(logger.getHandlers()).forEach(LogSanitizer::addTo);
              }
            });
  }

  private static void addTo(Handler handler) {
    Filter configured = handler.getFilter();
    LogSanitizer sanitizer = new LogSanitizer();
    if (configured == null) {
      handler.setFilter(sanitizer);
    } else if (!(configured instanceof LogSanitizer)) {
      handler.setFilter(entry -> sanitizer.isLoggable(entry) && configured.isLoggable(entry));
    }
  }

  @Override
  public boolean isLoggable(LogRecord entry) {
    if (entry.getThrown() != null) {
      entry.setThrown(ExceptionText.trace(entry.getThrown()));
    }
    return true;
  }
}
