// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.text.SanitizedMessage;

/** Work that cannot be done before somebody else does something; a watch will tell. */
public final class BlockedException extends RuntimeException implements SanitizedMessage {

  private static final long serialVersionUID = 1L;

  private final transient WorkFailure trouble;

  public BlockedException(WorkFailure trouble) {
    super(trouble.message(), null, false, false);
    this.trouble = trouble;
  }

  WorkFailure trouble() {
    return trouble;
  }
}
