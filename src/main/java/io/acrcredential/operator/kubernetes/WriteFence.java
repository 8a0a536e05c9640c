package io.acrcredential.operator.kubernetes;

import io.acrcredential.operator.text.SanitizedMessage;

/** Asked before every write to the cluster: only a leader writes, and every write is counted. */
@FunctionalInterface
public interface WriteFence {

  /**
   * Returns where the write may start now.
   *
   * @param kind of the object written, such as {@code Secret}
   * @param verb of the API: create, patch, update or delete
   * @throws NotLeadingException where it may not
   */
  void permit(String kind, String verb);

  /** The lease is lost, or its deadline has passed: somebody else may lead by now. */
  final class NotLeadingException extends RuntimeException implements SanitizedMessage {
    private static final long serialVersionUID = 1L;

    /** Without a stack trace: it tells of an order of events, not of a place. */
    public NotLeadingException() {
      super("this process does not lead (any more)", null, false, false);
    }
  }
}
