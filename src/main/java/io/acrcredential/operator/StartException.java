package io.acrcredential.operator;

import io.acrcredential.operator.text.SanitizedMessage;

/** Why the process cannot start, in a sentence that says what to set right. */
public final class StartException extends IllegalArgumentException implements SanitizedMessage {

  private static final long serialVersionUID = 1L;

  /** With a message that is fit to be shown. */
  public StartException(String message) {
    super(message);
  }

  /** With a message that is fit to be shown; the cause's own is not taken over. */
  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
