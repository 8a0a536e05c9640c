package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.text.SanitizedMessage;

/** The message says where, what was found, and the fix; it is fit to be shown. */
final class UnreadableException extends Exception implements SanitizedMessage {
  UnreadableException(String message) {
    super(message, null, false, false);
  }
}
