// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.text.CredentialFormat;
import java.util.List;

/**
 * What signs a request. The id is no secret, but nothing for logs either. A malformed one cannot be
 * made, wherever it comes from, so none gets as far as a header.
 *
 * @param securityToken of temporary credentials; null for a RAM user's AccessKey
 */
public record AccessKey(String id, SensitiveString secret, SensitiveString securityToken) {

  /**
   * Checks it.
   *
   * @throws AlibabaCloudException where a part is no bare value; whoever knows its place checks
   *     before, and names it
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
                  "Put the bare value in its place, without quotes, blanks and line breaks.",
                  "");
            });
  }

  /** A RAM user's AccessKey pair. */
  public static AccessKey of(String id, String secret) {
    return new AccessKey(id, SensitiveString.of(secret), null);
  }

  /** What no answer may show. */
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
