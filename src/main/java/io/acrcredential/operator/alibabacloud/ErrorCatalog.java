// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.api.v1alpha1.Reason;
import java.util.List;

/**
 * What the error codes of Alibaba Cloud mean and what to do about them. Codes are matched by
 * prefix, because services append to them ({@code Throttling.User}, {@code
 * InvalidAccessKeyId.NotFound}), and in any case, because STS also writes {@code
 * missingsecuritytoken}. The first match wins. Sources: docs/acr-facts.md, "Error codes".
 */
final class ErrorCatalog {

  private static final String POLICY = "The RAM policy lacks %s: add it.";
  private static final String ASSUME =
      "The caller is not allowed to assume the role: its RAM policy lacks %s"
          + " (AliyunSTSAssumeRoleAccess), or the role's trust policy does not name the caller. The"
          + " AccessKey of a root account cannot assume roles.";

  private static final List<Entry> KNOWN =
      List.of(
          new Entry(
              "Throttling",
              Reason.Throttled,
              "No action is needed: the request is retried more slowly."),
          new Entry("Forbidden.RAM", Reason.AccessDenied, POLICY),
          new Entry("NoPermission", Reason.AccessDenied, POLICY),
          new Entry(
              "StatusForbidden",
              Reason.AccessDenied,
              "The account is not allowed to use the service: check that it is activated and paid"
                  + " for."),
          new Entry("Forbidden", Reason.AccessDenied, POLICY),
          new Entry(
              "InvalidAccessKeyId.NotFound",
              Reason.AccessDenied,
              "The AccessKey does not exist: put a valid one into the Secret."),
          new Entry(
              "InvalidAccessKeyId.Inactive",
              Reason.AccessDenied,
              "The AccessKey is disabled: enable it in the RAM console or use another."),
          new Entry(
              "InvalidAccessKeyId",
              Reason.AccessDenied,
              "The AccessKey is not accepted: put a valid one into the Secret."),
          new Entry(
              "SignatureDoesNotMatch",
              Reason.AccessDenied,
              "The AccessKey secret does not belong to the AccessKey id: check both keys of the"
                  + " Secret, also for a stray newline."),
          new Entry(
              "IncompleteSignature",
              Reason.AccessDenied,
              "The AccessKey secret does not belong to the AccessKey id: check both."),
          new Entry(
              "InvalidTimeStamp",
              Reason.Unreachable,
              "The clock of this node is off by more than 15 minutes: set it right."),
          new Entry(
              "InvalidSecurityToken",
              Reason.AccessDenied,
              "The temporary credentials have expired or are malformed: they are requested again."),
          new Entry(
              "MissingSecurityToken",
              Reason.AccessDenied,
              "The security token of a temporary AccessKey is missing: set"
                  + " ALIBABA_CLOUD_SECURITY_TOKEN."),
          new Entry(
              "INSTANCE_NOT_EXIST",
              Reason.InstanceNotFound,
              "No such instance in this region for this account: check instanceId, region and whose"
                  + " AccessKey is used."),
          new Entry(
              "USER_NOT_EXIST",
              Reason.InstanceNotFound,
              "The account has no Personal Edition in this region, or the RAM user is not registered"
                  + " with ACR: set a registry password once as that user in the ACR console, or"
                  + " by the API CreateUserInfo. For another edition, name an instanceId."),
          new Entry(
              "EntityNotExist.Role",
              Reason.AccessDenied,
              "There is no such role: check the ARN's account and name."),
          new Entry(
              "AuthenticationFail.OIDCToken.Expired",
              Reason.AccessDenied,
              "The ServiceAccount token has expired: check that the projected volume is renewed, or"
                  + " restart the pod."),
          new Entry(
              "AuthenticationFail.OIDCToken.AudienceNotMatch",
              Reason.AccessDenied,
              "The projected token's audience must be sts.aliyuncs.com, and the OIDC provider must"
                  + " list it."),
          new Entry(
              "AuthenticationFail.OIDCToken.Issuer",
              Reason.AccessDenied,
              "The OIDC provider's issuer is not this cluster's: check providerArn, and restart the"
                  + " pod if RRSA was enabled after it started."),
          new Entry(
              "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch",
              Reason.AccessDenied,
              "The OIDC provider's fingerprint is outdated: renew it in the RAM console."),
          new Entry(
              "AuthenticationFail.OIDCToken",
              Reason.AccessDenied,
              "STS does not accept the ServiceAccount token: check that RRSA is enabled and restart"
                  + " the pod."),
          new Entry(
              "AuthenticationFail.NoPermission",
              Reason.AccessDenied,
              "The role's trust policy does not name this ServiceAccount and OIDC provider, or the"
                  + " provider is not registered."),
          new Entry(
              "InvalidParameter.DurationSeconds",
              Reason.AccessDenied,
              "durationSeconds is above what the role allows: lower it, or raise the role's"
                  + " MaxSessionDuration."),
          new Entry(
              "InvalidParameter.PolicyGrammar",
              Reason.AccessDenied,
              "The session policy is not a RAM policy: correct sessionPolicy."),
          new Entry(
              "InvalidParameter",
              Reason.AccessDenied,
              "A parameter of the role is not accepted: check the registry's credentials."),
          new Entry(
              "ServiceUnavailable",
              Reason.Unreachable,
              "No action is needed: the service is unavailable, and the request is retried."),
          new Entry(
              "InternalError",
              Reason.Unreachable,
              "No action is needed: the service had an internal error, and the request is"
                  + " retried."));

  private static final String NO_CODE_ADVICE =
      "The response is not that of the service: probably a proxy or load balancer answered. Check"
          + " the proxy settings and the endpoint. The request is retried.";

  private static final String UNKNOWN_ADVICE =
      "Look up the code in the Alibaba Cloud error center, or give the RequestId to its support.";

  /**
   * What an error means.
   *
   * @param prefix of the codes it describes
   */
  record Entry(String prefix, Reason reason, String advice) {}

  private ErrorCatalog() {}

  /** Stands for the code of a response that has none. */
  static String codeOf(int status) {
    return "Http" + status;
  }

  /**
   * The first matching entry, with the RAM action filled in; by HTTP status if the code is unknown.
   *
   * @param action with its product: {@code cr:GetAuthorizationToken}
   */
  static Entry lookUp(String code, int status, String action) {
    for (Entry entry : KNOWN) {
      if (code.regionMatches(true, 0, entry.prefix, 0, entry.prefix.length())) {
        String advice =
            entry.advice.equals(POLICY) && action.startsWith("sts:") ? ASSUME : entry.advice;
        return new Entry(entry.prefix, entry.reason, advice.replace("%s", action));
      }
    }
    Reason reason =
        switch (status) {
          case 401, 403 -> Reason.AccessDenied;
          case 404 -> Reason.InstanceNotFound;
          case 429 -> Reason.Throttled;
          default -> Reason.Unreachable;
        };
    return new Entry(code, reason, code.equals(codeOf(status)) ? NO_CODE_ADVICE : UNKNOWN_ADVICE);
  }
}
