// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

/** A failure that one sentence explains to the user. The message is printed as it is. */
final class DemoException extends RuntimeException {

  private static final long serialVersionUID = 1;

  DemoException(String sentence) {
    super(sentence);
  }

  DemoException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
