// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.dns;

import io.acrcredential.operator.text.SanitizedMessage;
import java.net.UnknownHostException;
import java.time.Duration;

/** A host name could not be resolved; the message is one clause that names the host. */
public final class LookupException extends UnknownHostException implements SanitizedMessage {

  private static final long serialVersionUID = 1L;

  /** The result of the lookup. */
  public enum Kind {
    /** The name does not exist, or has no address. */
    UNKNOWN,
    /** DNS did not answer in time. */
    NO_ANSWER,
    /** DNS answered with a failure, such as SERVFAIL or REFUSED, or no server was reachable. */
    FAILED
  }

  private final Kind kind;
  private final String host;

  private LookupException(Kind kind, String host, String message) {
    super(message);
    this.kind = kind;
    this.host = host;
  }

  /** An exception of kind {@link Kind#UNKNOWN}. */
  public static LookupException unknown(String host) {
    return new LookupException(Kind.UNKNOWN, host, "DNS knows no address of the name " + host);
  }

  /** An exception of kind {@link Kind#NO_ANSWER}. */
  public static LookupException noAnswer(String host, Duration timeout) {
    return new LookupException(
        Kind.NO_ANSWER,
        host,
        "DNS did not answer within " + timeout.toSeconds() + " s for the name " + host);
  }

  /** An exception of kind {@link Kind#FAILED}. */
  public static LookupException failed(String host) {
    return new LookupException(
        Kind.FAILED,
        host,
        "DNS failed for the name " + host + " (SERVFAIL, REFUSED, or no server within reach)");
  }

  /** The result of the lookup. */
  public Kind kind() {
    return kind;
  }

  /** The host name. */
  public String host() {
    return host;
  }

  /** The first one in the chain of causes; null = there is none. */
  public static LookupException findIn(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof LookupException lookup) {
        return lookup;
      }
      if (cause.getCause() == cause) {
        return null;
      }
    }
    return null;
  }
}
