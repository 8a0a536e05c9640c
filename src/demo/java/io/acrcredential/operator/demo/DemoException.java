// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

/** Something that the user can understand, and often mend, in one sentence. */
final class DemoException extends RuntimeException {

  private static final long serialVersionUID = 1;

  DemoException(String sentence) {
    super(sentence);
  }

  DemoException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
