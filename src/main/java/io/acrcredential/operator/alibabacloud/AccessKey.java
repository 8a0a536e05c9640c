// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.text.CredentialFormat;
import java.util.List;

/**
 * The credentials that sign a request. Malformed values are rejected here, so none reaches a
 * header. The id is not secret, but is not logged either.
 *
 * @param securityToken of temporary credentials; null for a RAM user's AccessKey
 */
public record AccessKey(String id, SensitiveString secret, SensitiveString securityToken) {

  /**
   * Validates all parts.
   *
   * @throws AlibabaCloudException if a part is malformed. Callers that know its source validate it
   *     first, and name the source
   */
  public AccessKey {
    check("id", id);
    check("secret", secret.reveal());
    check("security token", securityToken == null ? "" : securityToken.reveal());
  }

  private static void check(String part, String value) {
    CredentialFormat.fault(value)
        .ifPresent(
            fault -> {
              throw new AlibabaCloudException(
                  Reason.CredentialsMissing,
                  "CredentialsMalformed",
                  "The " + part + " of the AccessKey " + fault,
                  "Use only the value, without quotes, blanks and line breaks.",
                  "");
            });
  }

  /** A RAM user's AccessKey pair. */
  public static AccessKey of(String id, String secret) {
    return new AccessKey(id, SensitiveString.of(secret), null);
  }

  /** The values to mask in messages. */
  List<String> values() {
    return securityToken == null
        ? List.of(id, secret.reveal())
        : List.of(id, secret.reveal(), securityToken.reveal());
  }

  @Override
  public String toString() {
    return "AccessKey[***]";
  }
}
