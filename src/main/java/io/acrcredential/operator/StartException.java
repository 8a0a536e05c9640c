// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator;

import io.acrcredential.operator.text.SanitizedMessage;

/** Why the process cannot start, in a sentence that says what to correct. */
public final class StartException extends IllegalArgumentException implements SanitizedMessage {

  private static final long serialVersionUID = 1L;

  /** The message must be safe to show. */
  public StartException(String message) {
    super(message);
  }

  /** The message must be safe to show; the message of the cause is not shown. */
  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
