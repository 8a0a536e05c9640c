package io.acrcredential.operator.queue;

import io.acrcredential.operator.CleanMessage;
import io.acrcredential.operator.queue.Troubles.Trouble;

/** Work that cannot be done before somebody else does something; a watch will tell. */
public final class Blocked extends RuntimeException implements CleanMessage {

  private static final long serialVersionUID = 1L;

  private final transient Trouble trouble;

  public Blocked(Trouble trouble) {
    super(trouble.message(), null, false, false);
    this.trouble = trouble;
  }

  Trouble trouble() {
    return trouble;
  }
}
