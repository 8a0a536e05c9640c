// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.yaml;

import io.acrcredential.operator.text.SanitizedMessage;

/** A text cannot be parsed. The message says where and why and how to fix it, without secrets. */
public final class UnreadableException extends Exception implements SanitizedMessage {
  public UnreadableException(String message) {
    super(message, null, false, false);
  }
}
