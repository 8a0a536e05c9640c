// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.text.ExceptionText;
import java.io.IOException;

/** A response was longer than {@link ApiResponse#MAX_LENGTH}, and the rest of it was not read. */
public final class ResponseTooLongException extends IOException {

  private static final long serialVersionUID = 1L;

  public ResponseTooLongException() {
    super(ApiResponse.TOO_LONG);
  }

  static boolean isIn(Throwable failure) {
    return ExceptionText.chain(failure).stream()
        .anyMatch(ResponseTooLongException.class::isInstance);
  }
}
