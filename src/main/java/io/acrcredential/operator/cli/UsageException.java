// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cli;

import io.acrcredential.operator.text.SanitizedMessage;
import io.acrcredential.operator.text.TextSanitizer;

/** The command line is wrong; the message says what is. */
public final class UsageException extends RuntimeException implements SanitizedMessage {

  private static final long serialVersionUID = 1L;

  /** Masks and shortens the message, because it quotes what the user typed. */
  public UsageException(String message) {
    super(TextSanitizer.clean(message), null, false, false);
  }
}
