// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator;

import io.acrcredential.operator.text.SanitizedMessage;

/** Thrown if the process cannot start; the message describes what to correct. */
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
