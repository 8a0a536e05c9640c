package io.acrcredential.operator.operator;

import io.acrcredential.operator.CleanMessage;
import io.acrcredential.operator.operator.Troubles.Trouble;

/** Work that cannot be done before somebody else does something; a watch will tell. */
final class Blocked extends RuntimeException implements CleanMessage {

  private static final long serialVersionUID = 1L;

  private final transient Trouble trouble;

  Blocked(Trouble trouble) {
    super(trouble.message(), null, false, false);
    this.trouble = trouble;
  }

  Trouble trouble() {
    return trouble;
  }
}
