// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.dns.LookupException;
import io.acrcredential.operator.text.SanitizedMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * The failure of a call, with texts for people. All texts are already truncated, masked and free of
 * control characters.
 */
public final class AlibabaCloudException extends RuntimeException implements SanitizedMessage {

  /** Every reason that a call can fail with. Metrics register their counters from it. */
  public static final Set<Reason> REASONS =
      Set.of(
          Reason.AccessDenied,
          Reason.CredentialsMissing,
          Reason.InstanceNotFound,
          Reason.Throttled,
          Reason.Unreachable);

  private static final long serialVersionUID = 1L;
  static final String UNKNOWN_HOST = "UnknownHost";
  private static final String DNS_TIMEOUT = "DnsTimeout";
  private static final String DNS_FAILURE = "DnsFailure";

  private final Reason reason;
  private final String code;
  private final String advice;
  private final String requestId;
  private final Instant serverDate;
  private final Duration retryAfter;

  /**
   * @param code the error code of the service, or the operator's own if no service answered
   * @param advice what to do, in one sentence
   * @param requestId the request ID, for Alibaba Cloud support; empty if no service answered
   */
  public AlibabaCloudException(
      Reason reason, String code, String message, String advice, String requestId) {
    this(reason, code, message, advice, requestId, ResponseHeaders.NONE);
  }

  /**
   * @param headers of the response
   */
  AlibabaCloudException(
      Reason reason,
      String code,
      String message,
      String advice,
      String requestId,
      ResponseHeaders headers) {
    // No stack trace: it would only show internals of Mutiny, and throttling may cause many
    // exceptions.
    super(message, null, false, false);
    this.reason = reason;
    this.code = code;
    this.advice = advice;
    this.requestId = requestId;
    this.serverDate = headers.date();
    this.retryAfter = headers.retryAfter();
  }

  /** The kind of failure, for conditions, Events and metrics. */
  public Reason reason() {
    return reason;
  }

  /** The error code of the service, or the operator's own if no service answered. */
  public String code() {
    return code;
  }

  /** One sentence: what to do. */
  public String advice() {
    return advice;
  }

  /** The request ID, for Alibaba Cloud support; empty if no service answered. */
  public String requestId() {
    return requestId;
  }

  /** How long the service refuses further calls; zero = not said. */
  public Duration retryAfter() {
    return retryAfter;
  }

  /** The time of the service; null = unknown. */
  Instant serverDate() {
    return serverDate;
  }

  static String dnsCode(LookupException.Kind kind) {
    return switch (kind) {
      case UNKNOWN -> UNKNOWN_HOST;
      case NO_ANSWER -> DNS_TIMEOUT;
      case FAILED -> DNS_FAILURE;
    };
  }

  /** Whether DNS gave no address. No service was called, so a retry can follow soon. */
  public boolean isDnsFailure() {
    return code.equals(DNS_TIMEOUT) || code.equals(DNS_FAILURE);
  }

  /** Whether DNS says that there is no host of this name, for example because of a wrong region. */
  public boolean isUnknownHost() {
    return code.equals(UNKNOWN_HOST);
  }

  /** Whether a user must change something before a retry can succeed. */
  public boolean isPermanent() {
    return switch (reason) {
      case AccessDenied, CredentialsMissing, InstanceNotFound -> true;
      default -> false;
    };
  }
}
