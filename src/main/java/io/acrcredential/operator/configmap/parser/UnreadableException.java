// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.text.SanitizedMessage;

/** A text cannot be parsed. The message says where and why and how to fix it, without secrets. */
final class UnreadableException extends Exception implements SanitizedMessage {
  UnreadableException(String message) {
    super(message, null, false, false);
  }
}
