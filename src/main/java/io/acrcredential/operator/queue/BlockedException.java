// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.text.SanitizedMessage;

/**
 * Work that cannot be done until someone changes another object. A watch event enqueues it again.
 */
public final class BlockedException extends RuntimeException implements SanitizedMessage {

  private static final long serialVersionUID = 1L;

  private final transient WorkFailure failure;

  public BlockedException(WorkFailure failure) {
    super(failure.message(), null, false, false);
    this.failure = failure;
  }

  WorkFailure failure() {
    return failure;
  }
}
