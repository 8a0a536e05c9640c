package io.acrcredential.operator.dns;

import io.acrcredential.operator.text.SanitizedMessage;
import java.net.UnknownHostException;
import java.time.Duration;

/** A host name that has no address; the message is one clause that names the host. */
public final class LookupException extends UnknownHostException implements SanitizedMessage {

  private static final long serialVersionUID = 1L;

  /** What DNS said. */
  public enum Kind {
    /** There is no such name, or it has no address. */
    UNKNOWN,
    /** Nothing, for as long as we wait. */
    NO_ANSWER,
    /** A failure, such as SERVFAIL or REFUSED, or no server could be reached. */
    FAILED
  }

  private final Kind kind;
  private final String host;

  private LookupException(Kind kind, String host, String message) {
    super(message);
    this.kind = kind;
    this.host = host;
  }

  /** See {@link Kind}. */
  public static LookupException unknown(String host) {
    return new LookupException(Kind.UNKNOWN, host, "DNS knows no address of the name " + host);
  }

  /** See {@link Kind}. */
  public static LookupException noAnswer(String host, Duration within) {
    return new LookupException(
        Kind.NO_ANSWER,
        host,
        "DNS did not answer within " + within.toSeconds() + " s for the name " + host);
  }

  /** See {@link Kind}. */
  public static LookupException failed(String host) {
    return new LookupException(
        Kind.FAILED,
        host,
        "DNS failed for the name " + host + " (SERVFAIL, REFUSED, or no server within reach)");
  }

  /** What DNS said. */
  public Kind kind() {
    return kind;
  }

  /** The name that was looked up. */
  public String host() {
    return host;
  }

  /** The one in the chain of causes; null = there is none. */
  public static LookupException in(Throwable failure) {
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
