// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.text.CredentialFormat;

/** Rejects a malformed key before anything is signed with it, and names its source. */
final class CredentialValidator {

  private CredentialValidator() {}

  /**
   * Returns the value if it is well-formed.
   *
   * @param place where it was found, as the subject of a sentence
   * @throws AlibabaCloudException that names the source and the problem, and quotes nothing of the
   *     value
   */
  static String requireValid(String value, String place, String advice) {
    CredentialFormat.fault(value)
        .ifPresent(
            fault -> {
              throw new AlibabaCloudException(
                  Reason.CredentialsMissing,
                  "CredentialsMalformed",
                  place + " " + fault,
                  advice,
                  "");
            });
    return value;
  }
}
