// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.Reason;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The error codes of docs/acr-facts.md. */
class ErrorCatalogTest {

  private static final String ACR = "cr:GetAuthorizationToken";
  private static final String STS = "sts:AssumeRole";

  @ParameterizedTest
  @CsvSource({
    "Throttling,                                        Throttled,        retried",
    "Throttling.User,                                   Throttled,        retried",
    "Throttling.Api,                                    Throttled,        retried",
    "ServiceUnavailable,                                Unreachable,      retried",
    "ServiceUnavailable.Temporarily,                    Unreachable,      retried",
    "InternalError,                                     Unreachable,      retried",
    "InvalidTimeStamp.Expired,                          Unreachable,      clock",
    "Forbidden.RAM,                                     AccessDenied,     RAM policy lacks"
        + " cr:GetAuth",
    "Forbidden,                                         AccessDenied,     RAM policy lacks"
        + " cr:GetAuth",
    "NoPermission,                                      AccessDenied,     RAM policy lacks"
        + " cr:GetAuth",
    "StatusForbidden,                                   AccessDenied,     activated",
    "InvalidAccessKeyId.NotFound,                       AccessDenied,     does not exist",
    "InvalidAccessKeyId.Inactive,                       AccessDenied,     disabled",
    "InvalidAccessKeyId,                                AccessDenied,     valid one",
    "SignatureDoesNotMatch,                             AccessDenied,     newline",
    "IncompleteSignature,                               AccessDenied,     check both",
    "InvalidSecurityToken.Expired,                      AccessDenied,     requested again",
    "InvalidSecurityToken.Malformed,                    AccessDenied,     requested again",
    "MissingSecurityToken,                              AccessDenied,    "
        + " ALIBABA_CLOUD_SECURITY_TOKEN",
    "missingsecuritytoken,                              AccessDenied,    "
        + " ALIBABA_CLOUD_SECURITY_TOKEN",
    "INSTANCE_NOT_EXIST,                                InstanceNotFound, instanceId",
    "USER_NOT_EXIST,                                    InstanceNotFound, Personal Edition",
    "USER_NOT_EXIST,                                    InstanceNotFound, CreateUserInfo",
    "EntityNotExist.Role,                               AccessDenied,     no such role",
    "AuthenticationFail.OIDCToken.Expired,              AccessDenied,     has expired",
    "AuthenticationFail.OIDCToken.AudienceNotMatch,     AccessDenied,     audience",
    "AuthenticationFail.OIDCToken.IssuerNotMatch,       AccessDenied,     issuer",
    "AuthenticationFail.OIDCToken.IssuerConfigurationBroken, AccessDenied, issuer",
    "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch, AccessDenied, fingerprint",
    "AuthenticationFail.OIDCToken.Invalid,              AccessDenied,     RRSA is enabled",
    "AuthenticationFail.NoPermission,                   AccessDenied,     trust policy",
    "InvalidParameter.RoleSessionName,                  AccessDenied,     parameter of the role",
    "InvalidParameter.DurationSeconds,                  AccessDenied,     MaxSessionDuration",
    "InvalidParameter.PolicyGrammar,                    AccessDenied,     sessionPolicy",
  })
  void returnsReasonAndAdviceOfEveryListedCode(String code, Reason reason, String advice) {
    // when
    ErrorCatalog.Entry found = ErrorCatalog.lookUp(code, 400, ACR);

    // then
    assertThat(found.reason()).isEqualTo(reason);
    assertThat(found.advice()).contains(advice).endsWith(".").doesNotContain("%s");
    assertThat(ErrorCatalog.lookUp(code.toLowerCase(Locale.ROOT), 400, ACR)).isEqualTo(found);
    assertThat(ErrorCatalog.lookUp(code, 503, ACR))
        .as("the status does not matter")
        .isEqualTo(found);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NoPermission", "Forbidden.RAM", "Forbidden"})
  void advisesOnBothSidesOfARoleAndOnRootAccounts(String code) {
    // when, then
    assertThat(ErrorCatalog.lookUp(code, 403, STS).advice())
        .contains("lacks sts:AssumeRole (AliyunSTSAssumeRoleAccess)", "trust policy", "root");
  }

  @Test
  void namesActionsAsRamPoliciesDo() {
    // when, then
    assertThat(ErrorCatalog.lookUp("NoPermission", 403, "cr:ListInstanceEndpoint").advice())
        .isEqualTo("The RAM policy lacks cr:ListInstanceEndpoint: add it.");
  }

  @ParameterizedTest
  @CsvSource({
    "400, Unreachable",
    "401, AccessDenied",
    "403, AccessDenied",
    "404, InstanceNotFound",
    "429, Throttled",
    "500, Unreachable",
    "503, Unreachable",
    "200, Unreachable",
  })
  void classifiesAnUnknownCodeByItsStatus(int status, Reason reason) {
    // when
    ErrorCatalog.Entry found = ErrorCatalog.lookUp("Brand.New", status, ACR);

    // then
    assertThat(found.reason()).isEqualTo(reason);
    assertThat(found.advice()).contains("RequestId");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Throttle", "XThrottling", "RAM.Forbidden"})
  void matchesPrefixesOnly(String code) {
    // when, then
    assertThat(ErrorCatalog.lookUp(code, 500, ACR).reason()).isEqualTo(Reason.Unreachable);
    assertThat(ErrorCatalog.lookUp(code, 500, ACR).advice()).contains("RequestId");
  }
}
