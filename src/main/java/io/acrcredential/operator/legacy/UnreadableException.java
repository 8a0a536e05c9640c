package io.acrcredential.operator.legacy;

/** The message says where, what was found, and the fix; it is fit to be shown. */
final class UnreadableException extends Exception {
  UnreadableException(String message) {
    super(message, null, false, false);
  }
}
