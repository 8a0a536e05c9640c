// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.text;

/**
 * An exception whose message the operator composes from parts that are safe to show. {@link
 * ExceptionText} replaces the message of any other exception.
 */
public interface SanitizedMessage {

  /** Safe for status, Events and log. */
  String getMessage();
}
