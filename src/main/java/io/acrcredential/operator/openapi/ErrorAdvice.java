package io.acrcredential.operator.openapi;

import io.acrcredential.operator.policy.Reason;
import java.util.List;

/**
 * What a code of Alibaba Cloud means and what to do about it. Codes are matched by prefix, since
 * services append to them ({@code Throttling.User}, {@code InvalidAccessKeyId.NotFound}); the first
 * that matches wins. Sources: reference pages of ACR, STS and RAM error codes.
 */
record ErrorAdvice(String prefix, Reason reason, String advice) {

  private static final List<ErrorAdvice> KNOWN =
      List.of(
          new ErrorAdvice(
              "Throttling", Reason.Throttled, "Nothing to do: it is asked again, more slowly."),
          new ErrorAdvice(
              "Forbidden.RAM", Reason.AccessDenied, "The RAM policy lacks cr:%s: add it."),
          new ErrorAdvice(
              "NoPermission", Reason.AccessDenied, "The RAM policy lacks cr:%s: add it."),
          new ErrorAdvice(
              "StatusForbidden",
              Reason.AccessDenied,
              "The account may not use ACR: check that the service is activated and paid for."),
          new ErrorAdvice("Forbidden", Reason.AccessDenied, "The RAM policy lacks cr:%s: add it."),
          new ErrorAdvice(
              "InvalidAccessKeyId.NotFound",
              Reason.AccessDenied,
              "The AccessKey does not exist: put a valid one into the Secret."),
          new ErrorAdvice(
              "InvalidAccessKeyId.Inactive",
              Reason.AccessDenied,
              "The AccessKey is disabled: enable it in the RAM console or use another."),
          new ErrorAdvice(
              "InvalidAccessKeyId",
              Reason.AccessDenied,
              "The AccessKey is not accepted: put a valid one into the Secret."),
          new ErrorAdvice(
              "SignatureDoesNotMatch",
              Reason.AccessDenied,
              "The AccessKey secret does not belong to the AccessKey id: check both keys of the"
                  + " Secret, also for a stray newline."),
          new ErrorAdvice(
              "IncompleteSignature",
              Reason.AccessDenied,
              "The AccessKey secret does not belong to the AccessKey id: check both."),
          new ErrorAdvice(
              "InvalidTimeStamp",
              Reason.Unreachable,
              "The clock of this node is off by more than 15 minutes: set it right."),
          new ErrorAdvice(
              "InvalidSecurityToken",
              Reason.AccessDenied,
              "The temporary credentials have expired or are malformed: they are fetched anew."),
          new ErrorAdvice(
              "INSTANCE_NOT_EXIST",
              Reason.InstanceNotFound,
              "No such instance in this region for this account: check instanceId, region and whose"
                  + " AccessKey is used."),
          new ErrorAdvice(
              "ServiceUnavailable",
              Reason.Unreachable,
              "Nothing to do: the service is unavailable, it is asked again."),
          new ErrorAdvice(
              "InternalError",
              Reason.Unreachable,
              "Nothing to do: the service had an error of its own, it is asked again."));

  private static final String UNKNOWN_ADVICE =
      "Look the code up in Alibaba Cloud's error centre; the RequestId helps its support.";

  /**
   * The first that matches, with the RAM action's name filled in; by HTTP status where none does.
   */
  static ErrorAdvice of(String code, int status, String action) {
    for (ErrorAdvice known : KNOWN) {
      if (code.startsWith(known.prefix)) {
        return new ErrorAdvice(known.prefix, known.reason, known.advice.formatted(action));
      }
    }
    Reason reason =
        switch (status) {
          case 401, 403 -> Reason.AccessDenied;
          case 404 -> Reason.InstanceNotFound;
          case 429 -> Reason.Throttled;
          default -> Reason.Unreachable;
        };
    return new ErrorAdvice(code, reason, UNKNOWN_ADVICE);
  }
}
