// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.time.Duration;

/**
 * Something that goes wrong, where, and how often. Faults strike after the signature was verified,
 * so that a retry that reuses its nonce is still caught. Null in a filter means any.
 */
public record Fault(
    Kind kind,
    int status,
    String code,
    String message,
    Duration delay,
    String region,
    String api,
    String instanceId,
    int times) {

  /** The ways in which an answer is malformed. */
  public enum Kind {
    REFUSE,
    HANG,
    DROP,
    HTML,
    TRUNCATE,
    HUGE,
    EXPIRED_TOKEN,
    EMPTY_TOKEN,
    SLOW
  }

  /** HTTP 400 {@code Throttling.User}, the usual form. */
  public static Fault throttling() {
    return throttling(400, "Throttling.User");
  }

  public static Fault throttling(int status, String code) {
    return error(status, code, "Request was denied due to user flow control.");
  }

  public static Fault internalError() {
    return error(
        500,
        "InternalError",
        "The request processing has failed due to some unknown error, exception or failure.");
  }

  public static Fault error(int status, String code, String message) {
    return of(Kind.REFUSE, status, code, message, Duration.ZERO);
  }

  /** HTTP 200 with {@code IsSuccess: false}. */
  public static Fault unsuccessful(String code) {
    return error(200, code, "");
  }

  /** No answer until the fault is cleared; then the connection is dropped. */
  public static Fault hang() {
    return of(Kind.HANG, 0, "Hang", "", Duration.ZERO);
  }

  /** The connection is closed without an answer. */
  public static Fault dropConnection() {
    return of(Kind.DROP, 0, "Drop", "", Duration.ZERO);
  }

  /** A proxy's page instead of an answer. */
  public static Fault html(int status) {
    return of(Kind.HTML, status, "Html", "", Duration.ZERO);
  }

  /** A body that ends in the middle of its JSON. */
  public static Fault truncatedJson() {
    return of(Kind.TRUNCATE, 200, "Truncated", "", Duration.ZERO);
  }

  /** A right answer that is 30 MB long, nearly all of it blanks. */
  public static Fault huge() {
    return of(Kind.HUGE, 200, "Huge", "", Duration.ZERO);
  }

  /** A token whose expiry time lies an hour back. */
  public static Fault expiredToken() {
    return of(Kind.EXPIRED_TOKEN, 200, "ExpiredToken", "", Duration.ZERO);
  }

  public static Fault emptyToken() {
    return of(Kind.EMPTY_TOKEN, 200, "EmptyToken", "", Duration.ZERO);
  }

  /** A right answer, late. */
  public static Fault slow(Duration delay) {
    return of(Kind.SLOW, 200, "success", "", delay);
  }

  public Fault inRegion(String value) {
    return new Fault(kind, status, code, message, delay, value, api, instanceId, times);
  }

  /** For example {@code GetAuthorizationToken}. */
  public Fault onApi(String value) {
    return new Fault(kind, status, code, message, delay, region, value, instanceId, times);
  }

  /** Empty = the Personal Edition. */
  public Fault onInstance(String value) {
    return new Fault(kind, status, code, message, delay, region, api, value, times);
  }

  /** Applies to the next {@code value} calls; without it, until cleared. */
  public Fault times(int value) {
    return new Fault(kind, status, code, message, delay, region, api, instanceId, value);
  }

  /** Whether the caller sees nothing of what the service said. */
  boolean hidesAnswer() {
    return kind != Kind.REFUSE && kind != Kind.SLOW;
  }

  boolean strikes(String inRegion, String onApi, String onInstance) {
    return (region == null || region.equals(inRegion))
        && (api == null || api.equals(onApi))
        && (instanceId == null || instanceId.equals(onInstance));
  }

  private static Fault of(Kind kind, int status, String code, String message, Duration delay) {
    return new Fault(kind, status, code, message, delay, null, null, null, Integer.MAX_VALUE);
  }
}
