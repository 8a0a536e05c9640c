package io.acrcredential.operator.text;

/**
 * An exception whose message this operator writes itself, from parts that are fit to be shown. The
 * message of any other exception is shown by way of {@link ExceptionText} alone.
 */
public interface SanitizedMessage {

  /** Fit for status, Events and log. */
  String getMessage();
}
