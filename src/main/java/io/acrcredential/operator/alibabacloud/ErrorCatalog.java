package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.api.v1alpha1.Reason;
import java.util.List;

/**
 * What a code of Alibaba Cloud means and what to do about it. Codes are matched by prefix, since
 * services append to them ({@code Throttling.User}, {@code InvalidAccessKeyId.NotFound}), in any
 * case, since STS writes {@code missingsecuritytoken} too; the first that matches wins. Sources:
 * reference pages of ACR, STS and RAM error codes.
 */
record ErrorCatalog(String prefix, Reason reason, String advice) {

  private static final String POLICY = "The RAM policy lacks %s: add it.";
  private static final String ASSUME =
      "The caller may not take the role: its RAM policy lacks %s (AliyunSTSAssumeRoleAccess), or the"
          + " role's trust policy does not name the caller. A root account's AccessKey may take none.";

  private static final List<ErrorCatalog> KNOWN =
      List.of(
          advice("Throttling", Reason.Throttled, "Nothing to do: it is asked again, more slowly."),
          advice("Forbidden.RAM", Reason.AccessDenied, POLICY),
          advice("NoPermission", Reason.AccessDenied, POLICY),
          advice(
              "StatusForbidden",
              Reason.AccessDenied,
              "The account may not use the service: check that it is activated and paid for."),
          advice("Forbidden", Reason.AccessDenied, POLICY),
          advice(
              "InvalidAccessKeyId.NotFound",
              Reason.AccessDenied,
              "The AccessKey does not exist: put a valid one into the Secret."),
          advice(
              "InvalidAccessKeyId.Inactive",
              Reason.AccessDenied,
              "The AccessKey is disabled: enable it in the RAM console or use another."),
          advice(
              "InvalidAccessKeyId",
              Reason.AccessDenied,
              "The AccessKey is not accepted: put a valid one into the Secret."),
          advice(
              "SignatureDoesNotMatch",
              Reason.AccessDenied,
              "The AccessKey secret does not belong to the AccessKey id: check both keys of the"
                  + " Secret, also for a stray newline."),
          advice(
              "IncompleteSignature",
              Reason.AccessDenied,
              "The AccessKey secret does not belong to the AccessKey id: check both."),
          advice(
              "InvalidTimeStamp",
              Reason.Unreachable,
              "The clock of this node is off by more than 15 minutes: set it right."),
          advice(
              "InvalidSecurityToken",
              Reason.AccessDenied,
              "The temporary credentials have expired or are malformed: they are fetched anew."),
          advice(
              "MissingSecurityToken",
              Reason.AccessDenied,
              "A temporary AccessKey came without its token: give ALIBABA_CLOUD_SECURITY_TOKEN too."),
          advice(
              "INSTANCE_NOT_EXIST",
              Reason.InstanceNotFound,
              "No such instance in this region for this account: check instanceId, region and whose"
                  + " AccessKey is used."),
          advice(
              "USER_NOT_EXIST",
              Reason.InstanceNotFound,
              "The account has no Personal Edition in this region: open it in the ACR console, or"
                  + " name an instanceId."),
          advice(
              "EntityNotExist.Role",
              Reason.AccessDenied,
              "There is no such role: check the ARN's account and name."),
          advice(
              "AuthenticationFail.OIDCToken.Expired",
              Reason.AccessDenied,
              "The ServiceAccount token has expired: check that the projected volume is renewed, or"
                  + " restart the pod."),
          advice(
              "AuthenticationFail.OIDCToken.AudienceNotMatch",
              Reason.AccessDenied,
              "The projected token's audience must be sts.aliyuncs.com, and the OIDC provider must"
                  + " list it."),
          advice(
              "AuthenticationFail.OIDCToken.Issuer",
              Reason.AccessDenied,
              "The OIDC provider's issuer is not this cluster's: check providerArn, and restart the"
                  + " pod if RRSA was enabled after it started."),
          advice(
              "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch",
              Reason.AccessDenied,
              "The OIDC provider's fingerprint is outdated: renew it in the RAM console."),
          advice(
              "AuthenticationFail.OIDCToken",
              Reason.AccessDenied,
              "STS does not accept the ServiceAccount token: check that RRSA is enabled and restart"
                  + " the pod."),
          advice(
              "AuthenticationFail.NoPermission",
              Reason.AccessDenied,
              "The role's trust policy does not name this ServiceAccount and OIDC provider, or the"
                  + " provider is not registered."),
          advice(
              "InvalidParameter.DurationSeconds",
              Reason.AccessDenied,
              "durationSeconds is above what the role allows: lower it, or raise the role's"
                  + " MaxSessionDuration."),
          advice(
              "InvalidParameter.PolicyGrammar",
              Reason.AccessDenied,
              "The session policy is not a RAM policy: correct sessionPolicy."),
          advice(
              "InvalidParameter",
              Reason.AccessDenied,
              "A parameter of the role is not accepted: check the registry's credentials."),
          advice(
              "ServiceUnavailable",
              Reason.Unreachable,
              "Nothing to do: the service is unavailable, it is asked again."),
          advice(
              "InternalError",
              Reason.Unreachable,
              "Nothing to do: the service had an error of its own, it is asked again."));

  private static final String UNKNOWN_ADVICE =
      "Look the code up in Alibaba Cloud's error centre; the RequestId helps its support.";

  private static ErrorCatalog advice(String prefix, Reason reason, String advice) {
    return new ErrorCatalog(prefix, reason, advice);
  }

  /**
   * The first that matches, with the RAM action's name filled in; by HTTP status where none does.
   *
   * @param action with its product: {@code cr:GetAuthorizationToken}
   */
  static ErrorCatalog of(String code, int status, String action) {
    for (ErrorCatalog known : KNOWN) {
      if (code.regionMatches(true, 0, known.prefix, 0, known.prefix.length())) {
        String text =
            known.advice.equals(POLICY) && action.startsWith("sts:") ? ASSUME : known.advice;
        return advice(known.prefix, known.reason, text.replace("%s", action));
      }
    }
    Reason reason =
        switch (status) {
          case 401, 403 -> Reason.AccessDenied;
          case 404 -> Reason.InstanceNotFound;
          case 429 -> Reason.Throttled;
          default -> Reason.Unreachable;
        };
    return advice(code, reason, UNKNOWN_ADVICE);
  }
}
