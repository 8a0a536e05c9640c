// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.acrcredential.operator.text.SanitizedMessage;

/** Guards every write to the cluster: only the leader writes, and every write is counted. */
@FunctionalInterface
public interface WriteFence {

  /**
   * Returns if a write may start now.
   *
   * @param kind the kind of the object to write, such as {@code Secret}
   * @param verb the verb of the API request: create, patch, update or delete
   * @throws NotLeadingException if it may not
   */
  void permit(String kind, String verb);

  /**
   * Whether this process works at present. A standby replica keeps its caches and indexes, but
   * reports and plans nothing.
   */
  default boolean isOpen() {
    return true;
  }

  /** The Lease is lost or has expired: another process may lead by now. */
  final class NotLeadingException extends RuntimeException implements SanitizedMessage {
    private static final long serialVersionUID = 1L;

    /** Has no stack trace, because it reports a state and no defect. */
    public NotLeadingException() {
      super("this process is not the leader", null, false, false);
    }
  }
}
